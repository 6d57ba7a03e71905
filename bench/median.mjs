/** Undefined for no values. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return sorted.length === 0
    ? undefined
    : (sorted[Math.floor(half)] + sorted[Math.ceil(half) - 1]) / 2;
}
