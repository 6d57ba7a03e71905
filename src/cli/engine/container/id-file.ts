import { RundletError } from '../../../errors/rundlet-error.ts';
import type { Host } from '../../../host/host.ts';
import { failureReason, isHostError } from '../../../host/host-error.ts';
import { absolutePath } from '../../paths.ts';

/** `--cidfile`: looked at before anything is made, since it must not exist yet. */
export async function checkIdFile(host: Host, given: string): Promise<void> {
  try {
    await host.call('stat', { path: absolutePath(host, given), follow: false });
  } catch (error) {
    if (isHostError(error, 'ENOENT')) return;
    throw cannotCreate(given, error);
  }
  throw fault(
    `container ID file found, make sure the other container isn't running or delete ${given}`,
  );
}

export async function writeIdFile(host: Host, given: string, id: string): Promise<void> {
  try {
    const path = absolutePath(host, given);
    await host.call('writeRecord', { path, text: id, mode: 0o644, durable: false });
  } catch (error) {
    throw cannotCreate(given, error);
  }
}

function cannotCreate(given: string, error: unknown): unknown {
  if (!isHostError(error)) return error;
  return fault(
    `failed to create the container ID file: open ${given}: ${failureReason(error.failure)}`,
  );
}

function fault(message: string): RundletError {
  return new RundletError('ERR_RUNDLET_SYSTEM', message);
}
