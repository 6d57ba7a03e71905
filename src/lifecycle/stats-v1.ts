import { parseCpuList } from '../plan/cpu-list.ts';
import type { CgroupPathMap } from '../state/cgroup-paths.ts';
import {
  lines,
  omitEmpty,
  ordered,
  parseCount,
  type StatsFiles,
  sorted,
  words,
} from './stats-files.ts';
import type { BlockEntry, BlockTable, ContainerStats, MemoryEntry } from './stats-types.ts';

type Int = number | bigint;
type BlockFile = readonly [string, BlockTable];

const cpusetNumbers = [
  'cpu_exclusive',
  'mem_hardwall',
  'mem_exclusive',
  'memory_migrate',
  'memory_spread_page',
  'memory_spread_slab',
  'memory_pressure',
  'sched_load_balance',
] as const;

const memoryFiles = ['usage_in_bytes', 'max_usage_in_bytes', 'failcnt', 'limit_in_bytes'];

const served: readonly BlockFile[] = [
  ['io_serviced_recursive', 'ioServicedRecursive'],
  ['io_service_bytes_recursive', 'ioServiceBytesRecursive'],
];

const whole: readonly BlockFile[] = [
  ['sectors_recursive', 'sectorsRecursive'],
  ['io_service_time_recursive', 'ioServiceTimeRecursive'],
  ['io_wait_time_recursive', 'ioWaitTimeRecursive'],
  ['io_merged_recursive', 'ioMergedRecursive'],
  ['io_queued_recursive', 'ioQueueRecursive'],
  ['time_recursive', 'ioTimeRecursive'],
  ...served,
];

/** Prefixes of `blkio.` with their files; the first set whose first file tells something is taken. */
const blockSets: readonly [string, readonly BlockFile[]][] = [
  ['bfq.', whole],
  ['bfq.', served],
  ['', whole],
  ['throttle.', served],
  [
    'throttle.',
    [
      ['io_serviced', 'ioServicedRecursive'],
      ['io_service_bytes', 'ioServiceBytesRecursive'],
    ],
  ],
];

/** Every file that `statsV1` may ask for. */
export function filesV1(paths: CgroupPathMap, pageSizes: readonly string[]): string[] {
  const of = (controller: string, names: readonly string[]) => {
    const group = paths[controller];
    return group === undefined ? [] : names.map((name) => `${group}/${name}`);
  };
  return [
    ...of('cpu', ['cpu.stat']),
    ...of('cpuacct', [
      'cpuacct.stat',
      'cpuacct.usage',
      'cpuacct.usage_percpu',
      'cpuacct.usage_all',
    ]),
    ...of(
      'cpuset',
      ['cpus', 'mems', 'sched_relax_domain_level', ...cpusetNumbers].map((one) => `cpuset.${one}`),
    ),
    ...of('memory', [
      'memory.stat',
      ...['', 'memsw.', 'kmem.', 'kmem.tcp.'].flatMap((kind) =>
        memoryFiles.map((file) => `memory.${kind}${file}`),
      ),
    ]),
    ...of('pids', ['pids.current', 'pids.max']),
    ...of('blkio', [
      ...new Set(
        blockSets.flatMap(([prefix, files]) => files.map(([file]) => `blkio.${prefix}${file}`)),
      ),
    ]),
    ...of(
      'hugetlb',
      pageSizes.flatMap((size) =>
        ['', 'rsvd.'].flatMap((kind) =>
          memoryFiles.map((file) => `hugetlb.${size}.${kind}${file}`),
        ),
      ),
    ),
  ];
}

/** The numbers of v1, in the words of runc's events. */
export function statsV1(
  files: StatsFiles,
  paths: CgroupPathMap,
  pageSizes: readonly string[],
): ContainerStats {
  return {
    cpu: cpu(files, paths),
    cpuset: cpuset(files, paths.cpuset),
    memory: memory(files, paths.memory),
    pids: pids(files, paths.pids),
    blkio: blkio(files, paths.blkio),
    hugetlb: hugetlb(files, paths.hugetlb, pageSizes),
    intel_rdt: {},
    network_interfaces: null,
  };
}

/** USER_HZ is 100 on every Linux we build for. */
const tick = 10_000_000;

