import type { CgroupWrite } from '../host/generated/plan.ts';
import type { LinuxResources, LinuxThrottleDevice } from '../spec/generated/config.ts';
import { joinPointer } from '../spec/json-pointer.ts';

export const resourcesPointer = '/linux/resources';

/** Collects the writes of one group; `from` counts from `/linux/resources`. */
export class CgroupWrites {
  readonly list: CgroupWrite[] = [];

  add(file: string, value: number | bigint | string, from: string, ifExists = false): void {
    this.list.push({ file, value: String(value), from: `${resourcesPointer}/${from}`, ifExists });
  }

  /** Unset and zero mean the same for most of the resources. */
  addUnlessZero(file: string, value: number | bigint | undefined, from: string): void {
    if (value) this.add(file, value, from);
  }
}

/** `hugetlb.SIZE.SUFFIX` and, on kernels that count reservations, its `rsvd` twin. */
export function hugetlbWrites(
  writes: CgroupWrites,
  resources: LinuxResources,
  suffix: string,
): void {
  for (const [index, { pageSize, limit }] of (resources.hugepageLimits ?? []).entries()) {
    const from = `hugepageLimits/${index}/limit`;
    writes.add(`hugetlb.${pageSize}.${suffix}`, limit, from);
    writes.add(`hugetlb.${pageSize}.rsvd.${suffix}`, limit, from, true);
  }
}

/** `rdma.max`, the same on both versions. */
export function rdmaWrites(writes: CgroupWrites, resources: LinuxResources): void {
  for (const [device, { hcaHandles, hcaObjects }] of Object.entries(resources.rdma ?? {})) {
    const handles = hcaHandles === undefined ? '' : ` hca_handle=${hcaHandles}`;
    const objects = hcaObjects === undefined ? '' : ` hca_object=${hcaObjects}`;
    writes.add('rdma.max', device + handles + objects, joinPointer('rdma', device));
  }
}

export type ThrottleKey =
  | 'throttleReadBpsDevice'
  | 'throttleWriteBpsDevice'
  | 'throttleReadIOPSDevice'
  | 'throttleWriteIOPSDevice';

/** One write per throttled device. */
export function throttleWrites(
  writes: CgroupWrites,
  resources: LinuxResources,
  key: ThrottleKey,
  file: string,
  value: (device: LinuxThrottleDevice) => string,
): void {
  for (const [index, device] of (resources.blockIO?.[key] ?? []).entries()) {
    writes.add(file, `${device.major}:${device.minor} ${value(device)}`, `blockIO/${key}/${index}`);
  }
}
