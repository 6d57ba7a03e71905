import { RundletError } from './rundlet-error.ts';
import { StatusError } from './status-error.ts';

/** The same error with words before its message, and perhaps another exit code. */
export function prefixError(error: unknown, prefix: string, exitCode?: number): unknown {
  if (!(error instanceof RundletError)) return error;
  const message = `${prefix}${error.message}`;
  const code = exitCode ?? error.exitCode;
  if (error instanceof StatusError) return new StatusError(message, error.from, error.to, code);
  const { pointer, location, errno, syscall, hint, step, cause } = error;
  return new RundletError(error.code, message, {
    ...(pointer !== undefined && { pointer }),
    ...(location && { location }),
    ...(errno && { errno }),
    ...(syscall && { syscall }),
    ...(hint && { hint }),
    ...(step && { step }),
    exitCode: code,
    cause: cause ?? error,
  });
}
