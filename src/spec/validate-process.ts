import { accept } from './accept.ts';
import { checkShape } from './check-shape.ts';
import type { Process } from './generated/config.ts';
import { validate } from './generated/process-validator.js';
import { processRules } from './rules/process-rules.ts';
import { collectViolations } from './run-rules.ts';
import type { Source } from './violation.ts';

/** The file of `exec --process` as a Process; throws as validateConfig does. */
export function validateProcess(value: unknown, source: Source): Process {
  const misshapen = checkShape(validate, value);
  const process = value as Process;
  const violations = misshapen
    ? [misshapen]
    : collectViolations((report) => {
        for (const rule of processRules) rule(process, '', report);
      });
  accept(violations, source);
  return process;
}
