import { describe, expect, test } from 'vitest';
import type { HostFacts, LaunchPlan } from '../../../src/host/generated/plan.ts';
import type { Spec } from '../../../src/spec/generated/config.ts';
import { parseJson } from '../../../src/spec/parse-json.ts';
import { stringifyJson } from '../../../src/spec/stringify-json.ts';
import { execContainer, withContainerDefaults } from '../../../src/state/from-libcontainer.ts';
import { listToWords, wordsToList } from '../../../src/state/memory-policy.ts';
import { isPrivate, type StateRecord, splitLabels } from '../../../src/state/state-record.ts';
import { journalRecord, liveRecord, toLibcontainer } from '../../../src/state/to-libcontainer.ts';
import { facts } from '../lifecycle/fake-host.ts';

const plan = {
  cgroup: {
    version: 'v1',
    groups: facts.cgroup.hierarchies.map(({ name, mount }) => ({
      hierarchy: name,
      mount,
      path: '/c1',
    })),
  },
} as unknown as LaunchPlan;

function input(spec: Partial<Spec>, host: HostFacts = facts) {
  return {
    id: 'c1',
    spec: { ociVersion: '1.0.2', root: { path: 'rootfs' }, ...spec },
    bundle: '/b',
    rootfs: '/b/rootfs',
    plan,
    facts: host,
  };
}

describe('to libcontainer', () => {
  test('mounts: flags, data, propagation, relative bind sources', () => {
    const { mounts } = toLibcontainer(
      input({
        mounts: [
          {
            destination: '/data',
            type: 'tmpfs',
            source: 'tmpfs',
            options: ['nosuid', 'ro', 'rw', 'size=1m', 'rprivate', 'tmpcopyup'],
          },
          { destination: '/x', source: 'src', options: ['rbind', 'rro'] },
        ],
      }),
    );
    expect(mounts).toEqual([
      {
        source: 'tmpfs',
        destination: '/data',
        device: 'tmpfs',
        flags: 2,
        cleared_flags: 1,
        propagation_flags: [0x44000],
        data: 'size=1m',
        extensions: 1,
      },
      {
        source: '/b/src',
        destination: '/x',
        device: 'bind',
        flags: 0x5000,
        cleared_flags: 0,
        data: '',
        rec_attr: { Attr_set: 1, Attr_clr: 0, Propagation: 0, Userns_fd: 0 },
      },
    ]);
  });

  test('hooks in nanoseconds, labels with the bundle, namespaces by Go’s names', () => {
    const config = toLibcontainer(
      input({
        hooks: { poststop: [{ path: '/bin/true', args: ['true'], timeout: 5 }] },
        annotations: { a: 'b=c' },
        linux: { namespaces: [{ type: 'pid' }, { type: 'network', path: '/n' }] },
      }),
    );
    expect(config.Hooks?.poststop).toEqual([
      { path: '/bin/true', args: ['true'], env: null, dir: '', timeout: 5e9 },
    ]);
    expect(config.labels).toEqual(['a=b=c', 'bundle=/b']);
    expect(config.namespaces).toEqual([
      { type: 'NEWPID', path: '' },
      { type: 'NEWNET', path: '/n' },
    ]);
    expect(isPrivate(config, 'NEWPID')).toBe(true);
    expect(isPrivate(config, 'NEWNET')).toBe(false);
  });

  test('resources that were set, and a devices key in any case', () => {
    const resources = { memory: { limit: 1024 }, cpu: { shares: 1024 }, pids: { limit: -1 } };
    const { cgroups } = toLibcontainer(input({ linux: { resources, cgroupsPath: '/a/../b' } }));
    expect(cgroups).toMatchObject({ path: '/b', memory: 1024, cpu_weight: 100, pids_limit: -1 });
    expect(cgroups).not.toHaveProperty('cpu_quota');
    expect(toLibcontainer(input({})).cgroups).toMatchObject({ name: 'c1' });
    expect(toLibcontainer(input({})).cgroups.devices).toContainEqual({
      type: 99,
      major: 1,
      minor: 3,
      permissions: 'rwm',
      allow: true,
    });
  });

  test('records: journal without, record with a process; all controllers have their group', () => {
    const journal = journalRecord(input({ linux: { namespaces: [{ type: 'ipc', path: '/i' }] } }));
    expect(journal).toMatchObject({ init_process_pid: 0, init_process_start: 0, rootless: false });
    expect(journal.cgroup_paths).toEqual({
      freezer: '/sys/fs/cgroup/freezer/c1',
      devices: '/sys/fs/cgroup/devices/c1',
      cpu: '/sys/fs/cgroup/cpu,cpuacct/c1',
      cpuacct: '/sys/fs/cgroup/cpu,cpuacct/c1',
    });
    const live = liveRecord(journal, { pid: 9, startTime: 2n ** 60n });
    expect(live.namespace_paths).toMatchObject({ NEWIPC: '/i', NEWNS: '/proc/9/ns/mnt' });
    const text = stringifyJson(live);
    expect(text).toContain('"init_process_start":1152921504606846976');
    expect(parseJson(text, 's')).toEqual(JSON.parse(JSON.stringify(live, big), unbig));
  });
});

