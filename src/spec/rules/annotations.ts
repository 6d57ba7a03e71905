import type { ConfigRule } from './rule.ts';

/** Keys are not empty. */
export const annotations: ConfigRule = (spec, report) => {
  if (!Object.hasOwn(spec.annotations ?? {}, '')) return;
  report.fail('/annotations/', 'the key of an annotation must not be empty');
};
