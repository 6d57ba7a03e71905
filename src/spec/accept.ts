import { type Source, type Violation, violationError, violationText } from './violation.ts';

/** Throws the first error; the source's `warn` hears the warnings. */
export function accept(violations: readonly Violation[], source: Source): void {
  for (const violation of violations) {
    if (violation.severity === 'error') throw violationError(violation, source);
  }
  if (source.warn)
    for (const violation of violations) source.warn(violationText(violation, source));
}
