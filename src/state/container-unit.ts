import { unitName } from '../plan/unit-place.ts';
import type { LibcontainerCgroup } from './state-record.ts';

/** The systemd unit that a container's record names; undefined where its groups are not systemd's. */
export function containerUnit(cgroups: LibcontainerCgroup): string | undefined {
  if (!cgroups.Systemd) return undefined;
  return unitName({ prefix: cgroups.scope_prefix ?? '', name: cgroups.name ?? '' });
}
