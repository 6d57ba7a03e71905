import { RundletError } from '../errors/rundlet-error.ts';
import type { Host } from '../host/host.ts';
import { locate } from '../spec/locate.ts';
import { parseJson } from '../spec/parse-json.ts';
import { unknownKeys } from '../spec/unknown-keys.ts';
import { findConfigViolations } from '../spec/validate-config.ts';
import { readBundle } from './load-bundle.ts';

/** Something wrong or doubtful in a config, where it stands, for a list of all of them. */
export interface Fault {
  severity: 'error' | 'warning';
  /** JSON pointer; empty for the document as a whole. */
  pointer: string;
  /** From 1; 0 when the text is no JSON, which `message` then says where. */
  line: number;
  column: number;
  message: string;
  hint?: string;
}

/**
 * All that can be said of a bundle's config without doing anything: shape, rules across fields, and keys
 * that the specification does not have, which a runtime ignores.
 * @throws RundletError when the config cannot be read.
 */
export async function findFaults(
  host: Host,
  path: string,
  configFile?: string,
): Promise<{ file: string; faults: Fault[] }> {
  const { text, file } = await readBundle(host, path, configFile);
  let config: unknown;
  try {
    config = parseJson(text, file);
  } catch (error) {
    if (!(error instanceof RundletError)) throw error;
    const { line = 0, column = 0 } = error.location ?? {};
    const { message } = error;
    return { file, faults: [{ severity: 'error', pointer: '', line, column, message }] };
  }
  // Before the shape is judged, which may take keys that are null away.
  const unknown = unknownKeys(config).map(({ pointer, suggestion }) => ({
    severity: 'warning' as const,
    pointer,
    message: `${pointer}: unknown key, ignored`,
    ...(suggestion !== undefined && { hint: `did you mean ${JSON.stringify(suggestion)}?` }),
  }));
  const faults = [...findConfigViolations(config), ...unknown]
    .map((fault) => ({ ...fault, ...locate(text, fault.pointer) }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
  return { file, faults };
}
