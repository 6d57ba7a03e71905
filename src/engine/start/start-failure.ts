import { RundletError } from '../../errors/rundlet-error.ts';
import type { ShimFailure } from '../../host/generated/plan.ts';
import { engineExit } from '../engine-error.ts';

/** Exit code of a container that could not be started for another reason than its program. */
const otherFailure = 128;

/**
 * The runtime's refusal in Docker's words, with the exit code that Docker gives to it: 127 for a program
 * that is not there, 126 for one that cannot be run. Pure.
 */
export function startFailure({ command, message }: ShimFailure, program: string): RundletError {
  const text = message.toLowerCase();
  const notThere =
    text.includes(program.toLowerCase()) &&
    (text.includes('executable file not found') || text.includes('no such file or directory'));
  const mismatch = text.includes('not a directory');
  const cannotRun = text.includes('permission denied') || text.includes('is a directory');
  const exitCode = cannotRun
    ? engineExit.notExecutable
    : notThere || mismatch
      ? engineExit.notFound
      : command === 'exec'
        ? engineExit.notExecutable
        : otherFailure;
  const hint = mismatch
    ? ': Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type'
    : '';
  return new RundletError(
    'ERR_RUNDLET_LAUNCH',
    `${command === 'create' ? 'failed to create shim task: ' : ''}OCI runtime ${command} failed: ${message}: unknown${hint}`,
    { exitCode },
  );
}

/** What the container's record gets of an error of its start. */
export function failedExit(error: unknown): number {
  return error instanceof RundletError && error.code === 'ERR_RUNDLET_LAUNCH'
    ? (error.exitCode ?? otherFailure)
    : otherFailure;
}
