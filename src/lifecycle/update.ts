import { quote } from '../errors/quote.ts';
import { RundletError } from '../errors/rundlet-error.ts';
import { failureDetails } from '../errors/system-error.ts';
import type { GroupWrites } from '../host/generated/plan.ts';
import { failureText, HostError } from '../host/host-error.ts';
import { updateCgroupV1 } from '../plan/plan-cgroup-v1.ts';
import { writesV2 } from '../plan/plan-cgroup-v2.ts';
import { roundedResources } from '../plan/unit-resources.ts';
import type { LinuxResources } from '../spec/generated/config.ts';
import { isUnified } from '../state/cgroup-paths.ts';
import { containerUnit } from '../state/container-unit.ts';
import type { StateRecord } from '../state/state-record.ts';
import { computeStatus, demandStatus } from '../state/status.ts';
import { containerDirectory, readState, withLock, writeState } from '../state/store.ts';
import { completeResources, updatedCgroup } from '../state/update-resources.ts';
import type { RuntimeContext } from './types.ts';
import { type RdtSchemas, updatedRdt } from './update-rdt.ts';

export interface UpdateOptions extends RdtSchemas {
  id: string;
  /** What to change; what is absent or 0 stays. Device rules stay as they are. */
  resources: LinuxResources;
}

/**
 * Changes the limits of a container: all that is asked or, when the kernel refuses a part, nothing.
 * The record is changed with them.
 */
export async function update(context: RuntimeContext, options: UpdateOptions): Promise<void> {
  const { host, root } = context;
  const { id } = options;
  // Before the lock: it would make a file in a directory that is no container's.
  await readState(host, root, id);
  await withLock(host, root, id, () => updateLocked(context, options));
}

async function updateLocked(context: RuntimeContext, options: UpdateOptions): Promise<void> {
  const { host, root, warn } = context;
  const { id, resources } = options;
  const record = await readState(host, root, id);
  const dir = containerDirectory(root, id);
  demandStatus('update', await computeStatus(host, dir, record), id);
  const { memory, devices } = resources;
  if (memory?.kernel || memory?.kernelTCP) {
    warn?.('warning', 'Kernel memory settings are ignored and will be removed');
  }
  if (devices?.length) warn?.('warning', 'device rules of a container cannot be updated');
  const unit = containerUnit(record.config.cgroups);
  const merged = completeResources(record.config.cgroups, resources);
  const complete = unit === undefined ? merged : roundedResources(merged);
  const rdt = await updatedRdt(host, record, options);
  const groups = [...(await groupsOf(context, record, complete)), ...rdt.groups];
  const cgroups = updatedCgroup(record.config.cgroups, complete);
  const config = { ...record.config, cgroups, ...(rdt.config && { intel_rdt: rdt.config }) };
  const undoUnit = unit === undefined ? undefined : await updateUnit(context, record, complete);
  let undo: GroupWrites[] = [];
  try {
    undo = await write(context, groups);
    await writeState(host, dir, { ...record, config });
  } catch (error) {
    await undoUnit?.();
    await write(context, undo).catch(() => undefined);
    throw error;
  }
}

/** First systemd, which writes the files too, as far as it can say what they get. */
async function updateUnit(
  context: RuntimeContext,
  record: StateRecord,
  resources: LinuxResources,
): Promise<() => Promise<void>> {
  const { setUnitLimits } = await import('./set-unit-limits.ts');
  return setUnitLimits(context, record, resources);
}

async function groupsOf(
  context: RuntimeContext,
  { cgroup_paths, config }: StateRecord,
  resources: LinuxResources,
): Promise<GroupWrites[]> {
  const paths = cgroup_paths ?? {};
  if (!isUnified(paths)) return updateCgroupV1(paths, resources);
  const path = paths[''] ?? '';
  const check =
    resources.memory?.checkBeforeUpdate ?? config.cgroups.memory_check_before_update === true;
  if (check) await refuseBelowUsage(context, path, resources);
  const warn = (message: string) => context.warn?.('warning', message);
  const writes = writesV2(resources, warn);
  return writes.length === 0 ? [] : [{ path, writes }];
}

/** v2 takes any limit and then kills; v1 refuses by itself. */
async function refuseBelowUsage(
  { host }: RuntimeContext,
  path: string,
  { memory: { limit = 0, swap = 0 } = {} }: LinuxResources,
): Promise<void> {
  if (limit <= 0 && swap <= 0) return;
  let usage: bigint;
  try {
    usage = BigInt(await host.call('readText', { path: `${path}/memory.current`, max: 64 }));
  } catch {
    // No controller, no usage: the write will tell.
    return;
  }
  const checks = [
    ['memory+swap', 'swap', swap],
    ['memory', 'limit', limit],
  ] as const;
  for (const [what, key, value] of checks) {
    if (value <= 0 || value > usage) continue;
    const message = `rejecting ${what} limit ${value} <= usage ${usage}`;
    throw new RundletError('ERR_RUNDLET_SYSTEM', message, {
      pointer: `/linux/resources/memory/${key}`,
    });
  }
}

async function write({ host }: RuntimeContext, groups: GroupWrites[]): Promise<GroupWrites[]> {
  if (groups.length === 0) return [];
  try {
    return (await host.call('cgroupWrite', { groups })).groups;
  } catch (error) {
    throw await writeError(error, groups);
  }
}

/** `failed to write "0-9": write …/cpuset.cpus: numerical result out of range`, as runc. */
async function writeError(error: unknown, groups: GroupWrites[]): Promise<unknown> {
  if (!(error instanceof HostError)) return error;
  const { failure } = error;
  const { hintFor } = await import('../errors/hints.ts');
  const hint = hintFor(failure);
  const written = groups
    .flatMap((group) => group.writes)
    .find(({ file, from }) => from === failure.from && failure.subject.endsWith(`/${file}`));
  const said = failure.detail.startsWith('unable to set memory limit');
  const text = said ? failure.detail : failureText(failure);
  const message = written && !said ? `failed to write ${quote(written.value)}: ${text}` : text;
  return new RundletError('ERR_RUNDLET_SYSTEM', message, {
    ...failureDetails(error),
    ...(hint && { hint }),
  });
}
