import { humanDuration } from '../format/human-duration.ts';
import { parseRfc3339 } from '../parse-rfc3339.ts';
import { zeroTime } from '../rfc3339.ts';
import type { ContainerState, HealthState } from './record.ts';

/** How a container ended. */
export interface ContainerExit {
  exitCode: number;
  oomKilled: boolean;
  /** RFC 3339 with nanoseconds. */
  exitedAt: string;
}

export type StateWord =
  | 'created'
  | 'running'
  | 'paused'
  | 'restarting'
  | 'removing'
  | 'exited'
  | 'dead';

/** The one word that `inspect` and filters call the state. */
export function stateWord(state: ContainerState): StateWord {
  if (state.Running) {
    if (state.Paused) return 'paused';
    return state.Restarting ? 'restarting' : 'running';
  }
  if (state.RemovalInProgress) return 'removing';
  if (state.Dead) return 'dead';
  return state.StartedAt === zeroTime ? 'created' : 'exited';
}

/** The STATUS column of `ps` at `now` (milliseconds since 1970): `Up 3 minutes`, `Exited (137) 2 seconds ago`. */
export function statusText(state: ContainerState, now: number): string {
  const since = (time: string) => humanDuration(now - (parseRfc3339(time) ?? now));
  switch (stateWord(state)) {
    case 'paused':
      return `Up ${since(state.StartedAt)} (Paused)`;
    case 'restarting':
      return `Restarting (${state.ExitCode}) ${since(state.FinishedAt)} ago`;
    case 'running':
      return `Up ${since(state.StartedAt)}${healthNote(state.Health)}`;
    case 'removing':
      return 'Removal In Progress';
    case 'dead':
      return 'Dead';
    case 'created':
      return 'Created';
    case 'exited':
      if (state.FinishedAt === zeroTime) return '';
      return `Exited (${state.ExitCode}) ${since(state.FinishedAt)} ago`;
  }
}

function healthNote(health: HealthState | null): string {
  if (!health || health.Status === '' || health.Status === 'none') return '';
  return health.Status === 'starting' ? ' (health: starting)' : ` (${health.Status})`;
}

/** After its first process was let go. */
export function running(state: ContainerState, pid: number, startedAt: string): ContainerState {
  return {
    ...state,
    Running: true,
    Paused: false,
    Restarting: false,
    OOMKilled: false,
    Pid: pid,
    ExitCode: 0,
    Error: '',
    StartedAt: startedAt,
  };
}

/** After the end, with no restart to come. */
export function stopped(state: ContainerState, exit: ContainerExit): ContainerState {
  return {
    ...state,
    Running: false,
    Paused: false,
    Restarting: false,
    OOMKilled: exit.oomKilled,
    Pid: 0,
    ExitCode: exit.exitCode,
    FinishedAt: exit.exitedAt,
  };
}

/** Between an end and the restart that the policy asks for: for Docker's clients it still runs. */
export function restarting(state: ContainerState, exit: ContainerExit): ContainerState {
  return { ...stopped(state, exit), Running: true, Restarting: true };
}

/** After a start that failed; the container stays what it was before, `created` or `exited`. */
export function startFailed(
  state: ContainerState,
  exitCode: number,
  error: string,
): ContainerState {
  return {
    ...state,
    Running: false,
    Paused: false,
    Restarting: false,
    Pid: 0,
    ExitCode: exitCode,
    Error: error,
  };
}
