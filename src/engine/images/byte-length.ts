/** Bytes of a text in UTF-8. */
export function byteLength(content: string): number {
  let length = 0;
  for (const character of content) {
    const point = character.codePointAt(0) ?? 0;
    length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return length;
}
