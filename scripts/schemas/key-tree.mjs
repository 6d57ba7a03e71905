import { resolveRef } from './bundle-schema.mjs';

/**
 * A module with the known keys of a document as nested objects: a key with its own keys below, or
 * 0 for a value without any; `*` stands for the names of a map and the items of an array.
 */
export function generateKeyTree(bundle) {
  const tree = JSON.stringify(keysOf(bundle, bundle), undefined, 2);
  const literal = tree.replaceAll(/"([A-Za-z]\w*)":/g, '$1:').replaceAll('"', "'");
  return `import type { KeyTree } from '../unknown-keys.ts';

export const configKeys: KeyTree = ${literal};
`;
}

function keysOf(node, bundle) {
  const schema = resolveRef(node, bundle);
  if (schema.properties) {
    const entries = Object.entries(schema.properties);
    return Object.fromEntries(entries.map(([key, value]) => [key, keysOf(value, bundle)]));
  }
  const below = schema.items ?? schema.additionalProperties;
  const inner = below ? keysOf(below, bundle) : 0;
  return inner === 0 ? 0 : { '*': inner };
}
