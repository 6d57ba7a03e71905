import type { ErrorCode } from './codes.ts';

/** A place in a text file; both numbers count from 1, columns in UTF-16 units. */
export interface Location {
  file: string;
  line: number;
  column: number;
}

/** All that an error can tell beside its message. */
export interface ErrorDetails {
  /** JSON pointer into config.json (or the file named by `location`), e.g. `/mounts/3/source`. */
  pointer?: string;
  location?: Location;
  /** Symbolic errno, e.g. `ENOENT`. */
  errno?: string;
  syscall?: string;
  /** What the user can do about it, one sentence. */
  hint?: string;
  /** The act of the launch plan that failed, e.g. `mount`. */
  step?: string;
  /** Process exit code of the command line; 1 unless said otherwise. */
  exitCode?: number;
  cause?: unknown;
}

/** Whether it is an error of ours with this code. */
export function isRundletError(error: unknown, code: ErrorCode): error is RundletError {
  return error instanceof RundletError && error.code === code;
}

/** The same error with a hint, where it has none. */
export function withHint(error: RundletError, hint: string | undefined): RundletError {
  if (hint === undefined || error.hint !== undefined) return error;
  const { code, message, name: _, stack: __, ...details } = error;
  return new RundletError(code, message, { ...details, hint, cause: error.cause });
}

/**
 * The one error class of rundlet. `message` is runc's text where callers match on it; the details
 * follow in fields and are rendered after it by the command line (see render-error.ts).
 */
export class RundletError extends Error {
  override readonly name = 'RundletError';
  readonly code: ErrorCode;
  readonly exitCode: number;
  readonly pointer?: string;
  readonly location?: Location;
  readonly errno?: string;
  readonly syscall?: string;
  readonly hint?: string;
  readonly step?: string;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    const { cause: _, exitCode = 1, ...fields } = details;
    this.code = code;
    this.exitCode = exitCode;
    Object.assign(this, fields);
  }
}
