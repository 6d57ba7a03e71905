import { RundletError } from '../errors/rundlet-error.ts';
import { joinPointer } from './json-pointer.ts';
import type { JsonValue } from './json-value.ts';
import { findSyntaxFault, locate } from './locate.ts';

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
  refuseNesting(text, file);
  let value: JsonValue;
  try {
    value = JSON.parse(text);
    const unsafe = hasUnsafeNumber(value, maxJsonDepth);
    if (unsafe) value = JSON.parse(text, exactInteger as (key: string, value: unknown) => unknown);
  } catch (error) {
    throw syntaxError(text, file, error);
  }
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

/** Levels that every engine's recursive JSON.parse can take on its stack. */
const harmlessDepth = 1000;

/**
 * Guards the engine's stack before JSON.parse. A text cannot be deeper than the number of its
 * opening brackets, and counting them costs nothing beside parsing; only a text with very many is
 * read by our own scanner first, which stops at maxJsonDepth.
 */
function refuseNesting(text: string, file: string): void {
  const brackets = countUpTo(text, '[', harmlessDepth) + countUpTo(text, '{', harmlessDepth);
  if (brackets < harmlessDepth) return;
  const fault = findSyntaxFault(text, maxJsonDepth);
  if (fault) throw faultError(fault, file);
}

function countUpTo(text: string, char: string, limit: number): number {
  let count = 0;
  for (let at = text.indexOf(char); at !== -1; at = text.indexOf(char, at + 1)) {
    if (++count >= limit) break;
  }
  return count;
}

/** Whether some number may have lost digits. Throws past `depth` levels. */
function hasUnsafeNumber(value: JsonValue, depth: number): boolean {
  if (typeof value === 'number') return value > 9007199254740991 || value < -9007199254740991;
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) throw new RangeError('too deep');
  let unsafe = false;
  // No early end: the depth has to be seen everywhere.
  if (Array.isArray(value)) {
    for (const item of value) if (hasUnsafeNumber(item, depth - 1)) unsafe = true;
  } else {
    for (const key in value) if (hasUnsafeNumber(value[key] as JsonValue, depth - 1)) unsafe = true;
  }
  return unsafe;
}

/** Digits beyond which a number stays a double: no field is wider, and BigInt is quadratic. */
const maxDigits = 40;

/** Reviver that reads an integer's own digits (ECMAScript's JSON.parse source text access). */
function exactInteger(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== 'number' || Math.abs(value) <= 9007199254740991) return value;
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]\+?(\d+))?$/.exec(context.source ?? '');
  if (!parts) return value;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  const digits = fraction.replace(/0+$/, '');
  const zeros = Number(exponent) - digits.length;
  if (zeros < 0 || whole.length + digits.length + zeros > maxDigits) return value;
  return BigInt(sign + whole + digits + '0'.repeat(zeros));
}

function syntaxError(text: string, file: string, cause: unknown): unknown {
  const fault = findSyntaxFault(text, maxJsonDepth);
  return fault ? faultError(fault, file) : cause;
}

function faultError(fault: NonNullable<ReturnType<typeof findSyntaxFault>>, file: string): Error {
  const { line, column, reason, tooDeep } = fault;
  const code = tooDeep ? 'ERR_RUNDLET_CONFIG_TOO_LARGE' : 'ERR_RUNDLET_CONFIG_SYNTAX';
  const message = `${file}:${line}:${column}: ${tooDeep ? '' : 'not JSON: '}${reason}`;
  return new RundletError(code, message, { location: { file, line, column } });
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
