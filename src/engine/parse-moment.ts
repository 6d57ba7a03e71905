import { goDuration } from '../spec/go-duration.ts';
import { invalidParameter } from './engine-error.ts';
import { parseRfc3339 } from './parse-rfc3339.ts';

const form =
  /^(\d{4}-\d\d-\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?)?(Z|[+-]\d\d:\d\d)?$/;

/**
 * A moment as `--since` and `--until` take it: seconds since 1970 (`1136073600.5`), an RFC 3339 time of which
 * the end may be missing (UTC without zone), or how long before now (`10m`, `1h30m`).
 * @param now milliseconds since 1970.
 * @returns nanoseconds since 1970.
 */
export function parseMoment(text: string, now: number): bigint {
  const before = goDuration(text);
  if (before !== undefined) return BigInt(Math.round(now)) * 1_000_000n - BigInt(before);
  const seconds = /^(-?\d{1,12})(?:\.(\d{1,9}))?$/.exec(text);
  if (seconds) return BigInt(seconds[1] as string) * 1_000_000_000n + nanoseconds(seconds[2]);
  const parts = form.exec(text);
  if (parts) {
    const [, date, hour = '00', minute = '00', second = '00', fraction, zone = 'Z'] = parts;
    const time = parseRfc3339(`${date}T${hour}:${minute}:${second}${zone}`);
    if (time !== undefined) return BigInt(time) * 1_000_000n + nanoseconds(fraction);
  }
  throw invalidParameter(`invalid value for a time: ${JSON.stringify(text)}`);
}

function nanoseconds(fraction: string | undefined): bigint {
  return BigInt((fraction ?? '').padEnd(9, '0'));
}
