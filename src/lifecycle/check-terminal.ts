import { RundletError } from '../errors/rundlet-error.ts';

/** A terminal needs someone to take its master: a socket when we go, ourselves when we stay. */
export function checkTerminal(
  terminal: boolean,
  detach: boolean,
  consoleSocket: string | undefined,
): void {
  // Callers match on these words, so they name runc.
  if (detach && terminal && !consoleSocket) {
    const message = 'cannot allocate tty if runc will detach without setting console socket';
    throw new RundletError('ERR_RUNDLET_USAGE', message);
  }
  if (consoleSocket && !(detach && terminal)) {
    const message = 'cannot use console socket if runc will not detach or allocate tty';
    throw new RundletError('ERR_RUNDLET_USAGE', message);
  }
}
