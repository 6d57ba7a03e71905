import { RundletError } from '../errors/rundlet-error.ts';
import type { Host } from '../host/host.ts';
import { absolutePath as fromBase } from '../spec/clean-path.ts';

/** `path` from the working directory, cleaned as Go's filepath.Abs does: by text, no symlinks read. */
export function absolutePath(host: Host, path: string): string {
  if (host.cwd === '' && !path.startsWith('/')) {
    throw new RundletError('ERR_RUNDLET_SYSTEM', 'getwd: no such file or directory', {
      errno: 'ENOENT',
      syscall: 'getcwd',
    });
  }
  return fromBase(host.cwd, path);
}
