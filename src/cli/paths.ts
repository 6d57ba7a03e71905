import { RundletError } from '../errors/rundlet-error.ts';
import type { Host } from '../host/host.ts';

/** `path` from the working directory, cleaned as Go's filepath.Abs does: by text, no symlinks read. */
export function absolutePath(host: Host, path: string): string {
  if (path.startsWith('/')) return clean(path);
  if (host.cwd === '') {
    throw new RundletError('ERR_RUNDLET_SYSTEM', 'getwd: no such file or directory', {
      errno: 'ENOENT',
      syscall: 'getcwd',
    });
  }
  return clean(`${host.cwd}/${path}`);
}

function clean(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
