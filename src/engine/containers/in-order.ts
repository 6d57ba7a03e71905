/** The same record with its keys in this order and without `left`; keys that are not in it come last. */
export function inOrder<T extends object>(
  record: T,
  order: readonly (keyof T)[],
  left: ReadonlySet<keyof T> = new Set(),
): T {
  const known = new Set(order);
  const keys = [...order, ...(Object.keys(record) as (keyof T)[]).filter((key) => !known.has(key))];
  return Object.fromEntries(
    keys
      .filter((key) => record[key] !== undefined && !left.has(key))
      .map((key) => [key, record[key]]),
  ) as T;
}
