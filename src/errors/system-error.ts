import { failureText, HostError } from '../host/host-error.ts';
import type { ErrorCode } from './codes.ts';
import { type ErrorDetails, RundletError } from './rundlet-error.ts';

/**
 * Turns what a host operation threw into the public error: `what: syscall subject: reason`.
 * Errors that are already ours, and programming errors, pass through untouched.
 */
export function systemError(
  error: unknown,
  what = '',
  code: ErrorCode = 'ERR_RUNDLET_SYSTEM',
  details: ErrorDetails = {},
): unknown {
  if (!(error instanceof HostError)) return error;
  const text = failureText(error.failure);
  return new RundletError(code, what ? `${what}: ${text}` : text, {
    ...failureDetails(error),
    ...details,
  });
}

/** errno, syscall and pointer of a host failure as error details. */
export function failureDetails(error: HostError): ErrorDetails {
  const { errnoName, syscall, from } = error.failure;
  return {
    ...(errnoName && { errno: errnoName }),
    ...(syscall && { syscall }),
    ...(from && { pointer: from }),
    cause: error,
  };
}
