import type { JsonValue } from './json-value.ts';

/**
 * JSON.parse without loss: integers beyond 2^53 become bigint. For texts of our own; what users write is
 * read by parseJson, which has limits and says where a fault is. Throws what the engine throws.
 */
export function parseLossless(text: string): JsonValue {
  return JSON.parse(text, hasLongNumber(text) ? exactInteger : undefined);
}

/** 2^53 has 16 digits. */
const longNumber = 16;

/**
 * Whether 16 digits stand together somewhere: one of any 16 neighbours has an index divisible by
 * 16, so that few characters need a look (a RegExp takes three times as long in QuickJS). A long
 * number in a string only costs time. A shorter number with an exponent, 1e19, is one that
 * a double prints in full.
 */
function hasLongNumber(text: string): boolean {
  for (let at = 0; at < text.length; at += longNumber) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) continue;
    let start = at;
    let end = at + 1;
    while (isDigit(text.charCodeAt(start - 1))) start--;
    while (isDigit(text.charCodeAt(end))) end++;
    if (end - start >= longNumber) return true;
  }
  return false;
}

/** NaN, before and behind the text, is none. */
function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Digits beyond which a number stays a double: no field is wider, and BigInt is quadratic. */
const maxDigits = 40;

/** Reviver that reads an integer's own digits (ECMAScript's JSON.parse source text access). */
function exactInteger(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]\+?(\d+))?$/.exec(context?.source ?? '');
  if (!parts) return value;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  const digits = fraction.replace(/0+$/, '');
  const zeros = Number(exponent) - digits.length;
  if (zeros < 0 || whole.length + digits.length + zeros > maxDigits) return value;
  return BigInt(sign + whole + digits + '0'.repeat(zeros));
}
