import { defaultSpec } from '../../../src/spec/default-spec.ts';
import { findConfigViolations } from '../../../src/spec/validate-config.ts';

/** Anything: tests put wrong things in. */
// biome-ignore lint/suspicious/noExplicitAny: a config that is to be broken has no type
export type Loose = any;

/** The default config with a change made to it. */
export function configWith(change: (spec: Loose) => void): Loose {
  const spec = structuredClone(defaultSpec());
  change(spec);
  return spec;
}

/** The messages of all errors, or of all warnings, in it. */
export function faultsOf(
  change: (spec: Loose) => void,
  severity: 'error' | 'warning' = 'error',
): string[] {
  const violations = findConfigViolations(configWith(change));
  return violations.filter((one) => one.severity === severity).map((one) => one.message);
}
