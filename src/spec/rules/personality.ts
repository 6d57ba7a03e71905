import type { ConfigRule } from './rule.ts';

/** The specification defines no flag yet; runc ignores them with a warning, so do we. */
export const personality: ConfigRule = ({ linux }, report) => {
  if (!linux?.personality?.flags?.length) return;
  report.warn('/linux/personality/flags', 'no personality flag is supported, they are ignored');
};
