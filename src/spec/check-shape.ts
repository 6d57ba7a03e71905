import { suggestion } from './did-you-mean.ts';
import { valueAt } from './json-pointer.ts';
import { typeName } from './json-value.ts';
import { type SchemaCheck, type SchemaError, takeSchemaError } from './schema-runtime.ts';
import type { Violation } from './violation.ts';

/**
 * What a schema finds wrong in a document, undefined if nothing. A null in an object counts as an
 * absent key, as it does for the Go programs that write these files: such keys are removed from
 * `value` if it does not fit with them.
 */
export function checkShape(check: SchemaCheck, value: unknown): Violation | undefined {
  if (check(value)) return undefined;
  let error = takeSchemaError();
  if (dropNulls(value)) {
    if (check(value)) return undefined;
    error = takeSchemaError();
  }
  if (!error) throw new Error('a schema check failed without an error');
  const { pointer } = error;
  return { severity: 'error', pointer, message: describe(error, valueAt(value, pointer)) };
}

/** Whether there were any. */
function dropNulls(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  let dropped = false;
  for (const [key, below] of Object.entries(value)) {
    if (below === null && !Array.isArray(value)) {
      delete (value as Record<string, unknown>)[key];
      dropped = true;
    } else if (dropNulls(below)) dropped = true;
  }
  return dropped;
}

/** A list of values longer than this only bores. */
const maxListed = 9;

function describe({ pointer, kind, want }: SchemaError, value: unknown): string {
  const subject = pointer === '' ? 'the document' : pointer;
  if (kind === 'required') return `${subject} must have the key ${JSON.stringify(want)}`;
  if (kind === 'other') return `${subject} ${want}, got ${show(value)}`;
  if (typeof want === 'string') return `${subject} must be ${want}, got ${typeName(value)}`;
  const listed = want.length <= maxListed ? `must be one of ${want.join(', ')}, got ` : '';
  if (typeof value !== 'string') {
    return `${subject} ${listed || 'must be a name, got '}${typeName(value)}`;
  }
  const meant = suggestion(value, want);
  if (meant !== '') return `${subject}: unknown value ${show(value)}${meant}`;
  return `${subject} ${listed || 'has an unknown value, '}${show(value)}`;
}

/** A value in a message; strings are quoted and cut. */
function show(value: unknown): string {
  if (Array.isArray(value)) return 'an empty array';
  const text = String(value);
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
