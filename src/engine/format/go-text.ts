/** A value as Go's fmt prints it with %v: `[a b]`, `map[a:1 b:2]`, `<no value>`. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<no value>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value === 'object') {
    const pairs = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
    return `map[${pairs.map(([key, part]) => `${key}:${goText(part)}`).join(' ')}]`;
  }
  return String(value);
}
