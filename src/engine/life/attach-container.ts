import type { ShimAttached, ShimDetached } from '../../host/generated/plan.ts';
import { isHostError } from '../../host/host-error.ts';
import { stateWord } from '../containers/run-state.ts';
import type { Engine } from '../context.ts';
import { notRunning, wrongState } from '../engine-error.ts';
import { containerHappening, recordEvent } from '../events/record-event.ts';
import { shimSocket } from './shim-record.ts';
import { withSettled } from './with-settled.ts';

export interface AttachStreams {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  /** Not this process's own stdio but new pipes (`ShimAttached.pipes`). */
  pipes?: boolean;
}

export interface AttachOptions {
  /** Bytes; none: nothing detaches. */
  detachKeys: number[];
  /** Signals that this process gets are for the container, unless it has a terminal. */
  signalProxy: boolean;
}

/** A place among those who see all that the container prints from now on; `runAttach` uses it. */
export async function openAttach(
  engine: Engine,
  id: string,
  streams: AttachStreams,
): Promise<ShimAttached> {
  const socket = shimSocket(engine, id);
  try {
    return await engine.host.call('shimAttachOpen', { socket, ...streams });
  } catch (error) {
    if (isHostError(error, 'ENOENT', 'ECONNREFUSED')) throw notRunning(id);
    throw error;
  }
}

/** Our stdio is the container's until it ends or we detach. @param redraw it ran before. */
export async function runAttach(
  { host }: Engine,
  { handle, tty }: ShimAttached,
  { detachKeys, signalProxy }: AttachOptions,
  redraw: boolean,
): Promise<ShimDetached> {
  return host.call('shimAttach', {
    handle,
    detachKeys,
    signalProxy: signalProxy && !tty,
    redraw,
  });
}

/** Attaches to a container that runs. */
export async function attachContainer(
  engine: Engine,
  id: string,
  { stdin }: { stdin: boolean },
  options: AttachOptions,
): Promise<ShimDetached> {
  const attached = await withSettled(engine, id, async (container) => {
    const { config } = container;
    const word = stateWord(config.State);
    if (word === 'paused') {
      throw wrongState('You cannot attach to a paused container, unpause it first');
    }
    if (word === 'restarting') {
      throw wrongState('You cannot attach to a restarting container, wait until it is running');
    }
    if (word !== 'running') {
      throw wrongState('You cannot attach to a stopped container, start it first');
    }
    await recordEvent(engine, containerHappening(container, 'attach'));
    return openAttach(engine, id, {
      stdin: stdin && config.Config.OpenStdin,
      stdout: true,
      stderr: true,
    });
  });
  return runAttach(engine, attached, options, true);
}
