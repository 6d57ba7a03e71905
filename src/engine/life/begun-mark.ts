import type { Engine } from '../context.ts';
import { containerPaths } from '../engine-paths.ts';
import { removeIfThere } from '../remove-if-there.ts';

/**
 * `<bundle>/begun`: somebody changes the container, and its record does not tell it yet. After a kill it
 * has the next command look what is true. `makeBundle` sets it, a start's last step takes it away.
 */
export const begunName = 'begun';

export function begunMark({ paths }: Engine, id: string): string {
  return `${containerPaths(paths, id).bundle}/${begunName}`;
}

/** The caller holds the container's lock; its bundle is there. */
export async function setBegun(engine: Engine, id: string): Promise<void> {
  const path = begunMark(engine, id);
  await engine.host.call('writeRecord', { path, text: '', mode: 0o600, durable: false });
}

export async function forgetBegun(engine: Engine, id: string): Promise<void> {
  await removeIfThere(engine.host, begunMark(engine, id));
}
