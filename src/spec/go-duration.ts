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

/** `1m30s`, `100ms`, `1.5h` in nanoseconds, without a sign; undefined for what is none. */
export function goDuration(text: string): number | undefined {
  const pieces = [...text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)];
  if (pieces.length === 0 || pieces.map(([piece]) => piece).join('') !== text) return undefined;
  const sum = pieces.reduce(
    (total, [, count, unit = '']) => total + Number(count) * (units[unit] ?? 0),
    0,
  );
  return Math.round(sum);
}
