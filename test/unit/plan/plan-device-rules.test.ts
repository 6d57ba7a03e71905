import { describe, expect, test } from 'vitest';
import type { DeviceRule } from '../../../src/host/generated/plan.ts';
import { planDeviceRules } from '../../../src/plan/plan-device-rules.ts';
import type { LinuxDeviceCgroup } from '../../../src/spec/generated/config.ts';
import { faultOf } from './spec-of.ts';

function text({ allow, kind, major, minor, access }: DeviceRule): string {
  return `${allow ? '+' : '-'} ${kind} ${major ?? '*'}:${minor ?? '*'} ${access}`;
}

const defaults = [
  '+ c *:* m',
  '+ b *:* m',
  '+ c 1:3 rwm',
  '+ c 1:8 rwm',
  '+ c 1:7 rwm',
  '+ c 5:0 rwm',
  '+ c 1:5 rwm',
  '+ c 1:9 rwm',
  '+ c 136:* rwm',
  '+ c 5:2 rwm',
  '+ c 10:200 rwm',
];
const denyAll = '- a *:* rwm';

function rulesOf(...rules: LinuxDeviceCgroup[]): string[] {
  return planDeviceRules(rules, []).map(text);
}

describe('planDeviceRules', () => {
  test('without rules: all denied, then the defaults', () => {
    expect(rulesOf()).toEqual([denyAll, ...defaults]);
  });

  test('a rule that denies all, as engines begin with, does not take the defaults away', () => {
    expect(rulesOf({ allow: false, access: 'rwm' })).toEqual([denyAll, ...defaults]);
  });

  test('a rule that allows all leaves nothing to add', () => {
    expect(rulesOf({ allow: true, access: 'rwm' })).toEqual(['+ a *:* rwm']);
    expect(rulesOf({ allow: true, type: 'a', access: 'rwm' })).toEqual(['+ a *:* rwm']);
  });

  test('a rule for all forgets those before it', () => {
    const some: LinuxDeviceCgroup = { allow: true, type: 'c', major: 4, minor: 4, access: 'r' };
    expect(rulesOf(some, { allow: false, access: 'rwm' })).toEqual([denyAll, ...defaults]);
  });

  test('the rest keeps its order; -1 and absent mean all', () => {
    const rules: LinuxDeviceCgroup[] = [
      { allow: true, type: 'b', major: 8, access: 'r' },
      { allow: false, type: 'b', major: 8, minor: 1, access: 'r' },
      { allow: true, type: 'c', major: -1, minor: -1, access: 'w' },
    ];
    expect(rulesOf(...rules).slice(0, 4)).toEqual([denyAll, '+ b 8:* r', '- b 8:1 r', '+ c *:* w']);
  });

  test('a default that config.json has allowed already is not told twice', () => {
    const rule: LinuxDeviceCgroup = { allow: true, type: 'c', major: 1, minor: 3, access: 'mrw' };
    expect(rulesOf(rule).filter((line) => line.includes('1:3'))).toEqual(['+ c 1:3 mrw']);
  });

  test('a default that config.json has denied comes back, as with runc', () => {
    const rules: LinuxDeviceCgroup[] = [
      { allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' },
      { allow: false, type: 'c', major: 1, access: 'w' },
    ];
    expect(rulesOf(...rules)).toContain('+ c 1:3 rwm');
  });

  test('a node in the place of a default one brings no rule', () => {
    const rules = planDeviceRules([], [{ path: '/dev/null', type: 'c', major: 9, minor: 9 }]);
    expect(rules.map(text)).not.toContain('+ c 1:3 rwm');
  });

  test('a rule without access is refused', () => {
    expect(faultOf(() => rulesOf({ allow: true, type: 'c' }))).toMatchObject({
      pointer: '/linux/resources/devices/0/access',
      message: 'device access field cannot be empty',
    });
  });
});
