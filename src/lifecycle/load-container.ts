import type { StateRecord } from '../state/state-record.ts';
import { computeStatus } from '../state/status.ts';
import { containerDirectory, readState } from '../state/store.ts';
import type { ContainerStatus, RuntimeContext } from './types.ts';

/** A container as its record and the kernel tell it at this moment. */
export interface LoadedContainer {
  /** `<root>/<id>`. */
  dir: string;
  record: StateRecord;
  status: ContainerStatus;
}

/** Reads the record and computes the status; a missing container is ERR_RUNDLET_NOT_FOUND. */
export async function loadContainer(
  { host, root }: RuntimeContext,
  id: string,
): Promise<LoadedContainer> {
  const record = await readState(host, root, id);
  const dir = containerDirectory(root, id);
  return { dir, record, status: await computeStatus(host, dir, record) };
}
