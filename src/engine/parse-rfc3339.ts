import { zeroTime } from './rfc3339.ts';

const timeForm = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;

/** Milliseconds since 1970 of an RFC 3339 text; undefined for what is none, and for Go's zero time. */
export function parseRfc3339(text: string): number | undefined {
  const match = timeForm.exec(text);
  if (!match || text === zeroTime) return undefined;
  const [, seconds, fraction = '', zone] = match;
  const time = Date.parse(`${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}${zone}`);
  return Number.isNaN(time) ? undefined : time;
}

/** Milliseconds from one RFC 3339 text to another; 0 when either was never set. */
export function elapsed(from: string, to: string): number {
  const [start, end] = [parseRfc3339(from), parseRfc3339(to)];
  return start === undefined || end === undefined ? 0 : end - start;
}
