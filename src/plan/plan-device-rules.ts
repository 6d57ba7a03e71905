import { quote } from '../errors/quote.ts';
import type { DeviceRule } from '../host/generated/plan.ts';
import type { LinuxDevice, LinuxDeviceCgroup } from '../spec/generated/config.ts';
import { defaultDevices } from './default-devices.ts';
import { invalid } from './plan-error.ts';

/**
 * What the container may do with devices: all denied, then config.json's rules in their order, then
 * the devices that every container has. Those come last as runc's do: engines begin with a rule that
 * denies all, and would otherwise take them away.
 */
export function planDeviceRules(
  rules: readonly LinuxDeviceCgroup[],
  devices: readonly LinuxDevice[],
): DeviceRule[] {
  let planned: DeviceRule[] = [{ allow: false, kind: 'a', access: 'rwm', from: '' }];
  for (const [index, rule] of rules.entries()) {
    const next = toRule(rule, `/linux/resources/devices/${index}`);
    // a rule for all forgets what was before, in the kernel and here
    if (next.kind === 'a') planned = [next];
    else planned.push(next);
  }
  for (const rule of defaultRules(devices)) {
    if (!isAllowed(planned, rule)) planned.push(rule);
  }
  return planned;
}

function toRule(
  { allow, type = 'a', major, minor, access }: LinuxDeviceCgroup,
  from: string,
): DeviceRule {
  if (!access) throw invalid(`${from}/access`, 'device access field cannot be empty');
  if (type !== 'a' && type !== 'b' && type !== 'c') {
    throw invalid(`${from}/type`, `invalid cgroup device type ${quote(String(type))}`);
  }
  if (type === 'a') return { allow, kind: 'a', access: 'rwm', from };
  const known = access.replace(/[^rwm]/g, '');
  const rule: DeviceRule = { allow, kind: type, access: known, from };
  if (major !== undefined && major >= 0) rule.major = Number(major);
  if (minor !== undefined && minor >= 0) rule.minor = Number(minor);
  return rule;
}

/** Nodes may be made of any device; used only those below. */
function defaultRules(devices: readonly LinuxDevice[]): DeviceRule[] {
  const allow = (
    kind: string,
    access: string,
    numbers: { major?: number; minor?: number },
  ): DeviceRule => ({
    allow: true,
    kind,
    ...numbers,
    access,
    from: '',
  });
  // a device of config.json at the place of a default one brings its own rule
  const replaced = new Set(devices.map(({ path }) => path));
  const nodes = defaultDevices.filter(({ path }) => !replaced.has(path));
  return [
    allow('c', 'm', {}),
    allow('b', 'm', {}),
    ...nodes.map(({ major, minor }) => allow('c', 'rwm', { major, minor })),
    // pts/*, ptmx, net/tun
    allow('c', 'rwm', { major: 136 }),
    allow('c', 'rwm', { major: 5, minor: 2 }),
    allow('c', 'rwm', { major: 10, minor: 200 }),
  ];
}

/** The rule changes nothing: the last one that touches its devices allows all that it does. */
function isAllowed(rules: readonly DeviceRule[], rule: DeviceRule): boolean {
  for (let index = rules.length - 1; index >= 0; index--) {
    const earlier = rules[index] as DeviceRule;
    if (earlier.allow && covers(earlier, rule)) return true;
    if (!earlier.allow && overlaps(earlier, rule)) return false;
  }
  return false;
}

function covers(earlier: DeviceRule, rule: DeviceRule): boolean {
  if (earlier.kind === 'a') return true;
  return (
    earlier.kind === rule.kind &&
    (earlier.major === undefined || earlier.major === rule.major) &&
    (earlier.minor === undefined || earlier.minor === rule.minor) &&
    [...rule.access].every((letter) => earlier.access.includes(letter))
  );
}

function overlaps(earlier: DeviceRule, rule: DeviceRule): boolean {
  if (earlier.kind === 'a') return true;
  const meet = (a: number | undefined, b: number | undefined) =>
    a === undefined || b === undefined || a === b;
  return (
    earlier.kind === rule.kind && meet(earlier.major, rule.major) && meet(earlier.minor, rule.minor)
  );
}
