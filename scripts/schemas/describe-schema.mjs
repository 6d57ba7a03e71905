import { resolveRef } from './bundle-schema.mjs';

const one = { string: 'a string', boolean: 'true or false', object: 'an object', null: 'null' };
const many = { string: 'strings', boolean: 'booleans', object: 'objects', array: 'arrays' };

/** What a schema wants, in words that fit after "must be": "an array of strings". */
export function describeSchema(schema, bundle) {
  if (schema['x-int'] !== undefined) return describeInteger(schema['x-int']);
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  const types = [schema.type].flat();
  return types.map((type) => describeType(type, schema, bundle)).join(' or ');
}

function describeType(type, schema, bundle) {
  if (type === 'array') return `an array of ${plural(resolveRef(schema.items, bundle))}`;
  const values = schema.additionalProperties;
  if (type === 'object' && values) return `an object of ${plural(resolveRef(values, bundle))}`;
  return one[type];
}

function plural(schema) {
  if (schema['x-int'] !== undefined) return 'integers';
  if (schema.enum !== undefined) return 'names';
  return many[[schema.type].flat()[0]];
}

const wide = {
  int64: ['-9223372036854775808', '9223372036854775807'],
  uint64: ['0', '18446744073709551615'],
};

function describeInteger({ name, range }) {
  const [min, max] = range ?? wide[name];
  return `an integer from ${min} to ${max}`;
}
