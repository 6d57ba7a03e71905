import { accept } from './accept.ts';
import { checkShape } from './check-shape.ts';
import type { State } from './generated/state.ts';
import { validate } from './generated/state-validator.js';
import { collectViolations } from './run-rules.ts';
import type { Source } from './violation.ts';

/** A state document of the specification (not runc's state.json); throws as validateConfig does. */
export function validateState(value: unknown, source: Source): State {
  const misshapen = checkShape(validate, value);
  const state = value as State;
  accept(misshapen ? [misshapen] : checkState(state), source);
  return state;
}

function checkState({ status, pid, bundle }: State) {
  return collectViolations((report) => {
    if ((status === 'created' || status === 'running') && !pid) {
      report.fail('/pid', `a ${status} container has a pid`);
    }
    if (!bundle.startsWith('/')) report.fail('/bundle', 'the path must be absolute');
  });
}
