import { compile } from 'json-schema-to-typescript';
import { resolveRef } from './bundle-schema.mjs';

/** Interfaces of a bundled schema. Fields that may exceed 2^53 are `number | bigint`. */
export async function generateTypes(bundle) {
  const { $defs, ...root } = prepare(bundle, bundle);
  const named = Object.entries($defs).filter(([name]) => /^[A-Z]/.test(name));
  const withTypes = { ...root, $defs: Object.fromEntries(named) };
  const text = await compile(withTypes, bundle.title, {
    additionalProperties: false,
    bannerComment: '',
    ignoreMinAndMaxItems: true,
    style: { printWidth: 100, singleQuote: true },
  });
  return text.trimStart();
}

/** Small definitions (lower-case names) are put in place: only the others deserve a type. */
function prepare(node, bundle) {
  if (Array.isArray(node)) return node.map((item) => prepare(item, bundle));
  if (typeof node !== 'object' || node === null) return node;
  if (/^#\/\$defs\/[a-z]/.test(node.$ref)) {
    const { $ref: _, ...own } = node;
    return prepare({ ...resolveRef(node, bundle), ...own }, bundle);
  }
  if (typeof node['x-int'] === 'string') return integer(node);
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, prepare(value, bundle)]),
  );
}

function integer({ description, maximum, 'x-int': name }) {
  const wide = name.endsWith('64') && !(maximum < Number.MAX_SAFE_INTEGER);
  return { ...(description && { description }), tsType: wide ? 'number | bigint' : 'number' };
}
