import { goDuration } from '../spec/go-duration.ts';

/**
 * `1m30s`, `100ms`, `1.5h` in nanoseconds, as Go reads durations; a number without a unit is seconds.
 * Undefined for what is none.
 */
export function parseDuration(text: string): number | undefined {
  const parts = /^([+-]?)(.+)$/.exec(text);
  if (!parts) return undefined;
  const [, sign, body = ''] = parts;
  const direction = sign === '-' ? -1 : 1;
  if (/^\d+(\.\d+)?$/.test(body)) return direction * Math.round(Number(body) * 1e9);
  const duration = goDuration(body);
  return duration === undefined ? undefined : direction * duration;
}
