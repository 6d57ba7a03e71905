import { accept } from './accept.ts';
import { checkShape } from './check-shape.ts';
import type { LinuxResources } from './generated/config.ts';
import { validate } from './generated/resources-validator.js';
import { resourcesRules } from './rules/resources-rules.ts';
import { collectViolations } from './run-rules.ts';
import type { Source } from './violation.ts';

/** The file of `update --resources` as resources; throws as validateConfig does. */
export function validateResources(value: unknown, source: Source): LinuxResources {
  const misshapen = checkShape(validate, value);
  const resources = value as LinuxResources;
  const violations = misshapen
    ? [misshapen]
    : collectViolations((report) => {
        for (const rule of resourcesRules) rule(resources, '', report);
      });
  accept(violations, source);
  return resources;
}
