import type { RuleReport } from './rules/rule.ts';
import type { Violation } from './violation.ts';

/** All that rules find; each rule is called with the report to write to. */
export function collectViolations(run: (report: RuleReport) => void): Violation[] {
  const found: Violation[] = [];
  const add =
    (severity: Violation['severity']) =>
    (pointer: string, message: string, hint?: string): void => {
      const text = `${pointer}: ${message}`;
      found.push({ severity, pointer, message: text, ...(hint !== undefined && { hint }) });
    };
  run({ fail: add('error'), warn: add('warning') });
  return found;
}
