// Containers of a real ordinary user, who exists for these tests alone.
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bundle,
  type CommandOptions,
  type Config,
  exceptOn,
  type Running,
  repository,
  requires,
  tools,
  useBox,
} from '../support/index.ts';

const box = useBox();
const uid = 20001;
const gid = 20002;
/** The start of the ids that /etc/subuid and /etc/subgid give to the user, 65536 of them. */
const subordinate = 300000;
let home = '';
let run = '';

beforeAll(() => {
  home = box.folder('home');
  run = join(home, 'run');
  mkdirSync(run, { mode: 0o700 });
  for (const dir of [home, run]) chownSync(dir, uid, gid);
  // the tools' own folder is root's alone
  copyFileSync(tools().pty, join(home, 'pty'));
  chmodSync(join(home, 'pty'), 0o755);
  const etc = join(home, 'etc');
  mkdirSync(etc);
  writeFileSync(
    join(etc, 'passwd'),
    `root:x:0:0::/:/bin/sh\nmaria:x:${uid}:${gid}::${home}:/bin/sh\n`,
  );
  writeFileSync(join(etc, 'group'), `root:x:0:\nmaria:x:${gid}:\n`);
  for (const file of ['subuid', 'subgid'])
    writeFileSync(join(etc, file), `maria:${subordinate}:65536\n`);
});

interface UserOptions extends CommandOptions {
  /** Shell commands of root before, in a mount namespace of its own. */
  before?: string;
  /** Further environment, or another PATH. */
  variables?: Record<string, string>;
}

/** A command as the user, with his own /etc/passwd and ranges of ids. */
function asUser(argv: string[], options: UserOptions = {}): Running {
  const { before = ':', variables = {}, ...rest } = options;
  const files = ['passwd', 'group', 'subuid', 'subgid']
    .map((file) => `touch /etc/${file}; mount --bind ${home}/etc/${file} /etc/${file}`)
    .join('; ');
  const environment = { PATH: process.env['PATH'] ?? '', HOME: home, XDG_RUNTIME_DIR: run };
  const words = Object.entries({ ...environment, ...variables }).map(([k, v]) => `${k}=${v}`);
  const script = `set -e; ${files}; ${before}; exec setpriv --reuid ${uid} --regid ${gid} --clear-groups env -i "$@"`;
  return box.start(['unshare', '-m', 'sh', '-c', script, 'sh', ...words, ...argv], rest);
}

const rt = (args: string[], options?: UserOptions) => asUser([box.runtime.path, ...args], options);

async function ok(args: string[], options?: UserOptions) {
  const result = await rt(args, options);
  expect(`${result.code} ${result.stderr}`, result.command).toMatch(/^0 /);
  return result;
}

/** What `spec --rootless` makes of the usual config, for this user. */
function rootless(config: Config): void {
  config.linux.namespaces.push({ type: 'user' });
  config.linux.uidMappings = [{ containerID: 0, hostID: uid, size: 1 }];
  config.linux.gidMappings = [{ containerID: 0, hostID: gid, size: 1 }];
  delete config.linux.resources;
  for (const mount of config.mounts)
    mount.options = mount.options?.filter((option) => !/^[ug]id=/.test(option)) ?? [];
}

/** Several ids, by newuidmap and newgidmap. */
function mapped(config: Config): void {
  rootless(config);
  config.linux.uidMappings = [
    { containerID: 0, hostID: uid, size: 1 },
    { containerID: 1, hostID: subordinate, size: 65535 },
  ];
  config.linux.gidMappings = [
    { containerID: 0, hostID: gid, size: 1 },
    { containerID: 1, hostID: subordinate, size: 65535 },
  ];
}

/** The user himself is not in the container. */
function foreign(config: Config): void {
  rootless(config);
  const all = [{ containerID: 0, hostID: subordinate, size: 65536 }];
  Object.assign(config.linux, { uidMappings: all, gidMappings: all });
}

