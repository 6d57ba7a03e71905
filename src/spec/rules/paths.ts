import { type ConfigRule, hasNamespace, quote } from './rule.ts';

/** Masks and read-only paths are mounts: they need absolute paths and an own mount namespace. */
export const restrictedPaths: ConfigRule = (spec, report) => {
  const { maskedPaths = [], readonlyPaths = [] } = spec.linux ?? {};
  const lists = { maskedPaths, readonlyPaths };
  for (const [key, paths] of Object.entries(lists)) {
    const at = `/linux/${key}`;
    if (paths.length > 0 && !hasNamespace(spec, 'mount')) {
      report.fail(at, 'unable to restrict sys entries without a private MNT namespace');
    }
    paths.forEach((path, i) => {
      if (path.startsWith('/')) return;
      report.fail(`${at}/${i}`, `the path must be absolute, not ${quote(path)}`);
    });
  }
};
