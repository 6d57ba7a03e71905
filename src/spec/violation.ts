import { RundletError } from '../errors/rundlet-error.ts';
import { locate } from './locate.ts';

/** Where a document came from; without its text, errors have no line and column. */
export interface Source {
  /** Name for messages, as the user gave it. */
  file: string;
  text?: string | undefined;
  /** Hears, in a sentence with its place, what is accepted but doubtful. */
  warn?: ((message: string) => void) | undefined;
}

/** One thing that is wrong, or only doubtful, in a document. */
export interface Violation {
  severity: 'error' | 'warning';
  /** JSON pointer; the whole document is the empty one. */
  pointer: string;
  /** A sentence that begins with the pointer. */
  message: string;
  hint?: string;
}

/** The error for a violation: `config.json:12:14: /process/args must be …`. */
export function violationError(violation: Violation, source: Source): RundletError {
  const { pointer, hint } = violation;
  const { file, text } = source;
  const location = text === undefined ? undefined : { file, ...locate(text, pointer) };
  return new RundletError('ERR_RUNDLET_CONFIG_INVALID', violationText(violation, source), {
    pointer,
    ...(location && { location }),
    ...(hint !== undefined && { hint }),
  });
}

/** One line: place, pointer, reason. */
export function violationText({ pointer, message }: Violation, { file, text }: Source): string {
  if (text === undefined) return `${file}: ${message}`;
  const { line, column } = locate(text, pointer);
  return `${file}:${line}:${column}: ${message}`;
}
