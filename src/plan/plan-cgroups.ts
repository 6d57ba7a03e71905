import type { CgroupPlan, DeviceRule } from '../host/generated/plan.ts';
import type { Linux } from '../spec/generated/config.ts';
import { type Draft, isRootless, isRootlessCgroups } from './draft.ts';
import { planCgroupV1 } from './plan-cgroup-v1.ts';
import { planCgroupV2 } from './plan-cgroup-v2.ts';
import { planDeviceRules } from './plan-device-rules.ts';
import { unsupported } from './plan-error.ts';

/**
 * The container's groups with their limits and device rules, also where config.json asks for none;
 * undefined where there are none and may be none.
 */
export function planCgroups(draft: Draft, linux: Linux): CgroupPlan | undefined {
  const { facts, options } = draft;
  if (options.cgroupManager === 'disabled') return undefined;
  if (options.cgroupManager === 'systemd') {
    throw unsupported('/linux/cgroupsPath', 'the systemd cgroup manager is not supported yet');
  }
  const { cgroupsPath, resources = {} } = linux;
  if (resources.memory?.kernel !== undefined || resources.memory?.kernelTCP !== undefined) {
    options.warn?.('kernel memory settings are ignored');
  }
  const groups =
    facts.cgroup.version === 'v2'
      ? planCgroupV2(facts, resources, cgroupsPath, options.id, options.warn)
      : planCgroupV1(facts, resources, cgroupsPath, options.id);
  const optional = isRootlessCgroups(draft) && !cgroupsPath;
  if (groups.length === 0 && !optional) {
    throw unsupported('/linux/cgroupsPath', 'no cgroup mount found in mountinfo');
  }
  return {
    version: facts.cgroup.version,
    groups,
    existing: false,
    devices: deviceRules(draft, linux),
    optional,
  };
}

/** In a user namespace the kernel lets nobody filter devices, and lets nobody make them either. */
function deviceRules(draft: Draft, linux: Linux): DeviceRule[] {
  const rules = planDeviceRules(linux.resources?.devices ?? [], linux.devices ?? []);
  if (isRootless(draft.facts)) return [];
  const { cgroup } = draft.facts;
  if (
    cgroup.version === 'v1' &&
    !cgroup.hierarchies.some((fact) => fact.controllers.includes('devices'))
  ) {
    throw unsupported('/linux/resources/devices', 'the devices cgroup is not mounted');
  }
  return rules;
}
