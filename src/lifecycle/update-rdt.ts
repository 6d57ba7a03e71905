import { RundletError } from '../errors/rundlet-error.ts';
import type { GroupWrites } from '../host/generated/plan.ts';
import type { Host } from '../host/host.ts';
import { pathExists } from '../host/path-exists.ts';
import type { StateRecord } from '../state/state-record.ts';

export interface RdtSchemas {
  /** `L3:0=ff;1=ff`. */
  l3CacheSchema?: string;
  /** `MB:0=50`. */
  memBwSchema?: string;
}

/** What new Intel RDT schemas change: the group's file, and the record's part. */
export async function updatedRdt(
  host: Host,
  { config, intel_rdt_path: path }: StateRecord,
  { l3CacheSchema, memBwSchema }: RdtSchemas,
): Promise<{ groups: GroupWrites[]; config?: Record<string, unknown> }> {
  if (!l3CacheSchema && !memBwSchema) return { groups: [] };
  if (l3CacheSchema && !(await has(host, 'L3'))) {
    throw unsupported('Intel RDT/CAT: l3 cache schema is not enabled');
  }
  if (memBwSchema && !(await has(host, 'MB'))) {
    throw unsupported('Intel RDT/MBA: memory bandwidth schema is not enabled');
  }
  if (!config.intel_rdt || !path) {
    throw unsupported('updating a non-existent Intel RDT configuration is not supported');
  }
  const value = `${[l3CacheSchema, memBwSchema].filter(Boolean).join('\n')}\n`;
  const writes = [{ file: 'schemata', value, from: '', ifExists: false }];
  return {
    groups: [{ path, writes }],
    config: {
      ...config.intel_rdt,
      ...(l3CacheSchema && { l3_cache_schema: l3CacheSchema }),
      ...(memBwSchema && { memBwSchema }),
    },
  };
}

function has(host: Host, resource: string): Promise<boolean> {
  return pathExists(host, `/sys/fs/resctrl/info/${resource}`);
}

function unsupported(message: string): RundletError {
  return new RundletError('ERR_RUNDLET_UNSUPPORTED', message, {
    hint: 'the processor must have Intel RDT, and /sys/fs/resctrl must be mounted',
  });
}
