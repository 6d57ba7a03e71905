import type { SystemdUnit, UnitProperty, UnitValue } from '../host/generated/plan.ts';
import type { LinuxResources, Spec } from '../spec/generated/config.ts';
import { type Draft, isRootlessCgroups } from './draft.ts';
import { annotatedProperties } from './unit-annotations.ts';
import { unitName, unitPlace, unitSlice } from './unit-place.ts';
import { resourceProperties } from './unit-resources.ts';

/** The transient unit that systemd makes for the container, with all that it is to know of it. */
export function planUnit(draft: Draft, spec: Spec, resources: LinuxResources): SystemdUnit {
  const { options, facts } = draft;
  const place = unitPlace(spec.linux?.cgroupsPath, options.id);
  const name = unitName(place);
  const slice = unitSlice(place, isRootlessCgroups(draft));
  const { version } = facts.cgroup;
  return {
    manager: options.systemd?.manager ?? {},
    name,
    properties: [
      { name: 'Description', value: { string: `libcontainer container ${place.name}` } },
      ...parentProperties(name, slice),
      // as the files have it anyhow; and joining the memory cgroup later is a trouble for some kernels
      ...[
        'MemoryAccounting',
        'CPUAccounting',
        version === 'v1' ? 'BlockIOAccounting' : 'IOAccounting',
        'TasksAccounting',
      ].map((one) => property(one, { boolean: true })),
      property('DefaultDependencies', { boolean: false }),
      ...annotatedProperties(spec.annotations),
      ...(version === 'v2' ? oomPolicy(resources, options.systemd?.version ?? 0) : []),
      ...resourceProperties(version, resources, options.warn),
    ],
  };
}

function property(name: string, value: UnitValue): UnitProperty {
  return { name, value };
}

/** A slice lies where its name says; a scope is put into one, and what is in it is the container's own. */
function parentProperties(name: string, slice: string): UnitProperty[] {
  if (name.endsWith('.slice')) {
    return [property('Wants', { array: { of: 's', items: [{ string: slice }] } })];
  }
  return [property('Slice', { string: slice }), property('Delegate', { boolean: true })];
}

/** Only while the unit is made; scopes have it since systemd 253. */
function oomPolicy({ unified }: LinuxResources, version: number): UnitProperty[] {
  const group = unified?.['memory.oom.group']?.trim();
  if (version < 253 || (group !== '0' && group !== '1')) return [];
  return [property('OOMPolicy', { string: group === '1' ? 'kill' : 'continue' })];
}
