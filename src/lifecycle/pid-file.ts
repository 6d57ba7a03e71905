import { systemError } from '../errors/system-error.ts';
import type { Host } from '../host/host.ts';
import { absolutePath } from '../spec/clean-path.ts';

/** Writes the pid, plain decimal, whole or not at all; readers wait for it to appear. Returns its absolute path. */
export async function writePidFile(host: Host, path: string, pid: number): Promise<string> {
  const absolute = absolutePath(host.cwd, path);
  try {
    await host.call('writeRecord', {
      path: absolute,
      text: String(pid),
      mode: 0o644,
      durable: false,
    });
    return absolute;
  } catch (error) {
    throw systemError(error, 'pid file');
  }
}
