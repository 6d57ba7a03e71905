/** Nanoseconds of Go's units. */
const units: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

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
  const pieces = [...body.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)];
  if (pieces.map(([piece]) => piece).join('') !== body) return undefined;
  const sum = pieces.reduce(
    (total, [, count, unit = '']) => total + Number(count) * (units[unit] ?? 0),
    0,
  );
  return direction * Math.round(sum);
}
