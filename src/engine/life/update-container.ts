import { RundletError } from '../../errors/rundlet-error.ts';
import type { Container, HostConfig, RestartPolicy } from '../containers/record.ts';
import { stateWord } from '../containers/run-state.ts';
import { writeContainer } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { checkResources } from '../create/check-resources.ts';
import { dockerJson } from '../docker-json.ts';
import { conflict, wrongState } from '../engine-error.ts';
import { containerHappening, recordEvent } from '../events/record-event.ts';
import { specResources } from '../spec/resources.ts';
import { runtimeCommand } from './runtime-command.ts';
import { withSettled } from './with-settled.ts';

/** What `update` may change. */
export const updatable = [
  'BlkioWeight',
  'CpuPeriod',
  'CpuQuota',
  'CpuRealtimePeriod',
  'CpuRealtimeRuntime',
  'CpuShares',
  'CpusetCpus',
  'CpusetMems',
  'KernelMemory',
  'Memory',
  'MemoryReservation',
  'MemorySwap',
  'NanoCpus',
  'PidsLimit',
] as const satisfies (keyof HostConfig)[];

/** Zero and the empty text leave a limit as it is. */
export type Limits = Partial<Pick<HostConfig, (typeof updatable)[number]>>;

/** Changes limits and restart policy, those of a running container at once. @returns Docker's warnings. */
export function updateContainer(
  engine: Engine,
  id: string,
  limits: Limits,
  restart: RestartPolicy | undefined,
): Promise<string[]> {
  return withSettled(engine, id, async (container) => {
    const before = container.hostConfig;
    const { State } = container.config;
    if (State.RemovalInProgress || State.Dead) {
      throw wrongState(
        `Cannot update container ${id}: Container is marked for removal and cannot be "update".`,
      );
    }
    const changes = Object.fromEntries(
      Object.entries(limits).filter(
        ([, value]) => value !== 0 && value !== '' && value !== undefined,
      ),
    ) as Limits;
    checkChanges(id, before, changes, restart);
    const after: HostConfig = { ...before, ...changes, ...(restart && { RestartPolicy: restart }) };
    const facts = await engine.host.call('facts', null);
    const warnings = await checkResources(engine.host, facts, after);
    container.hostConfig = after;
    if (Object.keys(changes).length > 0 && stateWord(State) === 'running') {
      await updateRunning(engine, container);
    }
    await writeContainer(engine, container);
    await recordEvent(engine, containerHappening(container, 'update'));
    return warnings;
  });
}

function checkChanges(
  id: string,
  before: HostConfig,
  { Memory = 0, MemorySwap = 0, NanoCpus = 0, CpuQuota = 0, CpuPeriod = 0 }: Limits,
  restart: RestartPolicy | undefined,
): void {
  const fault = (reason: string) => conflict(`Cannot update container ${id}: ${reason}`);
  if (restart && before.AutoRemove) {
    throw fault('Restart policy cannot be updated because AutoRemove is enabled for the container');
  }
  if (Memory > 0 && MemorySwap === 0 && before.MemorySwap > 0 && Memory > before.MemorySwap) {
    throw fault(
      'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
    );
  }
  if (NanoCpus > 0 && (before.CpuQuota > 0 || before.CpuPeriod > 0)) {
    throw fault(
      'Conflicting options: Nano CPUs cannot be updated as CPU Quota and Period have already been set',
    );
  }
  if (before.NanoCpus > 0 && (CpuQuota > 0 || CpuPeriod > 0)) {
    throw fault(
      'Conflicting options: CPU Quota and Period cannot be updated as NanoCPUs has already been set',
    );
  }
}

/** Only numbers: devices of a running container stay as they are. */
async function updateRunning(engine: Engine, container: Container): Promise<void> {
  const none = { BlkioWeightDevice: [], BlkioDeviceReadBps: [], BlkioDeviceWriteBps: [] };
  const throttles = { BlkioDeviceReadIOps: [], BlkioDeviceWriteIOps: [], OomKillDisable: null };
  const all = specResources({ ...container.hostConfig, ...none, ...throttles }, [], () => ({
    major: 0,
    minor: 0,
  }));
  const { devices: _, ...resources } = all as { devices?: unknown };
  const [path = '', ...words] = await runtimeCommand(engine, container);
  const { status, stderr } = await engine.host.call('runProgram', {
    path,
    args: [path, ...words, 'update', '--resources', '-', container.id],
    cwd: '/',
    stdin: dockerJson(resources),
    timeout: 60_000,
  });
  if (status.kind === 'exited' && status.value === 0) return;
  throw new RundletError(
    'ERR_RUNDLET_CONFLICT',
    `Cannot update container ${container.id}: ${stderr.trim() || 'the runtime refused it'}`,
  );
}
