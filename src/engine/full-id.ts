/** Whether `text` is 64 lower hexadecimal digits: the id of a container or a layer, or a digest's own part. */
export function isFullId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
