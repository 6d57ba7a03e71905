import { didYouMean } from './did-you-mean.ts';
import { configKeys } from './generated/config-keys.ts';
import { joinPointer } from './json-pointer.ts';

/** Known keys: below a key its own, or 0 for none; `*` for items of arrays and names of maps. */
export type KeyTree = 0 | { readonly [key: string]: KeyTree };

/** A key that the specification does not have. */
export interface UnknownKey {
  pointer: string;
  /** The known key that was probably meant. */
  suggestion?: string;
}

/**
 * Keys of a config which rundlet ignores, as the specification demands; mostly typing errors.
 * Not for every start: import this module when they are asked for.
 */
export function unknownKeys(config: unknown): UnknownKey[] {
  const found: UnknownKey[] = [];
  visit(config, configKeys, '', found);
  return found;
}

function visit(value: unknown, tree: KeyTree, pointer: string, found: UnknownKey[]): void {
  if (tree === 0 || typeof value !== 'object' || value === null) return;
  // Parts of other platforms are not described key by key.
  const known = Object.keys(tree);
  if (known.length === 0) return;
  const any = tree['*'];
  for (const [key, below] of Object.entries(value)) {
    const at = joinPointer(pointer, key);
    if (any !== undefined) visit(below, any, at, found);
    else if (Object.hasOwn(tree, key)) visit(below, tree[key] as KeyTree, at, found);
    else {
      const suggestion = didYouMean(key, known);
      found.push({ pointer: at, ...(suggestion !== undefined && { suggestion }) });
    }
  }
}
