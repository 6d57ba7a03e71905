import { RundletError } from '../../errors/rundlet-error.ts';
import type { Container } from './record.ts';

/** Host pid of a container's first process. @throws Docker's text when there is none. */
export function runningPid({ id, config: { State } }: Container): number {
  if (State.Running && State.Restarting) {
    throw wrongStatus(`Container ${id} is restarting, wait until the container is running`);
  }
  if (State.Running && State.Pid > 0) return State.Pid;
  throw wrongStatus(`Container ${id} is not running`);
}

function wrongStatus(message: string): RundletError {
  return new RundletError('ERR_RUNDLET_WRONG_STATUS', message);
}
