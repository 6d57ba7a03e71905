import { RundletError } from '../errors/rundlet-error.ts';
import { usage } from './scan-flags.ts';

const modes = ['soft', 'full', 'strict', 'ignore'];

/** Refuses flags that no criu could take. */
export function checkCriuFlags(flags: {
  'manage-cgroups-mode': string | undefined;
  'empty-ns': string[];
}): void {
  const mode = flags['manage-cgroups-mode'];
  if (mode && !modes.includes(mode)) throw usage('invalid manage-cgroups-mode value');
  for (const name of flags['empty-ns']) {
    if (name !== 'network') throw usage(`namespace ${JSON.stringify(name)} is not supported`);
  }
}

/** The end of checkpoint and restore in this build. */
export function unsupported(command: string): RundletError {
  const message = `${command} is not supported by this build`;
  return new RundletError('ERR_RUNDLET_UNSUPPORTED', message);
}
