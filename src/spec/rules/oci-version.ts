import { type ConfigRule, quote } from './rule.ts';

// https://semver.org, with the major version taken out.
const semver =
  /^(0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/**
 * The version is SemVer and no later major than ours. runc and crun read any text; a config for
 * a specification 2 would be misread. 0.x, the drafts of 1.0, still stands in old bundles and in
 * the specification's own examples.
 */
export const ociVersion: ConfigRule = (spec, report) => {
  const match = semver.exec(spec.ociVersion);
  if (!match) {
    const message = `${quote(spec.ociVersion)} is not a version (SemVer, such as 1.3.0)`;
    report.fail('/ociVersion', message);
  } else if (match[1] !== '1' && match[1] !== '0') {
    const message = `version ${spec.ociVersion} of the runtime-spec is not supported, only 1.x is`;
    report.fail('/ociVersion', message);
  }
};
