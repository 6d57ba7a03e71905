import type { GoMap } from '../containers/record.ts';
import { goMap } from '../docker-json.ts';
import type { Volume } from './volume-store.ts';

/** A volume as Docker's API has it, keys in its order. Pure. */
export function inspectVolume({ name, mountpoint, options, labels, createdAt }: Volume): object {
  return {
    // Seconds are all that Docker tells.
    ...(createdAt && { CreatedAt: createdAt.replace(/\.\d+/, '') }),
    Driver: 'local',
    Labels: orNull(labels),
    Mountpoint: mountpoint,
    Name: name,
    Options: orNull(options),
    Scope: 'local',
  };
}

function orNull(map: GoMap<string>): GoMap<string> | null {
  return Object.keys(map).length > 0 ? goMap(Object.entries(map)) : null;
}
