import { StatusError } from '../errors/status-error.ts';
import type { ContainerStatusFacts } from '../host/generated/plan.ts';
import type { Host } from '../host/host.ts';
import type { ContainerStatus } from '../lifecycle/types.ts';
import { freezerPath } from './cgroup-paths.ts';
import type { StateRecord } from './state-record.ts';

/** What wants to change, or to enter, a container. */
export type StatusVerb = 'start' | 'exec' | 'kill' | 'delete' | 'pause' | 'resume' | 'update';

interface Transition {
  from: readonly ContainerStatus[];
  to: ContainerStatus;
  /** runc's words for a refusal; callers match on them. */
  refusal: (status: ContainerStatus, id: string) => string;
}

const notRunning = () => 'container not running';

/** Which verb is allowed in which status, and what the container is after it. */
export const transitions: Record<StatusVerb, Transition> = {
  start: { from: ['created'], to: 'running', refusal: startRefusal },
  exec: { from: ['created', 'running'], to: 'running', refusal: execRefusal },
  kill: { from: ['creating', 'created', 'running', 'paused'], to: 'stopped', refusal: notRunning },
  delete: {
    from: ['stopped', 'created'],
    to: 'stopped',
    refusal: (status, id) => `cannot delete container ${id} that is not stopped: ${status}`,
  },
  pause: { from: ['created', 'running'], to: 'paused', refusal: notRunning },
  resume: { from: ['paused'], to: 'running', refusal: () => 'container not paused' },
  update: { from: ['created', 'running', 'paused'], to: 'running', refusal: notRunning },
};

/** Throws a StatusError when the container's status does not allow the verb. */
export function demandStatus(verb: StatusVerb, status: ContainerStatus, id: string): void {
  const { from, to, refusal } = transitions[verb];
  if (!from.includes(status)) throw new StatusError(refusal(status, id), status, to);
}

/** Status as the kernel and the files say now; the record itself holds none. */
export async function computeStatus(
  host: Host,
  dir: string,
  record: StateRecord,
): Promise<ContainerStatus> {
  // A journal of a create that is under way, or that died: there is no process to ask about.
  if (record.init_process_pid <= 0) return 'stopped';
  return statusOf(
    await host.call('containerStatus', {
      process: { pid: record.init_process_pid, startTime: record.init_process_start },
      dir,
      freezer: freezerPath(record.cgroup_paths),
    }),
  );
}

/** Of a journal without a process, nothing is true. */
export function statusOf({ alive, fifo, frozen }: ContainerStatusFacts): ContainerStatus {
  if (!alive) return 'stopped';
  if (frozen) return 'paused';
  return fifo ? 'created' : 'running';
}

function startRefusal(status: ContainerStatus): string {
  if (status === 'stopped') return 'cannot start a container that has stopped';
  if (status === 'running') return 'cannot start an already running container';
  return `cannot start a container in the ${status} state`;
}

function execRefusal(status: ContainerStatus): string {
  return status === 'paused'
    ? 'cannot exec in a paused container (use --ignore-paused to override)'
    : `cannot exec in a ${status} container`;
}
