import type { CapabilitySets } from '../host/generated/plan.ts';
import { capabilityNames, capabilityNumber } from '../spec/capability-names.ts';
import type { LinuxCapabilities } from '../spec/generated/config.ts';
import type { Draft } from './draft.ts';

/**
 * The five sets as numbers. What this kernel does not know is left out with one warning, as runc does.
 * A set that is absent is empty: nothing of the caller's comes through (CVE-2022-29162).
 */
export function planCapabilities(
  draft: Draft,
  asked: LinuxCapabilities | undefined,
): CapabilitySets {
  const unknown = new Set<string>();
  const numbers = (names: readonly string[] | undefined): number[] => {
    const known = new Set<number>();
    for (const name of names ?? []) {
      const number = capabilityNumber(name);
      if (number === undefined || number > draft.facts.lastCap) unknown.add(name);
      else known.add(number);
    }
    return [...known].sort((a, b) => a - b);
  };
  const inheritable = numbers(asked?.inheritable);
  const permitted = numbers(asked?.permitted);
  // capabilities(7): the kernel raises no other
  const ambient: number[] = [];
  for (const n of numbers(asked?.ambient)) {
    if (inheritable.includes(n) && permitted.includes(n)) ambient.push(n);
    else {
      const name = capabilityNames()[n] ?? n;
      draft.options.warn?.(`can't raise ambient capability ${name}: operation not permitted`);
    }
  }
  const sets: CapabilitySets = {
    bounding: numbers(asked?.bounding),
    effective: numbers(asked?.effective),
    permitted,
    inheritable,
    ambient,
  };
  if (unknown.size > 0) {
    draft.options.warn?.(
      `ignoring unknown or unavailable capabilities: [${[...unknown].sort().join(' ')}]`,
    );
  }
  return sets;
}
