import { cpuLimits, deviceLimits, memoryLimits, unifiedFiles } from './cgroups.ts';
import { deviceRules } from './devices.ts';
import type { ResourcesRule } from './rule.ts';

/** Rules on the resources of a cgroup, of a config or for update. */
export const resourcesRules: readonly ResourcesRule[] = [
  deviceRules,
  memoryLimits,
  cpuLimits,
  deviceLimits,
  unifiedFiles,
];
