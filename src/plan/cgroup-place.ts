import type { Draft } from './draft.ts';
import { isRootlessCgroups } from './draft.ts';
import { unitGroup, unitPlace } from './unit-place.ts';

/** `cgroupsPath` as a path of groups, whatever the driver. */
export function cgroupPlace(draft: Draft, cgroupsPath: string | undefined): string | undefined {
  const { options } = draft;
  if (options.cgroupManager !== 'systemd') return cgroupsPath;
  const place = unitPlace(cgroupsPath, options.id);
  return unitGroup(place, isRootlessCgroups(draft), options.systemd?.controlGroup ?? '');
}
