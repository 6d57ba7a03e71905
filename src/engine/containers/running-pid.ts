import { notRunning, wrongState } from '../engine-error.ts';
import type { Container } from './record.ts';

/** Host pid of a container's first process. @throws Docker's text when there is none. */
export function runningPid({ id, config: { State } }: Container): number {
  if (State.Running && State.Restarting) {
    throw wrongState(`Container ${id} is restarting, wait until the container is running`);
  }
  if (State.Running && State.Pid > 0) return State.Pid;
  throw notRunning(id);
}
