import { quote } from '../errors/quote.ts';
import { expandSlice } from './expand-slice.ts';
import { invalid } from './plan-error.ts';

/** A unit as `cgroupsPath` names it with the systemd driver. */
export interface UnitPlace {
  /** Empty for the driver's default. */
  slice: string;
  prefix: string;
  name: string;
}

/** `slice:prefix:name`; absent, a scope of the container's id. */
export function unitPlace(cgroupsPath: string | undefined, id: string): UnitPlace {
  if (!cgroupsPath) return { slice: '', prefix: 'rundlet', name: id };
  const [slice, prefix, name, ...more] = cgroupsPath.split(':');
  if (slice === undefined || prefix === undefined || name === undefined || more.length > 0) {
    const form = 'expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups';
    throw invalid('/linux/cgroupsPath', `${form}, got ${quote(cgroupsPath)} instead`);
  }
  return { slice, prefix, name };
}

/** A scope, unless a slice is asked for by its name. */
export function unitName({ prefix, name }: Pick<UnitPlace, 'prefix' | 'name'>): string {
  return name.endsWith('.slice') ? name : `${prefix}-${name}.scope`;
}

/** The slice that systemd is told. */
export function unitSlice({ slice }: UnitPlace, rootless: boolean): string {
  return slice || (rootless ? 'user.slice' : 'system.slice');
}

/** The unit's group below the hierarchy's root; a user's manager has its own group there. */
export function unitGroup(place: UnitPlace, rootless: boolean, controlGroup: string): string {
  const group = place.slice ? expandSlice(place.slice) : `/${unitSlice(place, rootless)}`;
  return `${rootless ? controlGroup : ''}${group}/${unitName(place)}`;
}
