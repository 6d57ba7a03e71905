import type { ShimExit, ShimPid } from '../../host/generated/plan.ts';
import { parseLossless } from '../../spec/parse-lossless.ts';
import type { Engine } from '../context.ts';
import { containerPaths } from '../engine-paths.ts';
import { findText } from '../layers/store-text.ts';

/** The container's shim, when it lives. */
export async function livingShim(engine: Engine, id: string): Promise<ShimPid | undefined> {
  const shim = await ownRecord<ShimPid>(engine, id, 'shim.pid');
  if (shim === undefined) return undefined;
  const { alive } = await engine.host.call('processStatus', shim);
  return alive ? shim : undefined;
}

/** How the container ended, when its shim saw it. */
export function findExit(engine: Engine, id: string): Promise<ShimExit | undefined> {
  return ownRecord<ShimExit>(engine, id, 'exit.json');
}

export function shimSocket({ paths }: Engine, id: string): string {
  return `${containerPaths(paths, id).own}/shim.sock`;
}

/** undefined also for half a record, of a machine that crashed. */
async function ownRecord<T>(engine: Engine, id: string, name: string): Promise<T | undefined> {
  const text = await findText(engine.host, `${containerPaths(engine.paths, id).own}/${name}`);
  if (text === undefined) return undefined;
  try {
    return parseLossless(text) as T;
  } catch {
    return undefined;
  }
}
