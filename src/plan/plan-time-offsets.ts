import type { TimeOffset } from '../host/generated/plan.ts';
import type { Linux } from '../spec/generated/config.ts';
import { joinPointer } from '../spec/json-pointer.ts';
import { hasNamespace, makesNamespace, type NamespaceSet } from './namespace-set.ts';
import { invalid } from './plan-error.ts';

/** Offsets of the clocks in a new time namespace. */
export function planTimeOffsets(linux: Linux, namespaces: NamespaceSet): TimeOffset[] {
  const offsets = Object.entries(linux.timeOffsets ?? {});
  if (offsets.length === 0) return [];
  const from = '/linux/timeOffsets';
  if (!hasNamespace(namespaces, 'time')) {
    throw invalid(
      from,
      "time namespace offsets specified, but time namespace isn't enabled in the config",
    );
  }
  if (!makesNamespace(namespaces, 'time')) {
    throw invalid(
      from,
      'time namespace enabled, but both namespace path and time offsets specified -- you may only provide one',
    );
  }
  return offsets.map(([clock, { secs = 0, nanosecs = 0 }]) => {
    if (clock !== 'monotonic' && clock !== 'boottime') {
      throw invalid(joinPointer(from, clock), `unknown clock "${clock}" in time namespace offsets`);
    }
    return { clock, secs, nanosecs };
  });
}
