import { accept } from './accept.ts';
import { checkShape } from './check-shape.ts';
import type { Process, Spec } from './generated/config.ts';
import { validate } from './generated/config-validator.js';
import { configRules } from './rules/config-rules.ts';
import { processRules } from './rules/process-rules.ts';
import { resourcesRules } from './rules/resources-rules.ts';
import type { RuleReport } from './rules/rule.ts';
import { collectViolations } from './run-rules.ts';
import { type Source, type Violation, violationError } from './violation.ts';

/** Everything wrong or doubtful in a config: one error of shape, or else all that the rules find. */
export function findConfigViolations(value: unknown): Violation[] {
  const misshapen = checkShape(validate, value);
  return misshapen ? [misshapen] : collectViolations((report) => applyRules(value as Spec, report));
}

/**
 * The value as a Spec; throws ERR_RUNDLET_CONFIG_INVALID with the place and the reason of the
 * first fault. Keys of `value` that are null may be removed. The process may be missing, as in
 * the specification, see requireProcess.
 */
export function validateConfig(value: unknown, source: Source): Spec {
  accept(findConfigViolations(value), source);
  return value as Spec;
}

/** The process of a config that is to be run. The specification wants it only at start. */
export function requireProcess(spec: Spec, source: Source): Process {
  if (spec.process) return spec.process;
  const message = '/process: process property must not be empty';
  throw violationError({ severity: 'error', pointer: '/process', message }, source);
}

function applyRules(spec: Spec, report: RuleReport): void {
  const { process, linux } = spec;
  for (const rule of configRules) rule(spec, report);
  if (process) for (const rule of processRules) rule(process, '/process', report);
  const resources = linux?.resources;
  if (resources) for (const rule of resourcesRules) rule(resources, '/linux/resources', report);
}
