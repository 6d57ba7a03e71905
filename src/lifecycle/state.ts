import { type StateRecord, splitLabels } from '../state/state-record.ts';
import { loadContainer } from './load-container.ts';
import type { ContainerState, ContainerStatus, RuntimeContext } from './types.ts';

/** The state of one container. */
export async function state(context: RuntimeContext, id: string): Promise<ContainerState> {
  const { record, status } = await loadContainer(context, id);
  return describe(record, status, '');
}

/** What is shown of a record. */
export type ShownRecord = Pick<StateRecord, 'id' | 'init_process_pid' | 'created'> & {
  config: Pick<StateRecord['config'], 'version' | 'rootfs' | 'labels'>;
};

/** The record in the words of the runtime-spec and runc; keys in runc's order. */
export function describe(
  record: ShownRecord,
  status: ContainerStatus,
  owner: string,
): ContainerState {
  const { bundle, annotations } = splitLabels(record.config.labels);
  return {
    ociVersion: record.config.version,
    id: record.id,
    pid: status === 'stopped' ? 0 : record.init_process_pid,
    status,
    bundle,
    rootfs: record.config.rootfs,
    created: record.created,
    ...(Object.keys(annotations).length > 0 && { annotations }),
    owner,
  };
}
