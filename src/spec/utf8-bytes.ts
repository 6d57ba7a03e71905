/** A text's bytes in UTF-8, as TextEncoder gives them; QuickJS has none. */
export function utf8Bytes(text: string): number[] {
  const whole = text.replace(/[\ud800-\udfff]/gu, '\ufffd');
  return [...encodeURIComponent(whole).matchAll(/%(..)|./g)].map(([character, hex]) =>
    hex === undefined ? character.charCodeAt(0) : Number.parseInt(hex, 16),
  );
}
