import type { OpFailure } from './generated/plan.ts';

/** A host operation that failed; both hosts throw it, the failure record is the one of crates/plan. */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly failure: OpFailure;
  /** Of several operations in one call: answers of those before the one that failed. */
  done: readonly unknown[] = [];

  constructor(failure: OpFailure) {
    super(failureText(failure));
    this.failure = failure;
  }
}

/** `syscall subject: no such file or directory`, as Go's PathError prints it; detail where it says more. */
export function failureText(failure: OpFailure): string {
  const act = [failure.syscall || failure.op, failure.subject].filter(Boolean).join(' ');
  return `${act}: ${failureReason(failure)}`;
}

/** The cause alone: the kernel's words, after or instead of them what init or the host side added. */
export function failureReason(failure: OpFailure): string {
  if (failure.errno === 0) return failure.detail || 'unknown error';
  return failure.detail ? `${failure.errnoText} (${failure.detail})` : failure.errnoText;
}

/** Whether `error` is a failed host operation with one of these errnos (`ENOENT`); any errno if none is named. */
export function isHostError(error: unknown, ...errnos: string[]): error is HostError {
  if (!(error instanceof HostError)) return false;
  return errnos.length === 0 || errnos.includes(error.failure.errnoName);
}
