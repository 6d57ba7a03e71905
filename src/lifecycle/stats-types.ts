type Int = number | bigint;

/** `events` of runc: `data` of a stats event, keys and omissions included. Times in nanoseconds. */
export interface ContainerStats {
  cpu: {
    usage?: {
      total?: Int;
      percpu?: Int[];
      percpu_kernel?: Int[];
      percpu_user?: Int[];
      kernel: Int;
      user: Int;
    };
    throttling?: { periods?: Int; throttledPeriods?: Int; throttledTime?: Int };
    psi?: PressureStats;
  };
  cpuset: {
    cpus?: number[];
    cpu_exclusive: Int;
    mems?: number[];
    mem_hardwall: Int;
    mem_exclusive: Int;
    memory_migrate: Int;
    memory_spread_page: Int;
    memory_spread_slab: Int;
    memory_pressure: Int;
    sched_load_balance: Int;
    sched_relax_domain_level: Int;
  };
  memory: {
    cache?: Int;
    usage?: MemoryEntry;
    swap?: MemoryEntry;
    kernel?: MemoryEntry;
    kernelTCP?: MemoryEntry;
    raw?: Record<string, Int>;
    psi?: PressureStats;
  };
  pids: { current?: Int; limit?: Int };
  blkio: Partial<Record<BlockTable, BlockEntry[]>> & { psi?: PressureStats };
  hugetlb: Record<string, { usage?: Int; max?: Int; failcnt: Int }>;
  intel_rdt: Record<string, unknown>;
  network_interfaces: null;
}

/** Bytes. */
export interface MemoryEntry {
  limit: Int;
  usage?: Int;
  max?: Int;
  failcnt: Int;
}

export type BlockTable =
  | 'ioServiceBytesRecursive'
  | 'ioServicedRecursive'
  | 'ioQueueRecursive'
  | 'ioServiceTimeRecursive'
  | 'ioWaitTimeRecursive'
  | 'ioMergedRecursive'
  | 'ioTimeRecursive'
  | 'sectorsRecursive';

export interface BlockEntry {
  major?: Int;
  minor?: Int;
  op?: string;
  value?: Int;
}

/** Averages in percent, total in microseconds. */
export interface PressureStats {
  some?: Pressure;
  full?: Pressure;
}

export interface Pressure {
  avg10: number;
  avg60: number;
  avg300: number;
  total: Int;
}

/** What `events` tells; `data` of `stats` alone. */
export type ContainerEvent =
  | { type: 'stats'; id: string; data: ContainerStats }
  | { type: 'oom'; id: string };
