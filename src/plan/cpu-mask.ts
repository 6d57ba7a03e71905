import type { UnitValue } from '../host/generated/plan.ts';
import { parseCpuList } from './cpu-list.ts';

/** `0-2,9` as the bits that systemd wants, lowest byte first: 7, 2. */
export function cpuMask(list: string, from: string): UnitValue {
  const bytes: number[] = [];
  for (const cpu of parseCpuList(list, from)) {
    const at = Math.floor(cpu / 8);
    while (bytes.length <= at) bytes.push(0);
    bytes[at] = (bytes[at] ?? 0) | (1 << (cpu % 8));
  }
  return { array: { of: 'y', items: bytes.map((byte) => ({ byte })) } };
}
