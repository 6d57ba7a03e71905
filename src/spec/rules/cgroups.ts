import { joinPointer } from '../json-pointer.ts';
import { numberListFault } from './number-list.ts';
import { type ConfigRule, quote, type ResourcesRule } from './rule.ts';

/**
 * The path is below the root of the hierarchy once `.` and `..` are gone. `slice:prefix:name` is
 * for the systemd driver, which takes it apart itself.
 */
export const cgroupsPath: ConfigRule = ({ linux }, report) => {
  const path = linux?.cgroupsPath;
  if (!path || path.includes(':')) return;
  let depth = 0;
  for (const name of path.split('/')) {
    if (name === '..') depth = Math.max(0, depth - 1);
    else if (name !== '' && name !== '.') depth++;
  }
  if (depth > 0) return;
  report.fail('/linux/cgroupsPath', `${quote(path)} is the root of the cgroup hierarchy`);
};

/** memory+swap holds at least the memory. */
export const memoryLimits: ResourcesRule = ({ memory }, pointer, report) => {
  const { limit = 0, swap = 0 } = memory ?? {};
  if (swap <= 0 || limit <= 0 || swap >= limit) return;
  const message = `${swap} is less than the memory limit ${limit}; swap counts memory and swap`;
  report.fail(`${pointer}/memory/swap`, message);
};

/** Burst within quota, lists that can be read, idle a switch. */
export const cpuLimits: ResourcesRule = ({ cpu }, pointer, report) => {
  if (!cpu) return;
  const { quota = 0, burst = 0, idle = 0 } = cpu;
  if (quota > 0 && burst > quota) {
    report.fail(`${pointer}/cpu/burst`, `${burst} is more than the quota ${quota}`);
  }
  if (idle < 0 || idle > 1) report.fail(`${pointer}/cpu/idle`, `${idle} is neither 0 nor 1`);
  for (const key of ['cpus', 'mems'] as const) {
    const fault = numberListFault(cpu[key] ?? '');
    if (fault) report.fail(`${pointer}/cpu/${key}`, fault);
  }
};

/** Entries for a device or an adapter say at least one thing. */
export const deviceLimits: ResourcesRule = ({ blockIO, rdma }, pointer, report) => {
  blockIO?.weightDevice?.forEach(({ weight, leafWeight }, i) => {
    if (weight !== undefined || leafWeight !== undefined) return;
    report.fail(`${pointer}/blockIO/weightDevice/${i}`, 'needs weight or leafWeight');
  });
  for (const [name, { hcaHandles, hcaObjects }] of Object.entries(rdma ?? {})) {
    if (hcaHandles !== undefined || hcaObjects !== undefined) continue;
    report.fail(joinPointer(`${pointer}/rdma`, name), 'needs hcaHandles or hcaObjects');
  }
};

/** Keys of unified are files of the one cgroup directory. */
export const unifiedFiles: ResourcesRule = ({ unified }, pointer, report) => {
  for (const key of Object.keys(unified ?? {})) {
    if (/^[^/.][^/]*$/.test(key)) continue;
    const at = joinPointer(`${pointer}/unified`, key);
    report.fail(at, `${quote(key)} is not the name of a file in a cgroup`);
  }
};
