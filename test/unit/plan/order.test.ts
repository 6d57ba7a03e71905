import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { HostFacts } from '../../../src/host/generated/plan.ts';
import { planContainer } from '../../../src/plan/plan-container.ts';
import type { LinuxNamespace, LinuxSeccomp, Spec } from '../../../src/spec/generated/config.ts';
import { valueAt } from '../../../src/spec/json-pointer.ts';
import { parseJson } from '../../../src/spec/parse-json.ts';
import { factsRootless, factsV1, factsV2 } from '../../plan/facts.ts';
import { type ActName, acts, names, options } from './spec-of.ts';

const folder = join(import.meta.dirname, '../../plan');
const docker = join(import.meta.dirname, '../../../../shared/fixtures/docker-configs');
const seccomp: LinuxSeccomp = { defaultAction: 'SCMP_ACT_ALLOW' };

function read(file: string): Spec {
  return parseJson(readFileSync(file, 'utf8'), file) as unknown as Spec;
}

const bases: [string, Spec][] = [
  ...['default', 'userns', 'many'].map((name): [string, Spec] => [
    name,
    read(join(folder, name, 'config.json')),
  ]),
  ...(existsSync(docker) ? readdirSync(docker) : []).map((name): [string, Spec] => [
    name,
    read(join(docker, name)),
  ]),
];

/** Variants that change the order's inputs: no_new_privs, filter, cgroup namespace, hooks, host. */
function* variants(): Generator<[name: string, spec: Spec, facts: HostFacts]> {
  const hosts: [string, HostFacts][] = [
    ['v1', factsV1],
    ['v2', factsV2],
    ['rootless', factsRootless],
  ];
  for (const [name, base] of bases) {
    for (let bits = 0; bits < 16; bits++) {
      const spec = vary(base, bits);
      for (const [host, facts] of hosts) {
        if (facts !== factsV1 && spec.linux?.resources?.network) continue;
        const user = spec.linux?.namespaces?.some(({ type }) => type === 'user');
        if (facts === factsRootless && !user) continue;
        yield [`${name} ${bits} ${host}`, spec, facts];
      }
    }
  }
}

function vary(base: Spec, bits: number): Spec {
  const { process, linux = {}, hooks: _, ...rest } = base;
  if (!process) throw new Error('no process');
  const namespaces = (linux.namespaces ?? []).filter(({ type }) => type !== 'cgroup');
  const own: LinuxNamespace[] = bits & 4 ? [{ type: 'cgroup' }] : [];
  const { seccomp: __, ...bare } = linux;
  return {
    ...rest,
    process: { ...process, noNewPrivileges: (bits & 1) !== 0 },
    linux: {
      ...bare,
      namespaces: [...namespaces, ...own],
      ...(bits & 2 ? { seccomp } : {}),
    },
    ...(bits & 8
      ? {
          hooks: {
            createRuntime: [{ path: '/a' }],
            createContainer: [{ path: '/b' }],
            startContainer: [{ path: '/c' }],
          },
        }
      : {}),
  };
}

/** Each act on the left stands before each on the right, where both are there. */
const before: [ActName, ActName][] = [
  ['propagation', 'rootfs'],
  ['rootfs', 'mount'],
  ['rootfs', 'bind'],
  ['rootfs', 'device'],
  ['mount', 'device'],
  ['mount', 'console'],
  ['bind', 'device'],
  ['device', 'symlink'],
  ['deviceBind', 'symlink'],
  ['symlink', 'console'],
  ['cgroupReady', 'cgroupMount'],
  ['cgroupReady', 'barrier'],
  ['cgroupReady', 'pivotRoot'],
  ['console', 'barrier'],
  ['barrier', 'pivotRoot'],
  ['bind', 'pivotRoot'],
  ['pivotRoot', 'rootPropagation'],
  ['rootPropagation', 'rootReadonly'],
  ['pivotRoot', 'rootReadonly'],
  ['pivotRoot', 'hostname'],
  ['pivotRoot', 'sysctl'],
  ['sysctl', 'readonlyPath'],
  ['pivotRoot', 'mask'],
  ['readonlyPath', 'mask'],
  ['rootReadonly', 'session'],
  ['mask', 'session'],
  ['console', 'session'],
  ['session', 'rlimit'],
  ['rlimit', 'credentials'],
  ['keyring', 'credentials'],
  ['scheduler', 'credentials'],
  ['umask', 'credentials'],
  ['apparmor', 'noNewPrivileges'],
  ['selinux', 'noNewPrivileges'],
  ['noNewPrivileges', 'credentials'],
  ['credentials', 'lookupProgram'],
  ['credentials', 'seccomp'],
  ['lookupProgram', 'seccomp'],
  ['lookupProgram', 'waitStart'],
  ['seccomp', 'waitStart'],
  ['waitStart', 'exec'],
];

