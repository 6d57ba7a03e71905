import type { CgroupDir, CgroupPlan, DeviceRule } from '../host/generated/plan.ts';
import type { Linux, LinuxResources, Spec } from '../spec/generated/config.ts';
import { cgroupOwner } from './cgroup-owner.ts';
import { cgroupPlace } from './cgroup-place.ts';
import { type Draft, isRootless, isRootlessCgroups } from './draft.ts';
import type { NamespaceSet } from './namespace-set.ts';
import { planCgroupV1 } from './plan-cgroup-v1.ts';
import { planCgroupV2 } from './plan-cgroup-v2.ts';
import { planDeviceRules } from './plan-device-rules.ts';
import { unsupported } from './plan-error.ts';
import { planUnit } from './plan-unit.ts';
import { roundedResources } from './unit-resources.ts';

/**
 * The container's groups with their limits and device rules, also where config.json asks for none;
 * undefined where there are none and may be none.
 */
export function planCgroups(
  draft: Draft,
  spec: Spec,
  namespaces: NamespaceSet,
): CgroupPlan | undefined {
  const { facts, options } = draft;
  if (options.cgroupManager === 'disabled') return undefined;
  const { linux = {} } = spec;
  const { memory } = linux.resources ?? {};
  if (memory?.kernel !== undefined || memory?.kernelTCP !== undefined) {
    options.warn?.('kernel memory settings are ignored');
  }
  const systemd = options.cgroupManager === 'systemd';
  const resources = systemd ? roundedResources(linux.resources ?? {}) : (linux.resources ?? {});
  const place = cgroupPlace(draft, linux.cgroupsPath);
  const groups = planGroups(draft, spec, namespaces, resources, place);
  const optional = isRootlessCgroups(draft) && !place;
  if (groups.length === 0 && !optional) {
    throw unsupported('/linux/cgroupsPath', 'no cgroup mount found in mountinfo');
  }
  return {
    version: facts.cgroup.version,
    groups,
    existing: false,
    devices: deviceRules(draft, linux),
    optional,
    ...(systemd && { systemd: planUnit(draft, spec, resources) }),
  };
}

function planGroups(
  { facts, options }: Draft,
  spec: Spec,
  namespaces: NamespaceSet,
  resources: LinuxResources,
  place: string | undefined,
): CgroupDir[] {
  const { id, warn } = options;
  if (facts.cgroup.version === 'v1') return planCgroupV1(facts, resources, place, id);
  const owner = cgroupOwner(spec, namespaces);
  const groups = planCgroupV2(facts, resources, place, id, warn);
  return owner === undefined ? groups : groups.map((group) => ({ ...group, owner }));
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
