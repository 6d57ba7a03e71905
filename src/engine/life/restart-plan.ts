import type { ProcessRef } from '../../host/generated/plan.ts';
import { parseLossless } from '../../spec/parse-lossless.ts';
import type { Engine } from '../context.ts';
import { dockerJson } from '../docker-json.ts';
import { findText } from '../layers/store-text.ts';
import { removeIfThere } from '../remove-if-there.ts';

/** A restart that is to come, or was: `<exec>/rundlet/restarts/<id>.json`. */
export interface RestartPlan {
  /** Milliseconds between the end and the new start. */
  delay: number;
  /** The command that waits for it. */
  waiter?: ProcessRef;
}

export async function readRestart(engine: Engine, id: string): Promise<RestartPlan | undefined> {
  const text = await findText(engine.host, restartPath(engine, id));
  return text === undefined ? undefined : (parseLossless(text) as unknown as RestartPlan);
}

export async function planRestart(engine: Engine, id: string, plan: RestartPlan): Promise<void> {
  const { host, paths } = engine;
  const path = `${paths.execRoot}/rundlet/restarts`;
  await host.call('makeDirectory', { path, mode: 0o700, parents: true });
  const text = `${dockerJson(plan)}\n`;
  const record = { path: restartPath(engine, id), text, mode: 0o600, durable: false };
  await host.call('writeRecord', record);
}

export async function forgetRestart(engine: Engine, id: string): Promise<void> {
  await removeIfThere(engine.host, restartPath(engine, id));
}

function restartPath({ paths }: Engine, id: string): string {
  return `${paths.execRoot}/rundlet/restarts/${id}.json`;
}
