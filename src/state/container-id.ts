import { capMessage, escapeControl } from '../errors/quote.ts';
import { RundletError } from '../errors/rundlet-error.ts';

/**
 * Refuses what is no container id. Every verb calls this before it builds any path, so that an id can
 * never name a directory outside the state root. Nothing is cleaned, only refused.
 */
export function checkContainerId(id: string): void {
  if (id === '') throw new RundletError('ERR_RUNDLET_INVALID_ID', 'container id cannot be empty');
  if (/^[A-Za-z0-9_+.-]{1,1024}$/.test(id) && id !== '.' && id !== '..') return;
  const shown = escapeControl(id.length > 80 ? `${id.slice(0, 80)}…` : capMessage(id));
  throw new RundletError('ERR_RUNDLET_INVALID_ID', `invalid container ID format: ${shown}`, {
    hint: 'letters, digits, and _ + . - are allowed, up to 1024 of them, but not . or .. alone',
  });
}
