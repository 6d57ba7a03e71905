import { exactJson } from '../host/exact-json.ts';

/** JSON as Go's encoding/json writes it: `<`, `>`, `&` and the two line separators escaped, bigint exact. */
export function dockerJson(value: unknown): string {
  return exactJson(value).replace(/[<>&\u2028\u2029]/g, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A Go map as JSON: sorted by key. */
export function goMap<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const sorted = [...entries].sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
  return Object.fromEntries(sorted);
}
