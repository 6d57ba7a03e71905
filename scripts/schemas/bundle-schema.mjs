import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Joins a schema file and all that it refers to into one schema: every `$ref` becomes
 * `#/$defs/NAME`, where NAME is the definition's key, or the title of a whole file.
 */
export function bundleSchema(directory, fileName) {
  const files = new Map();
  const defs = {};

  function load(name) {
    if (!files.has(name)) files.set(name, JSON.parse(readFileSync(join(directory, name), 'utf8')));
    return files.get(name);
  }

  function define(ref, fromFile) {
    const [file = '', pointer = ''] = ref.split('#');
    const target = file === '' ? fromFile : file;
    const document = load(target);
    const name = pointer === '' ? document.title : pointer.replace('/$defs/', '');
    const schema = pointer === '' ? document : document.$defs?.[name];
    if (!name || !schema) throw new Error(`${fromFile}: ${ref} does not exist`);
    if (!(name in defs)) {
      defs[name] = {}; // holds the place: no endless loop on a recursive schema
      const { $schema: _1, $defs: _2, title: _3, ...body } = schema;
      defs[name] = rewrite(body, target);
    }
    return `#/$defs/${name}`;
  }

  function rewrite(node, file) {
    if (Array.isArray(node)) return node.map((item) => rewrite(item, file));
    if (typeof node !== 'object' || node === null) return node;
    const entries = Object.entries(node).map(([key, value]) => [
      key,
      key === '$ref' ? define(value, file) : rewrite(value, file),
    ]);
    return Object.fromEntries(entries);
  }

  const { $schema: _1, $defs: _2, ...body } = load(fileName);
  return { ...rewrite(body, fileName), $defs: defs };
}

/** The schema without its `$ref`, for definitions too small to be worth a name of their own. */
export function resolveRef(schema, bundle) {
  return schema.$ref === undefined ? schema : bundle.$defs[schema.$ref.replace('#/$defs/', '')];
}
