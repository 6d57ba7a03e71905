import type { StateRecord } from '../state/state-record.ts';
import { statusOf } from '../state/status.ts';
import { containerDirectory, readContainer } from '../state/store.ts';
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
  const { record, facts } = await readContainer(host, root, id);
  return { dir: containerDirectory(root, id), record, status: statusOf(facts) };
}
