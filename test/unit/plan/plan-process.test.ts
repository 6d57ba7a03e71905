import { describe, expect, test } from 'vitest';
import { planExec } from '../../../src/plan/plan-exec.ts';
import type { ExecContainer } from '../../../src/plan/plan-options.ts';
import { pointerOf } from '../../../src/plan/pointer-of.ts';
import type { Process } from '../../../src/spec/generated/config.ts';
import { factsRootless, factsV1, factsV2 } from '../../plan/facts.ts';
import { acts, faultOf, names, options, planOf, specOf } from './spec-of.ts';

const container: ExecContainer = {
  process: { pid: 42, startTime: 7 },
  userNamespace: false,
  cgroupPaths: { '': '/sys/fs/cgroup/engine/box' },
};
const process: Process = { args: ['true'], cwd: '/' };

function planProcess(more: Partial<Process>, facts = factsV1) {
  return planOf(specOf({}, [], more), {}, facts).steps;
}

describe('capabilities', () => {
  const credentials = (capabilities: NonNullable<Process['capabilities']>, lastCap = 40) => {
    const warnings: string[] = [];
    const { steps } = planOf(
      specOf({}, [], { capabilities }),
      { warn: (text) => warnings.push(text) },
      { ...factsV1, lastCap },
    );
    return { ...acts(steps, 'credentials')[0].capabilities, warnings };
  };

  test('become numbers', () => {
    const sets = credentials({ bounding: ['CAP_CHECKPOINT_RESTORE', 'CAP_CHOWN', 'CAP_BPF'] });
    expect(sets.bounding).toEqual([0, 39, 40]);
  });

  test('what the kernel does not know is left out and told once', () => {
    const names = ['CAP_BPF', 'CAP_KILL', 'CAP_NONE', 'kill', 'CAP_constructor'];
    const { bounding, warnings } = credentials({ bounding: names, effective: names }, 38);
    expect(bounding).toEqual([5]);
    expect(warnings).toEqual([
      'ignoring unknown or unavailable capabilities: [CAP_BPF CAP_NONE CAP_constructor kill]',
    ]);
  });

  test('absent sets are empty, never the caller’s', () => {
    const empty = { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] };
    expect(acts(planProcess({}), 'credentials')[0].capabilities).toEqual(empty);
  });

  test('ambient ones must be inheritable and permitted', () => {
    const sets = credentials({
      ambient: ['CAP_KILL', 'CAP_CHOWN', 'CAP_BPF'],
      inheritable: ['CAP_KILL', 'CAP_CHOWN'],
      permitted: ['CAP_KILL', 'CAP_BPF'],
    });
    expect(sets.ambient).toEqual([5]);
  });
});

describe('environment and program', () => {
  test('of a name given twice the last one stays', () => {
    const steps = planProcess({ env: ['PATH=/a', 'X=1', 'PATH=/b', 'Y=a=b'] });
    expect(acts(steps, 'exec')[0].env).toEqual(['X=1', 'PATH=/b', 'Y=a=b']);
    expect(acts(steps, 'lookupProgram')).toEqual([{ file: 'true', path: '/b' }]);
  });

  test.each(['X', '=x', ''])('%j is refused', (entry) => {
    const fault = faultOf(() => planProcess({ env: ['A=1', entry] }));
    expect(fault).toMatchObject({ code: 'ERR_RUNDLET_CONFIG_INVALID', pointer: '/process/env/1' });
  });

  test('no arguments and a relative directory are refused', () => {
    expect(faultOf(() => planProcess({ args: [] })).message).toBe('args must not be empty');
    expect(faultOf(() => planProcess({ cwd: 'tmp' })).message).toBe('Cwd must be an absolute path');
  });
});

describe('limits and scheduling', () => {
  test('rlimits keep 64 bits', () => {
    const soft = 18446744073709551615n;
    const steps = planProcess({ rlimits: [{ type: 'RLIMIT_RTTIME', soft, hard: soft }] });
    expect(acts(steps, 'rlimit')).toEqual([{ resource: 15, soft, hard: soft }]);
  });

  test.each(['NOFILE', 'RLIMIT_', 'RLIMIT_nofile'])('rlimit %s is refused', (type) => {
    const fault = faultOf(() => planProcess({ rlimits: [{ type, soft: 1, hard: 1 }] }));
    expect(fault.pointer).toBe('/process/rlimits/0/type');
  });

  test('scheduler and I/O priority become the kernel’s numbers', () => {
    const steps = planProcess({
      scheduler: {
        policy: 'SCHED_DEADLINE',
        flags: ['SCHED_FLAG_RESET_ON_FORK', 'SCHED_FLAG_UTIL_CLAMP_MAX'],
        runtime: 1n << 60n,
      },
      ioPriority: { class: 'IOPRIO_CLASS_IDLE', priority: 7 },
    });
    expect(acts(steps, 'scheduler')[0]).toMatchObject({
      policy: 6,
      flags: 0x41,
      runtime: 1n << 60n,
    });
    expect(acts(steps, 'ioPriority')).toEqual([{ class: 3, priority: 7 }]);
  });

  test('memory policy and personality', () => {
    const { steps } = planOf(
      specOf({
        memoryPolicy: { mode: 'MPOL_BIND', nodes: '3,0-1', flags: ['MPOL_F_RELATIVE_NODES'] },
        personality: { domain: 'LINUX32' },
      }),
    );
    expect(acts(steps, 'memoryPolicy')).toEqual([{ mode: 2 | (1 << 14), nodes: [0, 1, 3] }]);
    expect(acts(steps, 'personality')).toEqual([{ domain: 8 }]);
  });

  test.each(['', 'x', '3-1', '-1', '1-', '0x1', '99999', '1.5'])(
    'node list %j is refused',
    (nodes) => {
      const linux = { memoryPolicy: { mode: 'MPOL_BIND' as const, nodes: nodes || ',' } };
      const fault = faultOf(() => planOf(specOf(linux)));
      expect(fault.pointer).toBe('/linux/memoryPolicy/nodes');
    },
  );

  test('the affinity is for exec only', () => {
    const execCPUAffinity = { final: '0-2' };
    expect(acts(planProcess({ execCPUAffinity }), 'cpuAffinity')).toEqual([]);
    const { steps } = planExec({ ...process, execCPUAffinity }, container, options, factsV2);
    expect(acts(steps, 'cpuAffinity')).toEqual([{ cpus: [0, 1, 2] }]);
    expect(names(steps).indexOf('cgroupReady')).toBeLessThan(names(steps).indexOf('cpuAffinity'));
  });
});

