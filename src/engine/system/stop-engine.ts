import type { Engine } from '../context.ts';
import { stopContainer } from '../life/stop-container.ts';
import { type Attempt, forEach } from './for-each-container.ts';

/**
 * What dockerd does when it is stopped: every running container is stopped, those that live in others'
 * namespaces first. It does not count as stopped by hand: `startEngine` starts again what
 * `unless-stopped` asks for.
 */
export function stopEngine(engine: Engine, timeout?: number): Promise<Attempt[]> {
  return forEach(engine, 'guests first', async ({ id, config }) => {
    if (!config.State.Running) return false;
    await stopContainer(engine, id, {
      byHand: false,
      ...(timeout !== undefined && { timeout }),
    });
    return true;
  });
}
