import type { UnitProperty, UnitValue } from '../host/generated/plan.ts';
import { joinPointer } from '../spec/json-pointer.ts';
import { parseVariant } from './parse-variant.ts';
import { invalid } from './plan-error.ts';

const prefix = 'org.systemd.property.';

/** Annotations `org.systemd.property.NAME` as properties of the unit. */
export function annotatedProperties(
  annotations: Readonly<Record<string, string>> = {},
): UnitProperty[] {
  return Object.entries(annotations)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, text]) => readProperty(key, text));
}

function readProperty(key: string, text: string): UnitProperty {
  const name = key.slice(prefix.length);
  const from = joinPointer('/annotations', key);
  const fault = nameFault(name);
  if (fault) throw invalid(from, `annotation ${key} name incorrect: ${fault}`);
  try {
    const value = parseVariant(text);
    // systemd counts microseconds where people write seconds: TimeoutStopSec
    const seconds = /^(.*[a-z])Sec$/.exec(name);
    return seconds ? { name: `${seconds[1]}USec`, value: toMicroseconds(value) } : { name, value };
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw invalid(from, `annotation ${key}=${text} value parse error: ${words}`);
  }
}

function nameFault(name: string): string | undefined {
  if (name.length < 3) return 'too short';
  return /^[A-Za-z]+$/.test(name) ? undefined : 'contains non-alphabetic character';
}

const million = 1_000_000n;

function toMicroseconds(value: UnitValue): UnitValue {
  if ('double' in value) return { uint64: Math.trunc(value.double * 1e6) };
  const [count] = Object.values(value);
  if ('boolean' in value || (typeof count !== 'number' && typeof count !== 'bigint')) {
    throw new Error('not a number');
  }
  return { uint64: BigInt.asUintN(64, BigInt(count) * million) };
}