function cpu(files: StatsFiles, paths: CgroupPathMap): ContainerStats['cpu'] {
  const accounts = paths.cpuacct;
  const stat = files.table(`${accounts}/cpuacct.stat`) ?? {};
  // Behind the header: cpu user system.
  const modes = lines(files.text(`${accounts}/cpuacct.usage_all`) ?? '')
    .slice(1)
    .map((line) => words(line).map(parseCount));
  const throttling = files.table(`${paths.cpu}/cpu.stat`) ?? {};
  return omitEmpty({
    usage: {
      ...omitEmpty({
        total: files.number(`${accounts}/cpuacct.usage`) ?? 0,
        percpu: files.list(`${accounts}/cpuacct.usage_percpu`),
        percpu_kernel: modes.map(([, , kernel = 0]) => kernel),
        percpu_user: modes.map(([, user = 0]) => user),
      }),
      kernel: Number(stat.system ?? 0) * tick,
      user: Number(stat.user ?? 0) * tick,
    },
    throttling: omitEmpty({
      periods: throttling.nr_periods,
      throttledPeriods: throttling.nr_throttled,
      throttledTime: throttling.throttled_time,
    }),
  }) as ContainerStats['cpu'];
}

function cpuset(files: StatsFiles, group: string | undefined): ContainerStats['cpuset'] {
  const list = (name: string) => {
    const text = files.text(`${group}/cpuset.${name}`)?.trim();
    return text ? parseCpuList(text, '') : [];
  };
  const level = Number(files.text(`${group}/cpuset.sched_relax_domain_level`) ?? 0);
  const number = Object.fromEntries(
    cpusetNumbers.map((name) => [name, files.number(`${group}/cpuset.${name}`) ?? 0]),
  ) as Record<(typeof cpusetNumbers)[number], Int>;
  const { cpu_exclusive, ...rest } = number;
  return {
    ...omitEmpty({ cpus: list('cpus') }),
    cpu_exclusive,
    ...omitEmpty({ mems: list('mems') }),
    ...rest,
    sched_relax_domain_level: level,
  };
}

function memory(files: StatsFiles, group: string | undefined): ContainerStats['memory'] {
  const raw = files.table(`${group}/memory.stat`);
  if (raw === undefined) return {};
  return omitEmpty({
    cache: raw.cache ?? 0,
    usage: entry(files, `${group}/memory.`),
    swap: entry(files, `${group}/memory.memsw.`),
    kernel: entry(files, `${group}/memory.kmem.`),
    kernelTCP: entry(files, `${group}/memory.kmem.tcp.`),
    raw: sorted(raw),
  }) as ContainerStats['memory'];
}

/** Undefined for a counter that this kernel does not have. */
function entry(files: StatsFiles, prefix: string): MemoryEntry | undefined {
  const usage = files.number(`${prefix}usage_in_bytes`);
  if (usage === undefined) return undefined;
  return {
    limit: files.number(`${prefix}limit_in_bytes`) ?? 0,
    ...omitEmpty({ usage, max: files.number(`${prefix}max_usage_in_bytes`) ?? 0 }),
    failcnt: files.number(`${prefix}failcnt`) ?? 0,
  };
}

function pids(files: StatsFiles, group: string | undefined): ContainerStats['pids'] {
  const limit = files.text(`${group}/pids.max`)?.trim();
  return omitEmpty({
    current: files.number(`${group}/pids.current`) ?? 0,
    limit: limit === undefined || limit === 'max' ? 0 : parseCount(limit),
  });
}

function blkio(files: StatsFiles, group: string | undefined): ContainerStats['blkio'] {
  for (const [prefix, set] of blockSets) {
    const read = ([file, table]: BlockFile): [BlockTable, BlockEntry[]] => [
      table,
      blockEntries(files.text(`${group}/blkio.${prefix}${file}`) ?? ''),
    ];
    const tables = set.map(read);
    const [first] = tables;
    if (!first || first[1].length === 0) continue;
    const full = Object.fromEntries(tables.filter(([, entries]) => entries.length > 0));
    return ordered(full);
  }
  return {};
}

/** `8:0 Read 124`, `8:0 77`, and a line of the total that says nothing new. */
function blockEntries(text: string): BlockEntry[] {
  return lines(text).flatMap((line) => {
    const fields = line.split(/[ :]/);
    if (fields.length < 3) return [];
    const [major = '', minor = '', ...rest] = fields;
    const value = rest.at(-1) ?? '';
    return omitEmpty({
      major: parseCount(major),
      minor: parseCount(minor),
      op: rest.length > 1 ? rest[0] : '',
      value: parseCount(value),
    }) as BlockEntry;
  });
}

function hugetlb(
  files: StatsFiles,
  group: string | undefined,
  pageSizes: readonly string[],
): ContainerStats['hugetlb'] {
  const stats: ContainerStats['hugetlb'] = {};
  for (const size of pageSizes) {
    // Kernels that count reservations have both.
    const found =
      entry(files, `${group}/hugetlb.${size}.rsvd.`) ?? entry(files, `${group}/hugetlb.${size}.`);
    if (!found) continue;
    const { limit: _, ...shown } = found;
    stats[size] = shown;
  }
  return sorted(stats);
}
