import { splitPointer } from './json-pointer.ts';
import { ScanError, scanJson } from './json-scanner.ts';

/** Line and column from 1; the column in UTF-16 units. */
export interface Position {
  line: number;
  column: number;
}

/** The first fault of a text that is not JSON. */
export interface SyntaxFault extends Position {
  reason: string;
  tooDeep: boolean;
}

/** Line and column of an offset. Lines end with a line feed. */
export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf('\n'); end !== -1 && end < offset; end = text.indexOf('\n', start)) {
    line++;
    start = end + 1;
  }
  return { line, column: offset - start + 1 };
}

/** Where and why a text is not JSON of at most `maxDepth` levels; undefined if it is. */
export function findSyntaxFault(text: string, maxDepth: number): SyntaxFault | undefined {
  try {
    scanJson(text, maxDepth);
    return undefined;
  } catch (error) {
    if (!(error instanceof ScanError)) throw error;
    const { message: reason, tooDeep, offset } = error;
    return { ...positionAt(text, offset), reason, tooDeep };
  }
}

/**
 * Where the value (or the key) at a JSON pointer stands in a text; where it is not in the text,
 * the place of the nearest thing above it. The last of equal keys counts, as in JSON.parse.
 */
export function locate(text: string, pointer: string, what: 'value' | 'key' = 'value'): Position {
  const keys = splitPointer(pointer);
  let found = { depth: 0, offset: text.search(/[^ \t\n\r]/) };

  function visit(path: readonly (string | number)[], keyOffset: number, valueOffset: number): void {
    const depth = path.length;
    // A later equal key replaces what was found under the earlier one.
    if (depth > keys.length || !path.every((key, i) => String(key) === keys[i])) return;
    found = { depth, offset: what === 'key' && depth === keys.length ? keyOffset : valueOffset };
  }

  try {
    scanJson(text, Number.POSITIVE_INFINITY, {
      key: visit,
      item: (path, offset) => visit(path, offset, offset),
    });
  } catch (error) {
    if (!(error instanceof ScanError)) throw error;
  }
  return positionAt(text, Math.max(found.offset, 0));
}
