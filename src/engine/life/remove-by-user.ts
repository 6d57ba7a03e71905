import { SIGKILL } from '../../spec/signals.ts';
import { stateWord } from '../containers/run-state.ts';
import type { Engine } from '../context.ts';
import { conflict, isEngineError } from '../engine-error.ts';
import { sendSignal } from './kill-container.ts';
import { removeContainer } from './remove-container.ts';
import { stopContainer } from './stop-container.ts';
import { awaitSettled, withSettled } from './with-settled.ts';

export interface RemoveOptions {
  /** Kills it first when it runs. */
  force: boolean;
  /** Its anonymous volumes too. */
  volumes: boolean;
}

/** `rm`: Docker's refusals, and all that is left of the container. */
export async function removeByUser(
  engine: Engine,
  id: string,
  { force, volumes }: RemoveOptions,
): Promise<void> {
  try {
    if (force) await killFirst(engine, id);
    await withSettled(engine, id, async (container) => {
      const { State } = container.config;
      if (State.Running) throw stillRuns(id, stateWord(State));
      await removeContainer(engine, container, { volumes });
    });
  } catch (error) {
    // One with `--rm` goes by itself, killed or ended.
    if (!force || !isEngineError(error, 'ERR_RUNDLET_NO_SUCH_OBJECT')) throw error;
  }
}

async function killFirst(engine: Engine, id: string): Promise<void> {
  const state = await withSettled(engine, id, async (container) => {
    const { State } = container.config;
    if (State.Running && !State.Restarting) await sendSignal(engine, container, SIGKILL);
    return State;
  });
  if (state.Restarting) await stopContainer(engine, id);
  else if (state.Running) await awaitSettled(engine, id);
}

function stillRuns(id: string, state: string) {
  const procedure = 'top the container before attempting removal or force remove';
  const advice = state === 'paused' ? `Unpause and then s${procedure}` : `S${procedure}`;
  return conflict(`You cannot remove a ${state} container ${id}. ${advice}`);
}
