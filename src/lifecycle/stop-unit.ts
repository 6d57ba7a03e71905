import { containerUnit } from '../state/container-unit.ts';
import type { StateRecord } from '../state/state-record.ts';
import { unitManager } from './systemd-manager.ts';
import type { RuntimeContext } from './types.ts';

/**
 * Has systemd stop and forget the container's unit. A systemd that cannot be asked has, or will have, seen
 * that the unit is empty: no failure.
 */
export async function stopUnit(context: RuntimeContext, { config }: StateRecord): Promise<void> {
  const { host, warn } = context;
  const name = containerUnit(config.cgroups);
  if (name === undefined) return;
  try {
    const manager = await unitManager(host, config.cgroups.Rootless === true);
    const result = await host.call('stopUnit', { manager, name });
    if (result === 'done') return;
    warn?.('warning', `error removing unit \`${name}\`: got \`${result}\`. Continuing...`);
  } catch (error) {
    warn?.('warning', error instanceof Error ? error.message : String(error));
  }
}
