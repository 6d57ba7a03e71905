/**
 * What the generated validators call. They are compiled ahead of time by scripts/gen-schemas.mjs,
 * so no schema compiler and no `Function` exist at run time.
 */

/** The first thing in a document that its schema refuses. */
export interface SchemaError {
  /** JSON pointer of the value; of the object for a missing key. */
  readonly pointer: string;
  readonly kind: 'type' | 'enum' | 'required' | 'other';
  /** `type`: what is wanted; `enum`: the allowed values; `required`: the key; `other`: a phrase. */
  readonly want: string | readonly string[];
}

/** A compiled schema. When it says false, `takeSchemaError` has the reason. */
export type SchemaCheck = (value: unknown) => boolean;

let lastError: SchemaError | undefined;

/** Notes what is wrong; always false, so that a validator can return the call. */
export function refuse(
  pointer: string,
  kind: SchemaError['kind'],
  want: SchemaError['want'],
): false {
  lastError = { pointer, kind, want };
  return false;
}

/** Why the last validator said no. */
export function takeSchemaError(): SchemaError | undefined {
  const error = lastError;
  lastError = undefined;
  return error;
}

/** A RegExp that is compiled at its first use: most configs never need one. */
export function lazyRegExp(source: string, flags: string): { test(text: string): boolean } {
  let compiled: RegExp | undefined;
  return {
    test(text) {
      compiled ??= new RegExp(source, flags);
      return compiled.test(text);
    },
  };
}

/** Integer within bounds that a double holds exactly (all of 32 bits and less). */
export function isIntegerIn(value: unknown, min: number, max: number): boolean {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

/** Two's complement 64 bits: a number or, where a double would lose digits, a bigint. */
export function isInt64(value: unknown): boolean {
  if (typeof value === 'bigint') {
    return value >= -9223372036854775808n && value <= 9223372036854775807n;
  }
  // 2^63 itself is a double, and out of range; the largest double below it is in range.
  return isIntegerIn(value, -(2 ** 63), 2 ** 63 - 1024);
}

/** Unsigned 64 bits: a number or, where a double would lose digits, a bigint. */
export function isUint64(value: unknown): boolean {
  if (typeof value === 'bigint') return value >= 0n && value <= 18446744073709551615n;
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 64;
}
