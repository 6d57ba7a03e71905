import { RundletError } from '../errors/rundlet-error.ts';
import type { Host } from '../host/host.ts';
import { isHostError } from '../host/host-error.ts';

/** Bytes of ps's output; rows are looked for in all of it. */
const maxOutput = 64 * 1024 * 1024;

/** The host's own ps; its columns are whatever the options ask for. */
export async function hostPs(host: Host, options: string[]): Promise<string> {
  const path = await findProgram(host, 'ps');
  const args = ['ps', ...(options.length > 0 ? options : ['-ef'])];
  const { status, stdout, stderr } = await host.call('runProgram', {
    path,
    args,
    cwd: '/',
    stdin: '',
    timeout: 0,
    // options that show environments make megabytes
    keep: maxOutput,
  });
  if (status.kind === 'exited' && status.value === 0) return stdout;
  const reason =
    status.kind === 'exited' ? `exit status ${status.value}` : `signal ${status.value}`;
  throw new RundletError('ERR_RUNDLET_SYSTEM', `${reason}: ${stdout}${stderr}`.trimEnd());
}

/** Engines may call with no PATH at all. */
async function findProgram(host: Host, name: string): Promise<string> {
  const path = host.env.PATH || '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  for (const directory of path.split(':').filter((entry) => entry.startsWith('/'))) {
    const candidate = `${directory}/${name}`;
    try {
      const { kind, mode } = await host.call('stat', { path: candidate, follow: true });
      if (kind === 'file' && (mode & 0o111) !== 0) return candidate;
    } catch (error) {
      if (!isHostError(error)) throw error;
    }
  }
  throw new RundletError(
    'ERR_RUNDLET_SYSTEM',
    `exec: "${name}": executable file not found in $PATH`,
  );
}
