import { RundletError } from '../errors/rundlet-error.ts';

/** (uid_t)-1 means "leave as it is" to the kernel. */
const maxId = 4294967294;

/**
 * `UID[:GID]` of `exec --user`, digits only. Nothing is trimmed, guessed or looked up: a loose reading
 * once ran programs as the wrong user (CVE-2026-30892).
 */
export function parseUser(text: string): { uid: number; gid?: number } {
  const parts = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(text);
  const uid = Number(parts?.[1] ?? Number.NaN);
  const gid = parts?.[2] === undefined ? undefined : Number(parts[2]);
  if (!(uid <= maxId) || (gid !== undefined && gid > maxId)) {
    const message = `bad user ${JSON.stringify(text)}: want UID[:GID] in digits, up to ${maxId}`;
    throw new RundletError('ERR_RUNDLET_USAGE', message);
  }
  return gid === undefined ? { uid } : { uid, gid };
}

/** One group of `exec --additional-gids`. */
export function parseGid(text: string): number {
  const gid = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (gid <= maxId) return gid;
  throw new RundletError(
    'ERR_RUNDLET_USAGE',
    `additional-gids must be a positive number ${JSON.stringify(text)}`,
  );
}
