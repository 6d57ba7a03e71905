import { treeBytes } from '../containers/container-size.ts';
import type { Engine } from '../context.ts';
import { isFullId } from '../full-id.ts';
import { hasLabel } from '../has-label.ts';
import { isMounted } from './mount-volumes.ts';
import { destroyJournalled } from './remove-volume.ts';
import { listVolumes, type Volume, withVolumes } from './volume-store.ts';
import { volumeUsers } from './volume-users.ts';

export interface PruneWish {
  /** Named ones too. */
  all: boolean;
  /** `key` or `key=value` that it must have. */
  labels: readonly string[];
  /** … that it must not have. */
  without: readonly string[];
}

export interface Pruned {
  names: string[];
  bytes: number;
}

/** Removes the volumes that no container uses. */
export function pruneVolumes(engine: Engine, wish: PruneWish): Promise<Pruned> {
  return withVolumes(engine, async () => {
    const users = await volumeUsers(engine);
    const pruned: Pruned = { names: [], bytes: 0 };
    for (const volume of await listVolumes(engine)) {
      if (users.has(volume.name) || !fits(volume, wish)) continue;
      if (!isMounted(volume)) pruned.bytes += await treeBytes(engine, volume.mountpoint);
      await destroyJournalled(engine, volume.name);
      pruned.names.push(volume.name);
    }
    return pruned;
  });
}

function fits(volume: Volume, { all, labels, without }: PruneWish): boolean {
  if (!all && !isFullId(volume.name)) return false;
  return (
    labels.every((label) => hasLabel(volume.labels, label)) &&
    !without.some((label) => hasLabel(volume.labels, label))
  );
}
