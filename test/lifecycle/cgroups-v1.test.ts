import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Config, exceptOn, type Loose, requires, useBox } from '../support/index.ts';

const box = useBox();
beforeEach((ctx) => requires(ctx, 'cgroup v1'));

const page = 4096n;
/** Runs a container with these resources and reads files of its cgroups from the kernel. */
async function limits(
  resources: Loose,
  ...files: [controller: string, file: string][]
): Promise<string[]> {
  const { id } = await box.running((c) => {
    Object.assign(c.linux.resources, resources);
  });
  return files.map(([controller, file]) =>
    readFileSync(join(box.cgroup(controller, id), file), 'utf8').trim(),
  );
}

describe('cgroup v1', () => {
  it('the process is in a cgroup of its own in every hierarchy', async () => {
    const { id, pid } = await box.running();
    const lines = box
      .read(`/proc/${pid}/cgroup`)
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('0::'));
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) expect(line).toMatch(new RegExp(`/${id}$`));
    expect(readFileSync(join(box.cgroup('pids', id), 'cgroup.procs'), 'utf8')).not.toBe('');
  });

  it('memory: limit, reservation, swap, swappiness', async () => {
    const found = await limits(
      { memory: { limit: 67108864, reservation: 33554432, swap: 134217728, swappiness: 10 } },
      ['memory', 'memory.limit_in_bytes'],
      ['memory', 'memory.soft_limit_in_bytes'],
      ['memory', 'memory.swappiness'],
    );
    expect(found).toEqual(['67108864', '33554432', '10']);
  });

  it('memory: swap', async (ctx) => {
    requires(ctx, 'file /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes');
    expect(
      await limits({ memory: { limit: 67108864, swap: 134217728 } }, [
        'memory',
        'memory.memsw.limit_in_bytes',
      ]),
    ).toEqual(['134217728']);
  });

  it('memory: -1 is no limit', async () => {
    const [limit = ''] = await limits({ memory: { limit: -1 } }, [
      'memory',
      'memory.limit_in_bytes',
    ]);
    expect(BigInt(limit)).toBe((1n << 63n) - page);
  });

  it('memory: the largest number in a page survives', async () => {
    const bundle = box.bundle(['/bin/probe', 'hold']);
    bundle.writeText(
      JSON.stringify(bundle.config).replace(
        '"resources":{',
        '"resources":{"memory":{"limit":9223372036854771712},',
      ),
    );
    const id = box.id();
    await box.ok(['run', '-d', '-b', bundle.dir, id]);
    expect(
      readFileSync(join(box.cgroup('memory', id), 'memory.limit_in_bytes'), 'utf8').trim(),
    ).toBe('9223372036854771712');
  });

  it('memory: disableOOMKiller', async () => {
    const [control = ''] = await limits({ memory: { limit: 67108864, disableOOMKiller: true } }, [
      'memory',
      'memory.oom_control',
    ]);
    expect(control).toContain('oom_kill_disable 1');
  });

  it('a process that eats more than the limit is killed: 137', async () => {
    const r = await box.run(['/bin/probe', 'eat', '200'], (c) => {
      c.linux.resources.memory = { limit: 32 << 20, swap: 32 << 20 };
    });
    expect(r.code).toBe(137);
    expect(r.stdout).toBe('');
  });

  it('cpu: shares, quota, period', async () => {
    expect(
      await limits(
        { cpu: { shares: 512, quota: 25000, period: 50000 } },
        ['cpu', 'cpu.shares'],
        ['cpu', 'cpu.cfs_quota_us'],
        ['cpu', 'cpu.cfs_period_us'],
      ),
    ).toEqual(['512', '25000', '50000']);
  });

  it('cpu: only a quota, only a period, -1', async () => {
    expect(await limits({ cpu: { quota: 30000 } }, ['cpu', 'cpu.cfs_quota_us'])).toEqual(['30000']);
    expect(await limits({ cpu: { period: 40000 } }, ['cpu', 'cpu.cfs_period_us'])).toEqual([
      '40000',
    ]);
    expect(await limits({ cpu: { quota: -1 } }, ['cpu', 'cpu.cfs_quota_us'])).toEqual(['-1']);
  });

  it('cpuset: cpus and mems; inherited when not given', async () => {
    expect(
      await limits(
        { cpu: { cpus: '0', mems: '0' } },
        ['cpuset', 'cpuset.cpus'],
        ['cpuset', 'cpuset.mems'],
      ),
    ).toEqual(['0', '0']);
    expect(await limits({}, ['cpuset', 'cpuset.cpus'], ['cpuset', 'cpuset.mems'])).toEqual([
      readFileSync('/sys/fs/cgroup/cpuset/cpuset.cpus', 'utf8').trim(),
      readFileSync('/sys/fs/cgroup/cpuset/cpuset.mems', 'utf8').trim(),
    ]);
  });

  it('pids: the limit holds', async () => {
    expect(await limits({ pids: { limit: 20 } }, ['pids', 'pids.max'])).toEqual(['20']);
    const r = await box.run(['/bin/probe', 'fork', '50'], (c) => {
      c.linux.resources.pids = { limit: 20 };
    });
    expect(r.stdout).toBe('19 EAGAIN\n');
  });

  it('pids: -1 is max', async () => {
    expect(await limits({ pids: { limit: -1 } }, ['pids', 'pids.max'])).toEqual(['max']);
  });

  it('blkio: weight where there is one', async (ctx) => {
    const file = ['blkio.weight', 'blkio.bfq.weight'].find(
      (f) =>
        existsSync(`/sys/fs/cgroup/blkio/${f}`) ||
        existsSync(`/sys/fs/cgroup/blkio/${box.prefix}/${f}`),
    );
    requires(ctx, `file /sys/fs/cgroup/blkio/${file ?? 'blkio.weight or blkio.bfq.weight'}`);
    expect(await limits({ blockIO: { weight: 300 } }, ['blkio', file ?? ''])).toEqual(['300']);
  });

  it('blkio: throttle of a device', async (ctx) => {
    requires(ctx, 'file /sys/fs/cgroup/blkio/blkio.throttle.read_bps_device', 'file /dev/vda');
    const rdev = statSync('/dev/vda').rdev;
    const [major, minor] = [rdev >> 8, rdev & 0xff];
    const rate = (n: number) => [{ major, minor, rate: n }];
    expect(
      await limits(
        {
          blockIO: {
            throttleReadBpsDevice: rate(1048576),
            throttleWriteBpsDevice: rate(2097152),
            throttleReadIOPSDevice: rate(100),
            throttleWriteIOPSDevice: rate(200),
          },
        },
        ['blkio', 'blkio.throttle.read_bps_device'],
        ['blkio', 'blkio.throttle.write_bps_device'],
        ['blkio', 'blkio.throttle.read_iops_device'],
        ['blkio', 'blkio.throttle.write_iops_device'],
      ),
    ).toEqual([
      `${major}:${minor} 1048576`,
      `${major}:${minor} 2097152`,
      `${major}:${minor} 100`,
      `${major}:${minor} 200`,
    ]);
  });

  it('devices: denied, then the list', async () => {
    const [list = ''] = await limits(
      {
        devices: [
          { allow: false, access: 'rwm' },
          { allow: true, type: 'c', major: 10, minor: 229, access: 'rw' },
        ],
      },
      ['devices', 'devices.list'],
    );
    const lines = list.split('\n').map((line) => line.trim());
    expect(lines).toEqual(
      expect.arrayContaining([
        'c 1:3 rwm',
        'c 1:5 rwm',
        'c 1:8 rwm',
        'c 1:9 rwm',
        'c 5:0 rwm',
        'c 5:2 rwm',
        'c 136:* rwm',
        'c 10:229 rw',
      ]),
    );
    expect(lines).not.toContain('a *:* rwm');
  });

  it('devices: a block device with a wildcard', async () => {
    const [list = ''] = await limits(
      {
        devices: [
          { allow: false, access: 'rwm' },
          { allow: true, type: 'b', major: 7, access: 'r' },
        ],
      },
      ['devices', 'devices.list'],
    );
    expect(list).toContain('b 7:* r');
  });

  it('a limit that the kernel refuses fails with its name, nothing is left', async () => {
    const r = await box.run('true', (c) => {
      c.linux.resources.cpu = { cpus: '4000' };
    });
    expect(r.code).toBe(1);
    expect(r.stderr).toContain('cpuset.cpus');
    await box.expectNothingLeft();
  });

  it('freezer: the cgroup is thawed when delete --force ends a frozen one', async () => {
    const { id } = await box.running();
    const dir = box.cgroup('freezer', id);
    await box.sh(`echo FROZEN > ${dir}/freezer.state`);
    expect((await box.state(id)).status).toBe('paused');
    await box.ok(['delete', '--force', id]);
    await box.expectNothingLeft();
  });

  it('a cgroup that is frozen already is refused, nothing is left', async () => {
    const group = `/sys/fs/cgroup/freezer/${box.prefix}-frozen`;
    await box.sh(`mkdir ${group} && echo FROZEN > ${group}/freezer.state`);
    const r = await box.run('true', (c) => {
      c.linux.cgroupsPath = `/${box.prefix}-frozen`;
    });
    await box.sh(`rmdir ${group}`);
    expect(r.code).toBe(1);
    expect(r.stderr).toContain("container's cgroup unexpectedly frozen");
    await box.expectNothingLeft();
  });

  it('a paused container refuses exec', async () => {
    const { id } = await box.running();
    await box.sh(`echo FROZEN > ${box.cgroup('freezer', id)}/freezer.state`);
    const r = await box.rt(['exec', id, 'true']);
    expect(r.code).toBe(255);
    expect(r.stderr).toContain(
      'cannot exec in a paused container (use --ignore-paused to override)',
    );
  });
});