function bundle(command: string | string[], ...changes: ((config: Config) => void)[]): Bundle {
  const made = box.bundle(command, (config) => {
    for (const change of changes) change(config);
  });
  // not the programs: they are links to the tools of all tests
  for (const dir of ['.', 'tmp', 'srv', 'etc', 'root']) chownSync(join(made.rootfs, dir), uid, gid);
  return made;
}

async function runOnce(
  command: string | string[],
  change: (config: Config) => void = () => {},
  options?: UserOptions,
) {
  const made = bundle(command, rootless, change);
  return rt(['run', '-b', made.dir, box.id()], options);
}

const states = () => {
  try {
    return readdirSync(join(run, box.runtime.name));
  } catch {
    return [];
  }
};

afterEach(async () => {
  const left = states();
  for (const id of left) await rt(['delete', '--force', id]);
  expect(states()).toEqual([]);
});

/** A running container of the user. */
async function running(...changes: ((config: Config) => void)[]): Promise<string> {
  const made = bundle(['/bin/probe', 'hold'], ...(changes.length > 0 ? changes : [rootless]));
  const id = box.id();
  await ok(['create', '-b', made.dir, id]);
  await ok(['start', id]);
  return id;
}

describe('one id', () => {
  it('spec --rootless makes what this user can run', async (ctx) => {
    requires(ctx, 'root', 'userns');
    const made = bundle('true', rootless);
    const config = box.folder('spec');
    chownSync(config, uid, gid);
    await ok(['spec', '--rootless', '-b', config]);
    const spec = JSON.parse(await box.sh(`cat ${config}/config.json`).then((r) => r.stdout));
    spec.process.terminal = false;
    spec.process.args = [
      '/bin/sh',
      '-c',
      'id -u; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups',
    ];
    made.writeText(JSON.stringify(spec));
    const r = await rt(['run', '-b', made.dir, box.id()]);
    expect(r.stderr).toBe('');
    expect(r.stdout.replaceAll(/ +/g, ' ')).toBe(`0\n 0 ${uid} 1\n 0 ${gid} 1\ndeny\n`);
  });

  it('the whole life: create, start, state, list, exec, kill, delete', async (ctx) => {
    requires(ctx, 'root', 'userns');
    const id = await running();
    const root = join(run, box.runtime.name);
    expect(statSync(root).uid).toBe(uid);
    expect((statSync(root).mode & 0o7777).toString(8)).toBe('1700');
    expect(JSON.parse((await ok(['state', id])).stdout).status).toBe('running');
    expect((await ok(['list'])).stdout).toMatch(new RegExp(`${id} .*maria|${id} .*#${uid}`));
    expect((await ok(['exec', id, 'id', '-u'])).stdout).toBe('0\n');
    expect((await rt(['exec', id, '/bin/sh', '-c', 'exit 7'])).code).toBe(7);
    await ok(['kill', id, 'KILL']);
    for (let i = 0; i < 500; i++) {
      if (JSON.parse((await ok(['state', id])).stdout).status === 'stopped') break;
    }
    await ok(['delete', id]);
    expect(states()).toEqual([]);
  });

  it('without cgroups, verbs that need one say so', async (ctx) => {
    requires(ctx, 'root', 'userns', 'cgroup v1');
    exceptOn(ctx, 'runc', 'its words for ps are those of an empty path');
    const id = await running();
    const refused = async (args: string[], text: string) => {
      const r = await rt(args);
      expect([r.code, r.stderr]).toEqual([1, expect.stringContaining(text)]);
    };
    await refused(['ps', id], 'unable to get all container pids: ');
    await refused(['pause', id], 'cannot toggle freezer: cgroups not configured for container');
    await refused(
      ['update', '--pids-limit', '9', id],
      'cannot set pids limit: container could not join or create cgroup',
    );
    expect((await rt(['pause', id])).stderr).toContain('Delegate=yes');
    const stats = JSON.parse((await ok(['events', '--stats', id])).stdout);
    expect([stats.type, stats.data.pids]).toEqual(['stats', {}]);
  });

  it("the devices are the host's, bound", async () => {
    const r = await runOnce(
      'for d in null zero full random urandom tty; do stat -c "%n %t:%T %F" /dev/$d; done; echo x > /dev/null && head -c 4 /dev/zero | wc -c; ls -l /dev/ptmx | sed "s/.*-> //"',
    );
    expect(r.stderr).toBe('');
    expect(r.stdout).toBe(
      `${['null 1:3', 'zero 1:5', 'full 1:7', 'random 1:8', 'urandom 1:9', 'tty 5:0']
        .map((line) => `/dev/${line} character special file\n`)
        .join('')}4\npts/ptmx\n`,
    );
  });

  it('no device node can be made, and none of the host is asked for in vain', async () => {
    const r = await runOnce(
      'mknod /tmp/mem c 1 1; echo $?',
      (config) => (config.linux.devices = [{ path: '/dev/kmsg', type: 'c', major: 1, minor: 11 }]),
    );
    expect(r.stdout).toBe('1\n');
  });

  it("sysfs of a network that is not the container's own: the host's, read-only", async (ctx) => {
    exceptOn(ctx, 'runc', 'it leaves this to the config');
    const r = await runOnce(
      'test -d /sys/class/net/lo && echo lo; mkdir /sys/fs/cgroup/x 2>&1; grep -c " /sys.* ro[, ].*" /proc/self/mounts > /dev/null; awk \'$2 ~ "^/sys" && $4 !~ "^ro"\' /proc/self/mounts',
      (config) => {
        config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== 'network');
      },
    );
    expect(r.stderr).toBe('');
    expect(r.stdout).toBe(
      "lo\nmkdir: can't create directory '/sys/fs/cgroup/x': Read-only file system\n",
    );
  });

  it('a cgroup mount shows the group that it is in, read-only', async (ctx) => {
    requires(ctx, 'root', 'userns', 'cgroup v1');
    for (const namespaced of [false, true]) {
      const r = await runOnce(
        'cat /sys/fs/cgroup/pids/cgroup.procs > /dev/null && echo read; mkdir /sys/fs/cgroup/pids/x 2> /dev/null || echo refused; grep " /sys/fs/cgroup/pids " /proc/self/mounts | cut -d " " -f 4 | cut -c 1-2',
        (config) => {
          if (namespaced) config.linux.namespaces.push({ type: 'cgroup' });
          config.mounts.push({
            destination: '/sys/fs/cgroup',
            type: 'cgroup',
            source: 'cgroup',
            options: ['ro'],
          });
        },
      );
      expect([r.stderr, r.stdout]).toEqual(['', 'read\nrefused\nro\n']);
    }
  });

  it('a terminal', async (ctx) => {
    requires(ctx, 'root', 'userns');
    const made = bundle('test -t 0 && tty && stty size', rootless, (config) => {
      config.process.terminal = true;
    });
    const r = await asUser([
      join(home, 'pty'),
      '24x80',
      box.runtime.path,
      'run',
      '-b',
      made.dir,
      box.id(),
    ]);
    expect(r.stdout.replaceAll('\r', '')).toBe('/dev/pts/0\n24 80\n');
  });

  it('supplementary groups cannot be set, and are no error', async (ctx) => {
    exceptOn(ctx, 'runc', '1.1.5 has an error for them');
    const r = await runOnce('id -G', (config) => {
      config.process.user.additionalGids = [10];
    });
    expect([r.stderr, r.stdout]).toEqual(['', '0\n']);
  });

  it('Node runs it too', async (ctx) => {
    requires(ctx, 'root', 'userns');
    if (box.runtime.name !== 'rundlet') return;
    const made = bundle('id -u; cat /proc/self/setgroups', rootless);
    const cli = join(repository, 'dist/node/cli.js');
    const r = await asUser([process.execPath, cli, 'run', '-b', made.dir, box.id()]);
    expect([r.stderr, r.stdout]).toEqual(['', '0\ndeny\n']);
  });
});

