import { type ConfigRule, isForLinux } from './rule.ts';

/** A root file system is named. Whether it exists is a question for the host. */
export const root: ConfigRule = (spec, report) => {
  if (!isForLinux(spec)) return;
  if (!spec.root) report.fail('/root', 'root must be specified');
  else if (spec.root.path === '') report.fail('/root/path', 'the path must not be empty');
};
