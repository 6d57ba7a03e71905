import type { LinuxIDMapping } from '../generated/config.ts';
import type { RuleReport } from './rule.ts';

/** user_namespaces(7): the kernel takes 340 lines at most. */
const maxMappings = 340;

/** What the kernel would refuse when the map is written: empty, overflowing, overlapping runs. */
export function checkIdMappings(
  mappings: readonly LinuxIDMapping[],
  pointer: string,
  report: RuleReport,
): void {
  if (mappings.length > maxMappings) {
    report.fail(pointer, `${mappings.length} mappings, the kernel takes ${maxMappings}`);
  }
  mappings.forEach((mapping, i) => {
    const at = `${pointer}/${i}`;
    if (mapping.size === 0) report.fail(`${at}/size`, 'the size must be at least 1');
    for (const side of ['containerID', 'hostID'] as const) {
      if (mapping[side] + mapping.size > 4294967295) {
        report.fail(`${at}/size`, `${side} ${mapping[side]} + ${mapping.size} passes the last id`);
      }
      const other = mappings.findIndex((earlier, j) => j < i && overlap(earlier, mapping, side));
      if (other >= 0) report.fail(at, `overlaps ${pointer}/${other} in its ${side}s`);
    }
  });
}

function overlap(a: LinuxIDMapping, b: LinuxIDMapping, side: 'containerID' | 'hostID'): boolean {
  return a[side] < b[side] + b.size && b[side] < a[side] + a.size;
}