describe('labels', () => {
  test('are set where the host has them, and refused elsewhere', () => {
    const labels = { apparmorProfile: 'box', selinuxLabel: 'a:b' };
    const steps = planProcess(labels, factsV2);
    expect(acts(steps, 'apparmor')).toEqual([{ profile: 'box' }]);
    expect(acts(steps, 'selinux')).toEqual([{ label: 'a:b' }]);
    for (const key of ['apparmorProfile', 'selinuxLabel'] as const) {
      expect(faultOf(() => planProcess({ [key]: 'x' }))).toMatchObject({
        code: 'ERR_RUNDLET_UNSUPPORTED',
        pointer: `/process/${key}`,
      });
    }
    expect(names(planProcess({ apparmorProfile: '', selinuxLabel: '' }))).not.toContain('apparmor');
  });
});

describe('groups', () => {
  test('are always set by root, never the caller’s', () => {
    expect(acts(planProcess({}), 'credentials')[0]).toMatchObject({
      uid: 0,
      gid: 0,
      additionalGids: [],
      setGroups: true,
    });
  });

  test('an ordinary user with one id cannot, with a helper can', () => {
    const rootless = (size: number) => {
      const map = [{ containerID: 0, hostID: 1000, size }];
      const namespaces = [{ type: 'mount' as const }, { type: 'user' as const }];
      const linux = { namespaces, uidMappings: map, gidMappings: map };
      const plan = planOf(specOf(linux), {}, factsRootless);
      return [plan.user, acts(plan.steps, 'credentials')[0].setGroups];
    };
    expect(rootless(1)).toMatchObject([{ deny_setgroups: true, helpers: false }, false]);
    expect(rootless(2)).toMatchObject([{ deny_setgroups: false, helpers: true }, true]);
  });
});

describe("the caller's groups", () => {
  const key = 'run.oci.keep_original_groups';
  test.each([
    [{}, true],
    [{ [key]: '1' }, false],
    [{ [key]: '0' }, true],
  ])('%j', (annotations, setGroups) => {
    const plan = planOf({ ...specOf({ namespaces: [{ type: 'mount' }] }), annotations });
    expect(acts(plan.steps, 'credentials')[0].setGroups).toBe(setGroups);
    const further = planExec(process, { ...container, annotations }, options, factsV1);
    expect(acts(further.steps, 'credentials')[0].setGroups).toBe(setGroups);
  });
});

describe('planExec', () => {
  test('enters the container and its groups, and makes nothing', () => {
    const plan = planExec(process, container, options, factsV2);
    expect(plan.namespaces).toEqual({ create: [], join: [], of: { pid: 42, startTime: 7 } });
    expect(plan.cgroup).toMatchObject({
      existing: true,
      devices: [],
      groups: [{ mount: '/sys/fs/cgroup', path: '/engine/box', writes: [] }],
    });
    expect(plan.gate).toEqual({ open: {} });
    for (const made of ['rootfs', 'mount', 'pivotRoot', 'mask', 'hook', 'barrier', 'propagation']) {
      expect(names(plan.steps)).not.toContain(made);
    }
  });

  test('is never freer than the container', () => {
    const seccomp = { defaultAction: 'SCMP_ACT_ALLOW' as const };
    const strict = { ...container, noNewPrivileges: true, seccomp };
    const { steps } = planExec({ ...process, noNewPrivileges: false }, strict, options, factsV2);
    const order = names(steps);
    expect(order).toContain('noNewPrivileges');
    expect(order.slice(-3)).toEqual(['seccomp', 'waitStart', 'exec']);
  });

  test.each([
    ['sub', '/engine/box/sub'],
    ['/a//b/', '/engine/box/a/b'],
    ['', '/engine/box'],
  ])('sub-group %j is %s', (sub, path) => {
    const plan = planExec(process, container, { ...options, subCgroups: { '': sub } }, factsV2);
    expect(plan.cgroup?.groups[0]?.path).toBe(path);
  });

  test.each(['..', 'a/../../..', '../box2'])('sub-group %j is refused', (sub) => {
    const more = { ...options, subCgroups: { '': sub } };
    const fault = faultOf(() => planExec(process, container, more, factsV2));
    expect(fault.message).toBe(`bad sub cgroup path: "${sub}"`);
  });

  test('points into the file that the caller names', () => {
    const fault = faultOf(() => planExec({ ...process, args: [] }, container, options, factsV2));
    expect(fault.pointer).toBe('/args');
    const more = { ...options, processPointer: '/process' };
    const plan = planExec(process, container, more, factsV2);
    expect(pointerOf(plan, 'steps', plan.steps.length - 1)).toBe('/process/args');
    expect(pointerOf(plan, 'steps', 999)).toBe('');
    expect(pointerOf(plan, 'stage', 0)).toBe('');
  });
});
