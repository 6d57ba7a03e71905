import {
  exact,
  lines,
  omitEmpty,
  ordered,
  parseCount,
  type StatsFiles,
  sorted,
  unlimited,
  words,
} from './stats-files.ts';
import type {
  BlockEntry,
  BlockTable,
  ContainerStats,
  MemoryEntry,
  Pressure,
  PressureStats,
} from './stats-types.ts';

type Int = number | bigint;

const names = [
  'cgroup.procs',
  'pids.current',
  'pids.max',
  'memory.stat',
  'memory.current',
  'memory.max',
  'memory.peak',
  'memory.swap.current',
  'memory.swap.max',
  'memory.swap.peak',
  'memory.pressure',
  'io.stat',
  'io.pressure',
  'cpu.stat',
  'cpu.pressure',
];

/** Every file that `statsV2` may ask for. */
export function filesV2(group: string, pageSizes: readonly string[]): string[] {
  const pages = pageSizes.flatMap((size) => [
    `hugetlb.${size}.rsvd.current`,
    `hugetlb.${size}.current`,
    `hugetlb.${size}.events`,
  ]);
  return [...names, ...pages].map((name) => `${group}/${name}`);
}

/** The numbers of v2, in the words of runc's events, which are those of v1. */
export function statsV2(
  files: StatsFiles,
  group: string,
  pageSizes: readonly string[],
): ContainerStats {
  return {
    cpu: cpu(files, group),
    cpuset: {
      cpu_exclusive: 0,
      mem_hardwall: 0,
      mem_exclusive: 0,
      memory_migrate: 0,
      memory_spread_page: 0,
      memory_spread_slab: 0,
      memory_pressure: 0,
      sched_load_balance: 0,
      sched_relax_domain_level: 0,
    },
    memory: memory(files, group),
    pids: pids(files, group),
    blkio: blkio(files, group),
    hugetlb: hugetlb(files, group, pageSizes),
    intel_rdt: {},
    network_interfaces: null,
  };
}

function nanoseconds(microseconds: Int | undefined): Int {
  return exact(BigInt(microseconds ?? 0) * 1000n);
}

function cpu(files: StatsFiles, group: string): ContainerStats['cpu'] {
  const stat = files.table(`${group}/cpu.stat`) ?? {};
  const total = nanoseconds(stat.usage_usec);
  const kernel = nanoseconds(stat.system_usec);
  const user = nanoseconds(stat.user_usec);
  return omitEmpty({
    ...((total || kernel || user) && { usage: { ...omitEmpty({ total }), kernel, user } }),
    throttling: omitEmpty({
      periods: stat.nr_periods,
      throttledPeriods: stat.nr_throttled,
      throttledTime: nanoseconds(stat.throttled_usec),
    }),
    psi: pressure(files, `${group}/cpu.pressure`),
  }) as ContainerStats['cpu'];
}

function memory(files: StatsFiles, group: string): ContainerStats['memory'] {
  const psi = pressure(files, `${group}/memory.pressure`);
  const raw = files.table(`${group}/memory.stat`);
  const current = files.number(`${group}/memory.current`);
  if (raw === undefined || current === undefined) return omitEmpty({ psi });
  const limit = files.number(`${group}/memory.max`) ?? unlimited;
  return omitEmpty({
    cache: raw.file ?? 0,
    usage: entry(limit, current, files.number(`${group}/memory.peak`)),
    swap: memoryAndSwap(files, group, limit, current),
    raw: sorted(raw),
    psi,
  }) as ContainerStats['memory'];
}

function entry(limit: Int, usage: Int, max?: Int): MemoryEntry {
  return { limit, ...omitEmpty({ usage, max }), failcnt: 0 };
}

/** v1 counts both together; a peak of both cannot be made of two peaks. */
function memoryAndSwap(files: StatsFiles, group: string, limit: Int, usage: Int): MemoryEntry {
  const swap = files.number(`${group}/memory.swap.current`) ?? 0;
  const swapLimit = files.number(`${group}/memory.swap.max`) ?? 0;
  const endless = swapLimit === unlimited || limit === unlimited;
  return entry(endless ? unlimited : sum(limit, swapLimit), sum(usage, swap));
}

function sum(a: Int, b: Int): Int {
  return exact(BigInt(a) + BigInt(b));
}

function pids(files: StatsFiles, group: string): ContainerStats['pids'] {
  const limit = files.number(`${group}/pids.max`) ?? 0;
  return omitEmpty({
    // Without the controller there is still the list.
    current:
      files.number(`${group}/pids.current`) ??
      lines(files.text(`${group}/cgroup.procs`) ?? '').length,
    limit: limit === unlimited ? 0 : limit,
  });
}

const ioKeys: Readonly<Record<string, readonly [BlockTable, string] | undefined>> = {
  rbytes: ['ioServiceBytesRecursive', 'Read'],
  wbytes: ['ioServiceBytesRecursive', 'Write'],
  rios: ['ioServicedRecursive', 'Read'],
  wios: ['ioServicedRecursive', 'Write'],
};

/** `8:0 rbytes=1 wbytes=2 …` as the tables of v1. */
function blkio(files: StatsFiles, group: string): ContainerStats['blkio'] {
  const tables: Partial<Record<BlockTable, BlockEntry[]>> = {};
  for (const line of lines(files.text(`${group}/io.stat`) ?? '')) {
    const [device = '', ...items] = words(line);
    const [major, minor] = device.split(':');
    if (!major || !minor) continue;
    for (const item of items) {
      const [key = '', value = ''] = item.split('=');
      const [table, op] = ioKeys[key] ?? [];
      if (table === undefined) continue;
      const found = omitEmpty({
        major: parseCount(major),
        minor: parseCount(minor),
        op,
        value: parseCount(value),
      });
      tables[table] = [...(tables[table] ?? []), found as BlockEntry];
    }
  }
  return {
    ...ordered(tables),
    ...omitEmpty({ psi: pressure(files, `${group}/io.pressure`) }),
  };
}

function hugetlb(
  files: StatsFiles,
  group: string,
  pageSizes: readonly string[],
): ContainerStats['hugetlb'] {
  const stats: ContainerStats['hugetlb'] = {};
  for (const size of pageSizes) {
    const prefix = `${group}/hugetlb.${size}`;
    const usage = files.number(`${prefix}.rsvd.current`) ?? files.number(`${prefix}.current`);
    if (usage === undefined) continue;
    const failcnt = files.table(`${prefix}.events`)?.max ?? 0;
    stats[size] = { ...omitEmpty({ usage }), failcnt };
  }
  return sorted(stats);
}

/** `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`; nothing where the kernel counts none. */
function pressure(files: StatsFiles, path: string): PressureStats | undefined {
  const text = files.text(path);
  if (text === undefined) return undefined;
  const stats: PressureStats = {};
  for (const line of lines(text)) {
    const [kind, ...fields] = words(line);
    if (kind !== 'some' && kind !== 'full') continue;
    const values = Object.fromEntries(fields.map((field) => field.split('=')));
    const found: Pressure = {
      avg10: Number(values.avg10 ?? 0),
      avg60: Number(values.avg60 ?? 0),
      avg300: Number(values.avg300 ?? 0),
      total: parseCount(values.total ?? '0'),
    };
    if (Object.values(found).some((value) => value !== 0)) stats[kind] = found;
  }
  return stats;
}
