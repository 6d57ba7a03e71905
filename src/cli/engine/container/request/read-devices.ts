import type { DeviceMapping, ThrottleDevice } from '../../../../engine/containers/record.ts';
import { parseSize } from '../../../sizes.ts';
import { FlagFault } from '../../scan-docker-flags.ts';
import { readInteger } from './flag-reader.ts';

/** `--device path[:path][:permissions]`. */
export function readDevice(given: string): DeviceMapping {
  const parts = given.split(':');
  if (given === '' || parts.length > 3) throw new FlagFault(`bad format for path: ${given}`);
  const [host = '', second, third] = parts;
  const isMode = second !== undefined && third === undefined && validMode(second);
  const inside = second === undefined || isMode ? host : second;
  const mode = isMode ? second : (third ?? 'rwm');
  for (const path of [host, inside]) {
    if (!path.startsWith('/')) throw new FlagFault(`${path} is not an absolute path`);
  }
  if (!validMode(mode)) throw new FlagFault(`bad mode specified: ${mode}`);
  return { PathOnHost: host, PathInContainer: inside, CgroupPermissions: mode };
}

/** Each of r, w and m at most once. */
function validMode(mode: string): boolean {
  return /^[rwm]{1,3}$/.test(mode) && new Set(mode).size === mode.length;
}

/** `vendor.com/class=name` of the Container Device Interface. */
export function isCdiDevice(given: string): boolean {
  return /^[a-zA-Z][\w.-]*\/[a-zA-Z][\w.-]*=[\w.:-]+$/.test(given);
}

export function readDeviceRule(given: string): string {
  if (/^[acb] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.test(given)) return given;
  throw new FlagFault(`invalid device cgroup format '${given}'`);
}

/** `path:weight`. */
export function readWeightDevice(given: string): { Path: string; Weight: number } {
  const [path, text] = devicePath(given);
  const Weight = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (Weight !== 0 && (Weight < 10 || Weight > 1000)) {
    throw new FlagFault(`invalid weight for device: ${given}`);
  }
  return { Path: path, Weight };
}

/** `path:bytes`, with a unit. */
export function readByteRate(given: string): ThrottleDevice {
  const [path, text] = devicePath(given);
  try {
    return { Path: path, Rate: parseSize(text) };
  } catch {
    throw new FlagFault(
      `invalid rate for device: ${given}. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb`,
    );
  }
}

/** `path:number`. */
export function readOperationRate(given: string): ThrottleDevice {
  const [path, text] = devicePath(given);
  try {
    return { Path: path, Rate: readInteger(text, { signed: false }) };
  } catch {
    throw new FlagFault(
      `invalid rate for device: ${given}. The correct format is <device-path>:<number>. Number must be a positive integer`,
    );
  }
}

function devicePath(given: string): [path: string, rest: string] {
  const colon = given.indexOf(':');
  if (colon < 1) throw new FlagFault(`bad format: ${given}`);
  const path = given.slice(0, colon);
  if (!path.startsWith('/dev/')) throw new FlagFault(`bad format for device path: ${given}`);
  return [path, given.slice(colon + 1)];
}
