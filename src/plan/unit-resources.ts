import type { UnitProperty, UnitValue } from '../host/generated/plan.ts';
import type { LinuxResources } from '../spec/generated/config.ts';
import { pidsMax, sharesToWeight, swapToSwapMax } from './cgroup-conversions.ts';
import { cpuMask } from './cpu-mask.ts';
import { invalid } from './plan-error.ts';

type Int = number | bigint;

/** systemd's word for "none", and for "as by default". */
const unlimited = 2n ** 64n - 1n;
/** The kernel's period where none is asked, microseconds. */
const defaultPeriod = 100_000n;
/** One percent of a processor, in microseconds of a second: systemd knows nothing finer. */
const percent = 10_000n;

/** Limits as properties of a unit, as far as systemd has them, so that it writes them too. */
export function resourceProperties(
  version: 'v1' | 'v2',
  resources: LinuxResources,
  warn: ((message: string) => void) | undefined,
): UnitProperty[] {
  const { memory, cpu, pids, blockIO } = resources;
  const list = new Properties();
  if (version === 'v1') {
    if (memory?.limit) list.add('MemoryLimit', memory.limit);
    if (cpu?.shares) list.add('CPUShares', cpu.shares);
  } else {
    memoryProperties(list, resources);
    weightProperty(list, resources, warn);
  }
  quotaProperties(list, cpu?.quota ?? 0, cpu?.period ?? 0);
  if (version === 'v1' && blockIO?.weight) list.add('BlockIOWeight', blockIO.weight);
  if (pids?.limit !== undefined) list.add('TasksMax', noneIfMax(pidsMax(pids.limit)));
  if (cpu?.cpus) list.mask('AllowedCPUs', cpu.cpus, '/linux/resources/cpu/cpus');
  if (cpu?.mems) list.mask('AllowedMemoryNodes', cpu.mems, '/linux/resources/cpu/mems');
  if (version === 'v2') unifiedProperties(list, resources.unified ?? {}, warn);
  return list.all;
}

/** What `Set` of a limit takes back where it had not been set before. */
export function unlimitedProperty({ name, value }: UnitProperty): UnitProperty {
  if ('array' in value) return { name, value: { array: { of: value.array.of, items: [] } } };
  return { name, value: { uint64: name === 'MemoryLow' || name === 'MemoryMin' ? 0 : unlimited } };
}

/**
 * The resources with the quota that systemd makes of theirs, rounded up to whole percents, so that the
 * file gets the same.
 */
export function roundedResources(resources: LinuxResources): LinuxResources {
  const { cpu } = resources;
  if (!cpu?.quota || cpu.quota <= 0) return resources;
  const period = BigInt(cpu.period || defaultPeriod);
  const perSecond = (BigInt(cpu.quota) * 1_000_000n) / period;
  if (perSecond % percent === 0n) return resources;
  const quota = (roundUp(perSecond) * period) / 1_000_000n;
  return { ...resources, cpu: { ...cpu, quota: Number(quota) } };
}

class Properties {
  readonly all: UnitProperty[] = [];

  add(name: string, value: Int): void {
    this.#push(name, { uint64: toUnsigned(value) });
  }

  mask(name: string, list: string, from: string): void {
    this.#push(name, cpuMask(list, from));
  }

  #push(name: string, value: UnitValue): void {
    this.all.push({ name, value });
  }
}

/** -1 is all ones. */
function toUnsigned(value: Int): Int {
  const unsigned = BigInt.asUintN(64, BigInt(value));
  return unsigned <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(unsigned) : unsigned;
}

function noneIfMax(text: string): bigint {
  return text === 'max' ? unlimited : BigInt(text);
}

function memoryProperties(list: Properties, { memory }: LinuxResources): void {
  if (!memory) return;
  if (memory.limit) list.add('MemoryMax', memory.limit);
  if (memory.reservation) list.add('MemoryLow', memory.reservation);
  const swap = swapToSwapMax(memory.swap, memory.limit);
  if (swap) list.add('MemorySwapMax', swap);
}

function weightProperty(
  list: Properties,
  { cpu }: LinuxResources,
  warn: ((message: string) => void) | undefined,
): void {
  const weight = sharesToWeight(cpu?.shares ?? 0);
  // systemd's way to say idle
  if (BigInt(cpu?.idle ?? 0) === 1n) {
    list.add('CPUWeight', 0);
    if (weight) warn?.('unable to apply both CPUWeight and CpuIdle to systemd, ignoring CPUWeight');
  } else if (weight) list.add('CPUWeight', weight);
}

function quotaProperties(list: Properties, quota: Int, period: Int): void {
  if (period) list.add('CPUQuotaPeriodUSec', period);
  if (!quota && !period) return;
  const perSecond = (BigInt(quota) * 1_000_000n) / BigInt(period || defaultPeriod);
  list.add('CPUQuotaPerSecUSec', quota > 0 ? roundUp(perSecond) : unlimited);
}

function roundUp(perSecond: bigint): bigint {
  return ((perSecond + percent - 1n) / percent) * percent;
}

/** Files of cgroup v2 that are a property each. */
const limits: Readonly<Record<string, string | undefined>> = {
  __proto__: null as never,
  'memory.high': 'MemoryHigh',
  'memory.low': 'MemoryLow',
  'memory.min': 'MemoryMin',
  'memory.max': 'MemoryMax',
  'memory.swap.max': 'MemorySwapMax',
  'pids.max': 'TasksMax',
};

function unifiedProperties(
  list: Properties,
  unified: Readonly<Record<string, string>>,
  warn: ((message: string) => void) | undefined,
): void {
  const idle = unified['cpu.idle']?.trim() === '1';
  for (const [file, given] of Object.entries(unified)) {
    const from = `/linux/resources/unified/${file}`;
    const value = given.trim();
    const limit = limits[file];
    if (limit) {
      const number = value === 'max' ? unlimited : whole(value, file, from);
      list.add(limit, file === 'pids.max' && number === 0n ? 1 : number);
    } else if (file === 'cpu.idle') {
      if (idle) list.add('CPUWeight', 0);
    } else if (file === 'cpu.weight') {
      if (!idle) list.add('CPUWeight', whole(value, file, from));
      else warn?.('unable to apply both cpu.weight and cpu.idle to systemd, ignoring cpu.weight');
    } else if (file === 'cpu.max') quotaOfFile(list, value, from);
    else if (file === 'cpuset.cpus') list.mask('AllowedCPUs', value, from);
    else if (file === 'cpuset.mems') list.mask('AllowedMemoryNodes', value, from);
  }
}

/** `max` or microseconds, then perhaps the period. */
function quotaOfFile(list: Properties, value: string, from: string): void {
  const [quota = '', period, ...more] = value.split(/\s+/);
  if (quota === '' || more.length > 0) {
    throw invalid(from, `unified resource "cpu.max" value invalid: "${value}"`);
  }
  const periodOf = period === undefined ? defaultPeriod : whole(period, 'cpu.max', from);
  quotaProperties(list, quota === 'max' ? 0 : whole(quota, 'cpu.max', from), periodOf);
}

function whole(text: string, file: string, from: string): bigint {
  if (/^\d{1,20}$/.test(text) && BigInt(text) <= unlimited) return BigInt(text);
  throw invalid(from, `unified resource "${file}" value conversion error: not a number: "${text}"`);
}