describe('several ids', () => {
  it('newuidmap and newgidmap map them', async (ctx) => {
    exceptOn(ctx, 'runc', '1.1.5 refuses the supplementary group');
    requires(ctx, 'root', 'userns', 'program newuidmap');
    const made = bundle(
      'cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; touch /tmp/x; chown 5:6 /tmp/x; stat -c %u:%g /tmp/x',
      mapped,
      (config) => {
        config.process.user.additionalGids = [10];
      },
    );
    const r = await rt(['run', '-b', made.dir, box.id()]);
    expect(r.stderr).toBe('');
    const map = (own: number) => ` 0 ${own} 1\n 1 ${subordinate} 65535\n`;
    expect(r.stdout.replaceAll(/ +/g, ' ')).toBe(`${map(uid)}${map(gid)}allow\n5:6\n`);
    const file = statSync(join(made.rootfs, 'tmp/x'));
    expect([file.uid, file.gid]).toEqual([subordinate + 4, subordinate + 5]);
  });

  it('supplementary groups, also of an exec', async (ctx) => {
    requires(ctx, 'root', 'userns', 'program newuidmap');
    exceptOn(ctx, 'runc', 'it never sets groups for an ordinary user');
    const id = await running(mapped, (config) => {
      config.process.user.additionalGids = [10];
    });
    expect((await ok(['exec', id, 'id', '-G'])).stdout).toBe('0 10\n');
    expect((await ok(['exec', '-u', '5:6', id, 'id', '-u'])).stdout).toBe('5\n');
  });

  it("ids that are not the user's are refused, nothing is left", async (ctx) => {
    requires(ctx, 'root', 'userns', 'program newuidmap');
    const made = bundle('true', mapped, (config) => {
      config.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
    });
    const r = await rt(['run', '-b', made.dir, box.id()]);
    expect(r.code).toBe(1);
    expect(r.stderr).toMatch(/newuidmap/);
    if (box.runtime.name === 'rundlet') expect(r.stderr).toContain('/etc/subuid');
    expect(states()).toEqual([]);
  });

  it('without the helpers the error says what to install', async (ctx) => {
    requires(ctx, 'root', 'userns');
    exceptOn(ctx, 'runc', 'it has no hints');
    const made = bundle('true', mapped);
    const r = await rt(['run', '-b', made.dir, box.id()], { variables: { PATH: '/nowhere' } });
    expect(r.code).toBe(1);
    expect(r.stderr).toMatch(/newuidmap: no such file or directory.*package uidmap/);
  });
});

