import { RundletError } from '../errors/rundlet-error.ts';
import { joinPointer } from './json-pointer.ts';
import type { JsonValue } from './json-value.ts';
import { findSyntaxFault, locate } from './locate.ts';
import { parseLossless } from './parse-lossless.ts';

/** Longest text that is read, in UTF-16 units: 16 MiB, four hundred times Docker's largest. */
export const maxJsonLength = 16 * 1024 * 1024;

/** Deepest nesting of objects and arrays; config.json needs 9. */
export const maxJsonDepth = 128;

/**
 * Reads a JSON text once and without loss: integers beyond 2^53 become bigint, all else is as
 * JSON.parse gives it. Refuses what is too long or too deep, and NUL characters, which the kernel
 * would take for the end of a string. `file` names the text in errors.
 */
export function parseJson(text: string, file: string): JsonValue {
  refuseSize(text, file);
  const brackets = countUpTo(text, '[', harmlessDepth) + countUpTo(text, '{', harmlessDepth);
  // Guards the engine's stack: our own scanner goes first, and stops at maxJsonDepth.
  if (brackets >= harmlessDepth) refuseSyntax(text, file);
  let value: JsonValue;
  try {
    value = parseLossless(text);
  } catch (error) {
    refuseSyntax(text, file);
    throw error;
  }
  if (brackets > maxJsonDepth && isDeeper(value, maxJsonDepth)) refuseSyntax(text, file);
  // Backslash, u0000 may also be an escaped backslash before plain text: look at the value.
  if (text.includes('\\u0000')) refuseNul(value, text, file);
  return value;
}

function refuseSize(text: string, file: string): void {
  if (text.length <= maxJsonLength) return;
  const message = `${file}: the file has ${text.length} characters, the limit is ${maxJsonLength}`;
  throw new RundletError('ERR_RUNDLET_CONFIG_TOO_LARGE', message, {
    location: { file, line: 1, column: 1 },
  });
}

/**
 * Levels that every engine's recursive JSON.parse can take on its stack. A text cannot be deeper
 * than the number of its opening brackets, which costs little to count.
 */
const harmlessDepth = 1000;

function countUpTo(text: string, char: string, limit: number): number {
  let count = 0;
  for (let at = text.indexOf(char); at !== -1; at = text.indexOf(char, at + 1)) {
    if (++count >= limit) break;
  }
  return count;
}

function isDeeper(value: JsonValue, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  const items = Array.isArray(value) ? value : Object.values(value);
  return items.some((item) => typeof item === 'object' && isDeeper(item, depth - 1));
}

/** Throws if the text is not JSON, or is too deep. */
function refuseSyntax(text: string, file: string): void {
  const fault = findSyntaxFault(text, maxJsonDepth);
  if (!fault) return;
  const { line, column, reason, tooDeep } = fault;
  const code = tooDeep ? 'ERR_RUNDLET_CONFIG_TOO_LARGE' : 'ERR_RUNDLET_CONFIG_SYNTAX';
  const message = `${file}:${line}:${column}: ${tooDeep ? '' : 'not JSON: '}${reason}`;
  throw new RundletError(code, message, { location: { file, line, column } });
}

function refuseNul(value: JsonValue, text: string, file: string): void {
  const found = findNul(value, '');
  if (!found) return;
  const { line, column } = locate(text, found.pointer, found.inKey ? 'key' : 'value');
  const pointer = found.pointer.replaceAll('\0', '\\u0000');
  const what = found.inKey ? 'the key has' : 'the string has';
  throw new RundletError(
    'ERR_RUNDLET_CONFIG_INVALID',
    `${file}:${line}:${column}: ${pointer}: ${what} a NUL character, which no path, name or argument can hold`,
    { pointer, location: { file, line, column } },
  );
}

function findNul(
  value: JsonValue,
  pointer: string,
): { pointer: string; inKey: boolean } | undefined {
  if (typeof value === 'string') {
    return value.includes('\0') ? { pointer, inKey: false } : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, below] of Object.entries(value)) {
    const at = joinPointer(pointer, key);
    if (key.includes('\0')) return { pointer: at, inKey: true };
    const found = findNul(below, at);
    if (found) return found;
  }
  return undefined;
}
