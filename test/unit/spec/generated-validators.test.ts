import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
// @ts-expect-error a build script without types
import { bundleSchema, resolveRef } from '../../../scripts/schemas/bundle-schema.mjs';
import { validate as config } from '../../../src/spec/generated/config-validator.js';
import { validate as features } from '../../../src/spec/generated/features-validator.js';
import { validate as process } from '../../../src/spec/generated/process-validator.js';
import { validate as resources } from '../../../src/spec/generated/resources-validator.js';
import { validate as state } from '../../../src/spec/generated/state-validator.js';
import type { Loose } from './config-of.ts';

/*
 * The generated code is ajv's, trimmed by text replacement. So ajv itself, on the schemas as they
 * stand, must say the same of one document with every key, and of thousands made from it by one
 * change. (bigint and the very bounds of 64 bits, which a double cannot hold, are in validate-config.test.ts.)
 */
const validators = { config, process, resources, state, features };
const schemaDirectory = join(import.meta.dirname, '../../../schemas');

/** A document with every key of the schema and two items in every list and map. */
function fullInstance(node: Loose, bundle: Loose): Loose {
  const schema = resolveRef(node, bundle);
  if (schema.enum) return schema.enum[0];
  if (schema.pattern) return '64KB';
  const type = [schema.type].flat()[0];
  if (type === 'array') return [0, 1].map(() => fullInstance(schema.items, bundle));
  if (type === 'integer') return Math.max(0, schema.minimum);
  if (type === 'string') return '/x';
  if (type === 'boolean') return true;
  const values = schema.additionalProperties;
  if (values) return { a: fullInstance(values, bundle), 'b/~': fullInstance(values, bundle) };
  const entries = Object.entries(schema.properties ?? {});
  return Object.fromEntries(entries.map(([key, value]) => [key, fullInstance(value, bundle)]));
}

const replacements = [
  ...[undefined, null, true, 0, -1, 1.5, 8, 101, 65536, 4294967296, 2 ** 65, -(2 ** 65)],
  ...['', 'x', 'SCMP_ACT_LOG', '2MB', [], [1], ['x'], {}, { a: 1 }, { type: 'pid' }],
];

/** Calls back with the document after each single change, and undoes it. */
function eachMutation(value: Loose, visit: (path: string) => void, path = ''): void {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const kept = value[key];
    for (const replacement of replacements) {
      if (replacement === undefined && Array.isArray(value)) continue;
      value[key] = replacement;
      visit(`${path}/${key} = ${JSON.stringify(replacement)}`);
    }
    value[key] = kept;
    eachMutation(kept, visit, `${path}/${key}`);
  }
}

describe.each(Object.entries(validators))('%s', (name, validate) => {
  const bundle = bundleSchema(schemaDirectory, `${name}.schema.json`);
  const reference = new Ajv({ strict: false }).compile(bundle);
  const document = fullInstance(bundle, bundle);

  test('takes a document with every key', () => {
    expect(reference(document)).toBe(true);
    expect(validate(document)).toBe(true);
  });

  test('agrees with ajv on every single change', () => {
    const differences: string[] = [];
    let refused = 0;
    eachMutation(document, (path) => {
      const expected = reference(document);
      if (!expected) refused++;
      if (validate(document) !== expected) differences.push(path);
    });
    expect(differences).toEqual([]);
    expect(refused).toBeGreaterThan(50);
  });
});