const single: ActName[] = [
  'propagation',
  'rootfs',
  'cgroupReady',
  'session',
  'credentials',
  'lookupProgram',
  'waitStart',
  'exec',
];

describe('the order of the acts', () => {
  const planned = [...variants()].map(([name, spec, facts]) => {
    const plan = planContainer(spec, options, facts);
    return { name, spec, plan, order: names(plan.steps) };
  });

  test('there are enough of them', () => {
    expect(planned.length).toBeGreaterThan(90);
  });

  test.each(before)('%s before %s', (first, second) => {
    const wrong = planned.filter(({ order }) => {
      const next = order.indexOf(second);
      return next !== -1 && order.lastIndexOf(first) > next;
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  test('each of these pairs is in some plan', () => {
    const unseen = before.filter(
      ([first, second]) =>
        !planned.some(({ order }) => order.includes(first) && order.includes(second)),
    );
    // labels are refused on hosts without them; test/plan/cgroup-v2 has them
    expect(unseen).toEqual([
      ['apparmor', 'noNewPrivileges'],
      ['selinux', 'noNewPrivileges'],
    ]);
  });

  test.each(single)('%s once', (one) => {
    const wrong = planned.filter(({ order }) => order.filter((act) => act === one).length !== 1);
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  test('with no_new_privs the filter is last, without it goes in before the privileges', () => {
    for (const { name, spec, plan, order } of planned) {
      const credentials = acts(plan.steps, 'credentials')[0];
      const noNewPrivs = spec.process?.noNewPrivileges === true;
      const filter = spec.linux?.seccomp !== undefined;
      expect(order.includes('noNewPrivileges'), name).toBe(noNewPrivs);
      expect(order.includes('seccomp'), name).toBe(filter && noNewPrivs);
      expect(credentials.seccompBefore, name).toBe(filter && !noNewPrivs ? 0 : undefined);
      expect(plan.seccomp.length, name).toBe(filter ? 1 : 0);
      if (order.includes('seccomp')) expect(order[order.indexOf('seccomp') + 1]).toBe('waitStart');
    }
  });

  test('the cgroup namespace is made where there is one to make', () => {
    for (const { name, spec, plan } of planned) {
      const own = spec.linux?.namespaces?.some(({ type, path }) => type === 'cgroup' && !path);
      expect(acts(plan.steps, 'cgroupReady'), name).toEqual([{ unshare: own === true }]);
    }
  });

  test('a missing directory is made before the root is read-only, and entered after the masks', () => {
    for (const { name, spec, plan, order } of planned) {
      const made = spec.process?.cwd === '/' ? [] : [true];
      expect(
        acts(plan.steps, 'cwd').map(({ create }) => create),
        name,
      ).toEqual([...made, false]);
      expect(order.lastIndexOf('cwd'), name).toBe(order.indexOf('credentials') - 1);
      if (made.length === 0) continue;
      const pivot = order.indexOf('pivotRoot');
      expect(order.indexOf('cwd'), name).toBeGreaterThan(pivot);
      expect(order.slice(pivot, order.indexOf('cwd')), name).not.toContain('rootReadonly');
    }
  });

  test('hooks of the container stand on both sides of pivot_root and the gate', () => {
    for (const { name, spec, plan, order } of planned) {
      const kinds = acts(plan.steps, 'hook').map(({ kind }) => kind);
      if (!spec.hooks) {
        expect(kinds, name).toEqual([]);
        expect(order, name).not.toContain('barrier');
        continue;
      }
      expect(kinds, name).toEqual(['createContainer', 'startContainer']);
      expect(order[order.indexOf('hook') + 1], name).toBe('pivotRoot');
      expect(order.slice(order.lastIndexOf('hook') - 1), name).toEqual([
        'waitStart',
        'hook',
        'exec',
      ]);
    }
  });

  test('every slot is opened before its one use', () => {
    for (const { name, plan } of planned) {
      const open = new Set<number>();
      for (const { act } of [...plan.prepare, ...plan.steps]) {
        if ('openSource' in act) open.add(act.openSource.slot);
        if ('openDevice' in act) open.add(act.openDevice.slot);
        const slot = 'bind' in act ? act.bind.slot : 'deviceBind' in act ? act.deviceBind.slot : -1;
        if (slot >= 0) expect(open.delete(slot), name).toBe(true);
      }
      expect([...open], name).toEqual([]);
    }
  });

  test('every step points into the configuration or is the runtime’s own', () => {
    for (const { name, spec, plan } of planned) {
      const froms = [...plan.prepare, ...plan.steps].map(({ from }) => from);
      const wrong = froms.filter((from) => from !== '' && valueAt(spec, from) === undefined);
      expect(wrong, name).toEqual([]);
    }
  });
});