describe('what cannot be', () => {
  const refusals: [string, (config: Config) => void, string][] = [
    [
      'no user namespace',
      (config) => {
        config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== 'user');
        delete config.linux.uidMappings;
        delete config.linux.gidMappings;
      },
      'rootless container requires user namespaces',
    ],
    [
      'an owner of a mount that has no mapping',
      (config) => config.mounts.find(({ type }) => type === 'devpts')?.options?.push('gid=5'),
      'cannot specify gid=5 mount option for rootless container: user namespaces enabled, but no mapping found for gid 5',
    ],
    [
      'a limit without permission for cgroups',
      (config) => {
        config.linux.resources = { pids: { limit: 10 } };
      },
      'cannot set pids limit: container could not join or create cgroup',
    ],
    [
      'a cgroup that somebody else owns',
      (config) => {
        config.linux.cgroupsPath = `/${box.prefix}-other`;
      },
      'permission denied',
    ],
    [
      'a user without mapping',
      (config) => {
        config.process.user.uid = 7;
      },
      'unmapped uid 7 in user namespace',
    ],
  ];
  for (const [what, change, text] of refusals) {
    it(what, async (ctx) => {
      requires(ctx, 'root', 'userns', 'cgroup v1');
      if (what.includes('mapp')) exceptOn(ctx, 'runc', '1.1.5 has other words');
      const r = await runOnce('true', change);
      expect([r.code, r.stderr]).toEqual([1, expect.stringContaining(text)]);
      expect(states()).toEqual([]);
    });
  }

  it('no directory for records', async (ctx) => {
    requires(ctx, 'root', 'userns');
    exceptOn(ctx, 'runc', 'it has no hints');
    const r = await runOnce('true', () => {}, { variables: { XDG_RUNTIME_DIR: '' } });
    expect([r.code, r.stderr]).toEqual([1, expect.stringContaining('XDG_RUNTIME_DIR')]);
  });
});