describe('cgroupsPath', () => {
  const at = (path: string) => (c: Config) => {
    c.linux.cgroupsPath = path;
  };

  it('absolute: from the root of each hierarchy', async () => {
    const path = `/${box.prefix}-parent/child/leaf`;
    const { pid } = await box.running(at(path));
    expect(box.read(`/proc/${pid}/cgroup`)).toMatch(new RegExp(`^\\d+:pids:${path}$`, 'm'));
    expect(box.read(`/proc/${pid}/cgroup`)).toMatch(new RegExp(`^\\d+:memory:${path}$`, 'm'));
    await box.deleteAll();
    // the parents were made by the runtime but may be shared: they stay
    for (const dir of box.cgroups()) expect(dir).not.toMatch(/leaf/);
    await box.sweep();
  });

  it('relative: below the cgroup of the runtime', async () => {
    const { pid } = await box.running(at(`${box.prefix}-rel/leaf`));
    expect(box.read(`/proc/${pid}/cgroup`)).toMatch(
      new RegExp(`:pids:.*/${box.prefix}-rel/leaf$`, 'm'),
    );
    await box.deleteAll();
    await box.sweep();
  });

  it('unusual but clean names', async () => {
    const path = `/${box.prefix}-ü b.c+d_e/leaf:x`;
    const { pid } = await box.running(at(path));
    expect(box.read(`/proc/${pid}/cgroup`)).toContain(path);
    await box.deleteAll();
    await box.sweep();
  });

  it('.. does not lead above the hierarchy', async () => {
    const { pid } = await box.running(at(`/../../${box.prefix}-up`));
    expect(box.read(`/proc/${pid}/cgroup`)).toMatch(new RegExp(`:pids:/${box.prefix}-up$`, 'm'));
    expect(existsSync(`/sys/fs/${box.prefix}-up`)).toBe(false);
  });

  it('a cgroup that already has a process in it is not taken over', async (ctx) => {
    exceptOn(ctx, 'crun', 'joins it');
    const path = `/${box.prefix}-used`;
    await box.running(at(path));
    const r = await box.run('true', at(path));
    // runc 1.1 warns and goes on, later ones refuse: neither may end the first container's process
    expect([0, 1]).toContain(r.code);
    expect(box.processes()).toHaveLength(1);
  });

  it('an unprivileged move: the limits are in place before the program runs', async () => {
    const r = await box.run('cat /sys/fs/cgroup/pids/pids.max', (c) => {
      c.linux.resources.pids = { limit: 33 };
      c.mounts.push({
        destination: '/sys/fs/cgroup',
        type: 'cgroup',
        source: 'cgroup',
        options: ['ro', 'nosuid', 'noexec', 'nodev'],
      });
    });
    expect(r.stdout).toBe('33\n');
  });
});
