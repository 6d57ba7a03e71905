/** Labels of an image, a container, a volume or a network. */
export type Labels = Readonly<Record<string, string>>;

/** @param wanted `key` or `key=value`. */
export function hasLabel(labels: Labels, wanted: string): boolean {
  const at = wanted.indexOf('=');
  if (at === -1) return Object.hasOwn(labels, wanted);
  const key = wanted.slice(0, at);
  return Object.hasOwn(labels, key) && labels[key] === wanted.slice(at + 1);
}

/** Whether docker's filters `label` (all of them) and `label!` (none of them) let something through. */
export function fitsLabels(
  labels: Labels,
  filters: ReadonlyMap<string, readonly string[]>,
): boolean {
  const has = (wanted: string) => hasLabel(labels, wanted);
  return (filters.get('label') ?? []).every(has) && !(filters.get('label!') ?? []).some(has);
}