/** bigint through plain JSON and back, for comparing. */
const big = (_: string, value: unknown) => (typeof value === 'bigint' ? `big:${value}` : value);
const unbig = (_: string, value: unknown) =>
  typeof value === 'string' && value.startsWith('big:') ? BigInt(value.slice(4)) : value;

describe('seccomp', () => {
  const seccomp: NonNullable<NonNullable<Spec['linux']>['seccomp']> = {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 38,
    architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64', 'SCMP_ARCH_MIPS64N32'],
    flags: ['SECCOMP_FILTER_FLAG_LOG'],
    syscalls: [
      {
        names: ['a', 'b'],
        action: 'SCMP_ACT_KILL_PROCESS',
        args: [{ index: 1, value: 2n ** 64n - 1n, op: 'SCMP_CMP_MASKED_EQ', valueTwo: 3 }],
      },
    ],
  };

  test('numbers are libcontainer’s', () => {
    expect(toLibcontainer(input({ linux: { seccomp } })).seccomp).toEqual({
      default_action: 2,
      default_errno_ret: 38,
      architectures: ['amd64', 'arm64', 'mips64n32'],
      flags: ['SECCOMP_FILTER_FLAG_LOG'],
      syscalls: ['a', 'b'].map((name) => ({
        name,
        action: 9,
        args: [{ index: 1, value: 2n ** 64n - 1n, value_two: 3, op: 7 }],
      })),
    });
  });

  test('and come back as they were, one name an entry', () => {
    const config = toLibcontainer(input({ linux: { seccomp } }));
    const back = execContainer({ config, id: 'c1' } as unknown as StateRecord).seccomp;
    const rule = seccomp.syscalls?.[0];
    expect(back).toEqual({
      ...seccomp,
      syscalls: ['a', 'b'].map((name) => ({ ...rule, names: [name] })),
    });
  });
});

/** The shape in which runc 1.1.5 writes, shortened and with our own values. */
const runcRecord = parseJson(
  `{"id":"r1","init_process_pid":77,"init_process_start":118373,"created":"2026-11-24T03:53:12.07Z",
    "config":{"no_pivot_root":false,"rootfs":"/r/rootfs","umask":null,"mounts":[],"devices":null,
     "namespaces":[{"type":"NEWPID","path":""},{"type":"NEWUSER","path":""}],
     "capabilities":{"Bounding":["CAP_KILL"],"Effective":["CAP_KILL"],"Inheritable":null,"Permitted":["CAP_KILL"],"Ambient":null},
     "cgroups":{"name":"r1","path":"","devices":[],"memory":0,"cpu_shares":0,"Systemd":false,"Rootless":false},
     "uid_mappings":[{"container_id":0,"host_id":1000,"size":1}],"gid_mappings":[{"container_id":0,"host_id":1000,"size":1}],
     "seccomp":{"default_action":4,"architectures":["amd64"],"syscalls":[{"name":"swapon","action":2,"errnoRet":1,
       "args":[{"index":0,"value":18446744073709551615,"value_two":0,"op":1}]}],"default_errno_ret":null},
     "no_new_privileges":true,"Hooks":{"poststop":null,"prestart":null},"version":"1.0.2-dev",
     "labels":["a.b=c","bundle=/r"],"no_new_keyring":false,"rootless_euid":true},
    "rootless":true,"cgroup_paths":{"":"/sys/fs/cgroup/unified/r1","devices":"/sys/fs/cgroup/devices/r1"},
    "namespace_paths":{"NEWPID":"/proc/77/ns/pid"},"external_descriptors":["/dev/null"],"intel_rdt_path":""}`,
  'state.json',
) as unknown as StateRecord;

describe('a container of runc', () => {
  test('is entered with all that binds it', () => {
    expect(execContainer(runcRecord)).toMatchObject({
      process: { pid: 77, startTime: 118373 },
      userNamespace: true,
      denySetgroups: true,
      noNewPrivileges: true,
      cgroupPaths: { devices: '/sys/fs/cgroup/devices/r1' },
      annotations: { 'a.b': 'c' },
      seccomp: {
        defaultAction: 'SCMP_ACT_ALLOW',
        architectures: ['SCMP_ARCH_X86_64'],
        syscalls: [{ args: [{ value: 18446744073709551615n, op: 'SCMP_CMP_EQ' }] }],
      },
    });
    expect(splitLabels(runcRecord.config.labels).bundle).toBe('/r');
  });

  test('gives a process what it does not say itself', () => {
    expect(withContainerDefaults({ cwd: '/', args: ['x'] }, runcRecord.config)).toMatchObject({
      noNewPrivileges: true,
      capabilities: { bounding: ['CAP_KILL'], ambient: [] },
    });
    const said = { cwd: '/', capabilities: { bounding: [] }, noNewPrivileges: false };
    expect(withContainerDefaults(said, runcRecord.config)).toEqual(said);
  });
});

test.each(['0', '0-3,8', '63-64', '130'])('CPU list %s in words and back', (list) => {
  const words = listToWords(list);
  expect(listToWords(wordsToList(words))).toEqual(words);
});
