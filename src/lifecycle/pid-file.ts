import { absolutePath } from '../bundle/load-bundle.ts';
import { systemError } from '../errors/system-error.ts';
import type { Host } from '../host/host.ts';

/** Writes the pid, plain decimal, whole or not at all; readers wait for the file to appear. */
export async function writePidFile(
  host: Host,
  path: string | undefined,
  pid: number,
): Promise<void> {
  if (!path) return;
  try {
    const absolute = absolutePath(host.cwd, path);
    await host.call('writeRecord', { path: absolute, text: String(pid), mode: 0o644 });
  } catch (error) {
    throw systemError(error, 'pid file');
  }
}