describe('cgroups', () => {
  /** Groups of the user in every hierarchy of v1. */
  const delegateV1 = `for h in /sys/fs/cgroup/*/; do
      grep -q "$h" /dev/null; [ -e $h/tasks ] || continue
      mkdir -p $h/${'$G'}; chown -R ${uid} $h/${'$G'}
      if [ -e $h/cpuset.cpus ]; then for f in cpus mems; do cat $h/cpuset.$f > $h/${'$G'}/cpuset.$f; done; fi
    done`;

  for (const [name, change] of [
    ['one id', rootless],
    ['several ids', mapped],
    ['ids of which none is the user', foreign],
  ] as const) {
    it(`v1, delegated, ${name}: limits, ps, pause, update`, async (ctx) => {
      requires(ctx, 'root', 'userns', 'cgroup v1', 'program newuidmap');
      const group = `${box.prefix}-user`;
      await box.sh(delegateV1.replaceAll('$G', group));
      const id = await running(change, (config) => {
        config.linux.cgroupsPath = `/${group}/c`;
        config.linux.resources = { pids: { limit: 20 } };
      });
      const file = `/sys/fs/cgroup/pids/${group}/c/pids.max`;
      expect((await box.sh(`cat ${file}`)).stdout).toBe('20\n');
      expect(JSON.parse((await ok(['ps', '-f', 'json', id])).stdout)).toHaveLength(1);
      expect((await ok(['exec', id, 'grep', 'pids', '/proc/self/cgroup'])).stdout).toContain(
        `/${group}/c`,
      );
      await ok(['pause', id]);
      expect(JSON.parse((await ok(['state', id])).stdout).status).toBe('paused');
      await ok(['resume', id]);
      await ok(['update', '--pids-limit', '30', id]);
      expect((await box.sh(`cat ${file}`)).stdout).toBe('30\n');
      await ok(['delete', '--force', id]);
      expect(box.cgroups().filter((path) => path.endsWith('/c'))).toEqual([]);
      await box.sh(`rmdir /sys/fs/cgroup/*/${group}`);
    });
  }

  const v2 = 'umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup';

  it('v2, not delegated: runs without', async (ctx) => {
    requires(ctx, 'root', 'userns');
    const r = await runOnce(
      'cat /proc/self/cgroup | grep ^0; mkdir /sys/fs/cgroup/x 2>/dev/null || echo refused',
      (config) =>
        config.mounts.push({
          destination: '/sys/fs/cgroup',
          type: 'cgroup',
          source: 'cgroup',
          options: ['ro'],
        }),
      { before: v2 },
    );
    expect([r.stderr, r.stdout]).toEqual(['', '0::/\nrefused\n']);
  });

  it('v2, not delegated, with limits or a path: refused', async (ctx) => {
    requires(ctx, 'root', 'userns');
    exceptOn(ctx, 'runc', 'pids is no controller of this v2 tree for it');
    const limited = await runOnce(
      'true',
      (config) => {
        config.linux.resources = { pids: { limit: 10 } };
      },
      { before: v2 },
    );
    expect([limited.code, limited.stderr]).toEqual([
      1,
      expect.stringContaining(
        'rootless needs no limits + no cgrouppath when no permission is granted for cgroups: mkdir /sys/fs/cgroup/',
      ),
    ]);
    const placed = await runOnce(
      'true',
      (config) => {
        config.linux.cgroupsPath = `/${box.prefix}-other`;
      },
      { before: v2 },
    );
    expect([placed.code, placed.stderr]).toEqual([1, expect.stringContaining('permission denied')]);
  });

  for (const [name, change] of [
    ['one id', rootless],
    ['several ids', mapped],
    ['ids of which none is the user', foreign],
  ] as const) {
    it(`v2, delegated, ${name}: create, exec, ps, pause, delete`, async (ctx) => {
      requires(ctx, 'root', 'userns', 'program newuidmap');
      const group = `${box.prefix}-user2`;
      const before = `${v2}; mkdir -p /sys/fs/cgroup/${group}/me; chown -R ${uid} /sys/fs/cgroup/${group}; echo $$ > /sys/fs/cgroup/${group}/me/cgroup.procs`;
      const made = bundle(['/bin/probe', 'hold'], change, (config) => {
        config.linux.cgroupsPath = `/${group}/c`;
        config.linux.namespaces.push({ type: 'cgroup' });
      });
      const id = box.id();
      await ok(['create', '-b', made.dir, id], { before });
      await ok(['start', id], { before });
      expect((await ok(['exec', id, 'cat', '/proc/self/cgroup'], { before })).stdout).toContain(
        '0::/\n',
      );
      expect(JSON.parse((await ok(['ps', '-f', 'json', id], { before })).stdout)).toHaveLength(1);
      await ok(['pause', id], { before });
      await ok(['resume', id], { before });
      await ok(['delete', '--force', id], { before });
      await box.sh(`rmdir /sys/fs/cgroup/unified/${group}/me /sys/fs/cgroup/unified/${group}`);
      expect(box.cgroups()).toEqual([]);
    });
  }

  it("none mounted: a user's runs, root's does when it is told to do without", async (ctx) => {
    requires(ctx, 'root', 'userns');
    exceptOn(ctx, 'runc', 'it cannot');
    const before = 'umount -R /sys/fs/cgroup';
    const r = await runOnce('echo ran', () => {}, { before });
    expect([r.stderr, r.stdout]).toEqual(['', 'ran\n']);
    const made = box.bundle('echo ran', (config) => delete config.linux.resources);
    const asRoot = (...flags: string[]) =>
      box.sh(
        `unshare -m sh -c '${before}; exec "$@"' sh ${box.runtime.path} --root ${box.root} ${flags.join(' ')} run -b ${made.dir} ${box.id()}`,
      );
    expect((await asRoot()).stderr).toContain('no cgroup mount found in mountinfo');
    expect((await asRoot('--cgroup-manager', 'disabled')).stdout).toBe('ran\n');
  });

  it('cgroup-manager disabled: the container stays in the groups of the caller', async (ctx) => {
    requires(ctx, 'root', 'cgroup v1');
    exceptOn(ctx, 'runc', "the flag is crun's");
    const made = box.bundle('cat /proc/self/cgroup');
    const own = (await box.sh('cat /proc/self/cgroup')).stdout;
    const r = await box.rt(['run', '-b', made.dir, box.id()], {
      global: ['--root', box.root, '--cgroup-manager=disabled'],
    });
    expect([r.stderr, r.stdout]).toEqual(['', own]);
  });
});

describe('root of a user namespace', () => {
  it("runs without a user namespace of the container's own", async (ctx) => {
    requires(ctx, 'root', 'userns');
    const made = bundle(
      'id -u; cat /proc/self/uid_map; echo > /dev/null && echo null',
      (config) => {
        delete config.linux.resources;
        for (const mount of config.mounts)
          mount.options = mount.options?.filter((option) => !/^[ug]id=/.test(option)) ?? [];
      },
    );
    chmodSync(made.dir, 0o755);
    const r = await asUser(['unshare', '-Ur', box.runtime.path, 'run', '-b', made.dir, box.id()]);
    expect([r.stderr, r.stdout.replaceAll(/ +/g, ' ')]).toEqual(['', `0\n 0 ${uid} 1\nnull\n`]);
    expect(statSync(join(run, box.runtime.name)).uid).toBe(uid);
  });
});
