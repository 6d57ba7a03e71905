import { RundletError } from '../errors/rundlet-error.ts';
import type { UnitManager, UnitProperty } from '../host/generated/plan.ts';
import { failureReason, isHostError } from '../host/host-error.ts';
import { resourceProperties, unlimitedProperty } from '../plan/unit-resources.ts';
import type { LinuxResources } from '../spec/generated/config.ts';
import { isUnified } from '../state/cgroup-paths.ts';
import { containerUnit } from '../state/container-unit.ts';
import type { LibcontainerCgroup, StateRecord } from '../state/state-record.ts';
import { unitManager } from './systemd-manager.ts';
import type { RuntimeContext } from './types.ts';

/** Tells systemd the new limits of a container's unit; → what takes it back. */
export async function setUnitLimits(
  { host, warn }: RuntimeContext,
  { cgroup_paths, config }: StateRecord,
  resources: LinuxResources,
): Promise<() => Promise<void>> {
  const version = isUnified(cgroup_paths) ? 'v2' : 'v1';
  const name = containerUnit(config.cgroups) ?? '';
  const say = (message: string) => warn?.('warning', message);
  const wanted = resourceProperties(version, resources, say);
  if (wanted.length === 0) return async () => undefined;
  const manager = await unitManager(host, config.cgroups.Rootless === true);
  try {
    await set(manager, wanted);
  } catch (error) {
    if (!isHostError(error)) throw error;
    const message = `unable to set unit properties: ${failureReason(error.failure)}`;
    throw new RundletError('ERR_RUNDLET_SYSTEM', message, { cause: error });
  }
  const before = resourceProperties(version, limitsOf(config.cgroups), undefined);
  return async () => {
    const old = wanted.map(
      (property) => before.find((one) => one.name === property.name) ?? unlimitedProperty(property),
    );
    // the error that made this necessary is the one to tell
    await set(manager, old).catch(() => undefined);
  };

  async function set(to: UnitManager, properties: UnitProperty[]): Promise<void> {
    await host.call('setUnitProperties', { unit: { manager: to, name, properties } });
  }
}

type Int = number | bigint;

/** The record's limits under the spec's names, as far as they are properties of units. */
function limitsOf(cgroups: LibcontainerCgroup): LinuxResources {
  const int = (key: string) => {
    const value = cgroups[key];
    return typeof value === 'number' || typeof value === 'bigint' ? (value as Int) : undefined;
  };
  const text = (key: string) => (typeof cgroups[key] === 'string' ? cgroups[key] : undefined);
  const [limit, reservation, swap] = [int('memory'), int('memory_reservation'), int('memory_swap')];
  const [shares, quota, period] = [int('cpu_shares'), int('cpu_quota'), int('cpu_period')];
  const [idle, pids, cpus, mems] = [
    int('cpu_idle'),
    int('pids_limit'),
    text('cpuset_cpus'),
    text('cpuset_mems'),
  ];
  return {
    memory: {
      ...(limit !== undefined && { limit }),
      ...(reservation !== undefined && { reservation }),
      ...(swap !== undefined && { swap }),
    },
    cpu: {
      ...(shares !== undefined && { shares }),
      ...(quota !== undefined && { quota }),
      ...(period !== undefined && { period }),
      ...(idle !== undefined && { idle }),
      ...(cpus !== undefined && { cpus }),
      ...(mems !== undefined && { mems }),
    },
    ...(pids !== undefined && { pids: { limit: pids } }),
  } as LinuxResources;
}
