import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { exceptOn, type Loose, requires, useBox } from '../support/index.ts';

const box = useBox();
beforeEach((ctx) => requires(ctx, 'cgroup v1'));

const file = (id: string, controller: string, name: string) =>
  readFileSync(join(box.cgroup(controller, id), name), 'utf8').trim();
const memory = (id: string) => file(id, 'memory', 'memory.limit_in_bytes');
const pids = (id: string) => file(id, 'pids', 'pids.max');
const limited = (resources: Loose = {}) =>
  box.running((c) => {
    Object.assign(c.linux.resources, resources);
  });
const config = (id: string) =>
  JSON.parse(readFileSync(join(box.root, id, 'state.json'), 'utf8')).config.cgroups;

describe('update by flags', () => {
  it('memory in bytes and with units; -1 takes the limit away', async (ctx) => {
    exceptOn(ctx, 'crun', 'knows no units');
    const { id } = await limited({ memory: { limit: 33554432 } });
    for (const [given, bytes] of [
      ['67108864', 67108864],
      ['50M', 52428800],
      ['64m', 67108864],
      ['0.25GiB', 268435456],
      ['65536 kb', 67108864],
    ] as const) {
      await box.ok(['update', '--memory', given, id]);
      expect(memory(id)).toBe(String(bytes));
    }
    await box.ok(['update', '--memory', '-1', id]);
    expect(BigInt(memory(id))).toBeGreaterThan(1n << 60n);
    await box.ok(['update', '--memory-reservation', '32m', id]);
    expect(file(id, 'memory', 'memory.soft_limit_in_bytes')).toBe('33554432');
  });

  it('memory and memory+swap, up and down, in the order that the kernel takes', async (ctx) => {
    requires(ctx, 'file /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes');
    const { id } = await limited({ memory: { limit: 64 << 20, swap: 128 << 20 } });
    const both = () => [memory(id), file(id, 'memory', 'memory.memsw.limit_in_bytes')].map(Number);
    for (const [limit, swap] of [
      [256, 512],
      [32, 48],
      [128, 128],
    ] as const) {
      await box.ok(['update', '--memory', `${limit << 20}`, '--memory-swap', `${swap << 20}`, id]);
      expect(both()).toEqual([limit << 20, swap << 20]);
    }
    await box.ok(['update', '--memory-swap', '-1', id]);
    expect(both()[1]).toBeGreaterThan(2 ** 60);
    await box.ok(['update', '--memory', '-1', id]);
    expect(both()[0]).toBeGreaterThan(2 ** 60);
  });

  it('pids: a number, -1 for none; 0 becomes 1', async (ctx) => {
    exceptOn(ctx, 'crun', 'writes 0');
    const { id } = await limited({ pids: { limit: 20 } });
    for (const [given, wanted] of [
      ['12345', '12345'],
      ['-1', 'max'],
      ['0', '1'],
    ] as const) {
      await box.ok(['update', '--pids-limit', given, id]);
      expect(pids(id)).toBe(wanted);
    }
  });

  it('cpu: shares, quota and period alone and together', async () => {
    const { id } = await limited({ cpu: { shares: 100, quota: 500000, period: 1000000 } });
    const cpu = () =>
      ['cpu.shares', 'cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((name) => file(id, 'cpu', name));
    await box.ok(['update', '--cpu-period', '900000', id]);
    expect(cpu()).toEqual(['100', '500000', '900000']);
    await box.ok(['update', '--cpu-quota', '600000', id]);
    expect(cpu()).toEqual(['100', '600000', '900000']);
    await box.ok(['update', '--cpu-quota', '-1', id]);
    expect(cpu()).toEqual(['100', '-1', '900000']);
    await box.ok(['update', '--cpu-share=200', '--cpu-quota=3000', '--cpu-period=10000', id]);
    expect(cpu()).toEqual(['200', '3000', '10000']);
  });

  it('cpu: burst and idle, where the kernel has them', async (ctx) => {
    exceptOn(ctx, 'crun', 'has no such flags');
    const { id } = await limited({ cpu: { quota: 50000, period: 100000 } });
    requires(ctx, `file ${join(box.cgroup('cpu', id), 'cpu.cfs_burst_us')}`);
    await box.ok(['update', '--cpu-burst', '20000', id]);
    expect(file(id, 'cpu', 'cpu.cfs_burst_us')).toBe('20000');
    await box.ok(['update', '--memory', '100m', id]);
    expect(file(id, 'cpu', 'cpu.cfs_burst_us')).toBe('20000');
    await box.ok(['update', '--cpu-burst', '0', id]);
    expect(file(id, 'cpu', 'cpu.cfs_burst_us')).toBe('0');
    for (const idle of ['1', '0', '1']) {
      await box.ok(['update', '--cpu-idle', idle, id]);
      expect(file(id, 'cpu', 'cpu.idle')).toBe(idle);
    }
    expect((await box.rt(['update', '--cpu-idle', '3', id])).code).toBe(1);
    expect(file(id, 'cpu', 'cpu.idle')).toBe('1');
  });

  it('a lower period first needs the lower quota, below a group with a quota', async (ctx) => {
    exceptOn(ctx, 'crun', 'writes in one order');
    const parent = `${box.prefix}-pod`;
    const { id } = await box.running((c) => {
      c.linux.cgroupsPath = `/${parent}/${box.prefix}-leaf`;
    });
    const leaf = `/sys/fs/cgroup/cpu/${parent}/${box.prefix}-leaf`;
    writeFileSync(`/sys/fs/cgroup/cpu/${parent}/cpu.cfs_quota_us`, '50000');
    await box.ok(['update', '--cpu-quota', '50000', id]);
    expect((await box.rt(['update', '--cpu-quota', '60000', id])).code).toBe(1);
    await box.ok(['update', '--cpu-period', '10000', '--cpu-quota', '3000', id]);
    expect(readFileSync(`${leaf}/cpu.cfs_period_us`, 'utf8')).toBe('10000\n');
    expect(readFileSync(`${leaf}/cpu.cfs_quota_us`, 'utf8')).toBe('3000\n');
    await box.deleteAll();
    await box.sweep();
  });

  it('cpuset: cpus and mems', async () => {
    const { id, pid } = await limited();
    await box.ok(['update', '--cpuset-cpus', '0', '--cpuset-mems', '0', id]);
    expect(file(id, 'cpuset', 'cpuset.cpus')).toBe('0');
    expect(box.read(`/proc/${pid}/status`)).toMatch(/^Cpus_allowed_list:\t0$/m);
  });

  it('obsolete kernel memory is accepted and does nothing', async () => {
    const { id } = await limited({ memory: { limit: 64 << 20 } });
    await box.ok(['update', '--kernel-memory', '1m', '--kernel-memory-tcp', '1048576', id]);
    expect(memory(id)).toBe(String(64 << 20));
  });

  it('RDT schemas without the hardware are refused', async (ctx) => {
    if (existsSync('/sys/fs/resctrl/info/L3')) return ctx.skip('this machine has resctrl');
    exceptOn(ctx, 'crun', 'ignores them');
    const { id } = await limited();
    for (const [flag, words] of [
      ['--l3-cache-schema', 'Intel RDT/CAT: l3 cache schema is not enabled'],
      ['--mem-bw-schema', 'Intel RDT/MBA: memory bandwidth schema is not enabled'],
    ] as const) {
      const result = await box.rt(['update', flag, 'L3:0=f', id]);
      expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining(words) });
    }
  });

  it.each([
    ['--memory', '64x', 'invalid value for memory'],
    ['--cpu-share', '-1', 'invalid value for cpu-share'],
    ['--cpu-quota', 'much', 'invalid value for cpu-quota'],
    ['--cpu-period', '99999999999999999999', 'invalid value for cpu-period'],
  ])('%s %s is refused', async (flag, value, words) => {
    const { id } = await limited();
    const result = await box.rt(['update', flag, value, id]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(words);
  });
});

describe('update from JSON', () => {
  const docker = JSON.stringify({
    memory: { limit: 67108864, reservation: 0, swap: 134217728, kernel: 0 },
    cpu: { shares: 0, quota: 50000, period: 100000 },
    pids: { limit: 50 },
    blockIO: { weight: 0 },
  });

  it('on standard input, as dockerd sends it: 0 leaves alone', async (ctx) => {
    requires(ctx, 'file /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes');
    const { id } = await limited({ cpu: { shares: 333 }, memory: { reservation: 16 << 20 } });
    const result = await box.ok(['update', '--resources', '-', id], { input: docker });
    expect(result.stdout).toBe('');
    // runc warns there of kernel memory
    if (box.runtime.name === 'rundlet') expect(result.stderr).toBe('');
    expect(memory(id)).toBe('67108864');
    expect(file(id, 'memory', 'memory.memsw.limit_in_bytes')).toBe('134217728');
    expect(file(id, 'memory', 'memory.soft_limit_in_bytes')).toBe(String(16 << 20));
    expect(file(id, 'cpu', 'cpu.shares')).toBe('333');
    expect(file(id, 'cpu', 'cpu.cfs_quota_us')).toBe('50000');
    expect(pids(id)).toBe('50');
  });

  it('from a file, without any environment, as podman calls', async () => {
    const { id } = await limited();
    const path = join(box.folder(), 'resources');
    writeFileSync(path, JSON.stringify({ pids: { limit: 77 }, unknown: 1 }));
    await box.ok(['update', `--resources=${path}`, id], { env: { XDG_RUNTIME_DIR: '' } });
    expect(pids(id)).toBe('77');
    await box.ok(['update', '-r', 'resources', id], { cwd: join(path, '..') });
  });

  it('throttles of a device: changed, and added', async (ctx) => {
    requires(ctx, 'file /sys/fs/cgroup/blkio/blkio.throttle.read_bps_device', 'file /dev/vda');
    exceptOn(ctx, 'crun', 'is not asked');
    const rdev = statSync('/dev/vda').rdev;
    const device = { major: rdev >> 8, minor: rdev & 0xff };
    const { id } = await limited({
      blockIO: { throttleReadBpsDevice: [{ ...device, rate: 485760 }] },
    });
    const input = JSON.stringify({
      blockIO: {
        throttleReadBpsDevice: [{ ...device, rate: 10485760 }],
        throttleWriteIOPSDevice: [{ ...device, rate: 900 }],
      },
    });
    await box.ok(['update', '-r', '-', id], { input });
    const name = `${device.major}:${device.minor}`;
    expect(file(id, 'blkio', 'blkio.throttle.read_bps_device')).toBe(`${name} 10485760`);
    expect(file(id, 'blkio', 'blkio.throttle.write_iops_device')).toBe(`${name} 900`);
    expect(config(id).blkio_throttle_read_bps_device).toEqual([{ ...device, rate: 10485760 }]);
  });

  it('unified is for v2', async () => {
    const { id } = await limited();
    const input = '{"unified":{"memory.high":"1"}}';
    const result = await box.rt(['update', '-r', '-', id], { input });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/unified.* cgroup v1/);
  });

  it.each([
    ['', 'not JSON'],
    ['{"memory":{"limit":"64m"}}', '/memory/limit must be'],
    ['{"memory":{"limit":2,"swap":1}}', '/memory/swap'],
    ['{"cpu":{"cpus":"0-"}}', '/cpu/cpus'],
  ])('%s is refused with its place', async (input, words) => {
    const { id } = await limited({ pids: { limit: 9 } });
    const result = await box.rt(['update', '-r', '-', id], { input });
    expect(result.code).toBe(1);
    if (box.runtime.name !== 'rundlet') return;
    expect(result.stderr).toContain(words);
    expect(result.stderr).toContain('standard input:1:');
    expect(pids(id)).toBe('9');
  });

  it('a file that is not there', async () => {
    const { id } = await limited();
    const result = await box.rt(['update', '-r', '/nowhere', id]);
    expect(result).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('open /nowhere: no such file or directory'),
    });
  });
});

describe('update', () => {
  it('all or nothing: what was written before the refusal is taken back', async (ctx) => {
    exceptOn(ctx, 'runc', 'goes back to the values of its record, not to those that were');
    exceptOn(ctx, 'crun', 'takes nothing back');
    const { id } = await limited({ cpu: { shares: 300 } });
    const before = [pids(id), memory(id), config(id)];
    const input = JSON.stringify({
      memory: { limit: 64 << 20 },
      pids: { limit: 5 },
      cpu: { shares: 1000, cpus: '4000' },
    });
    const result = await box.rt(['update', '-r', '-', id], { input });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/failed to write "4000": write .*cpuset\.cpus: .*\/cpu\/cpus/);
    expect([pids(id), memory(id), config(id)]).toEqual(before);
    expect(file(id, 'cpu', 'cpu.shares')).toBe('300');
  });

  it('the record is in the words of runc', async (ctx) => {
    exceptOn(ctx, 'crun', 'has no state.json');
    const { id } = await limited({ memory: { limit: 32 << 20 }, unknown: 1 });
    await box.ok(['update', '--memory', '64m', '--cpu-share', '200', '--pids-limit', '9', id]);
    expect(config(id)).toMatchObject({
      memory: 64 << 20,
      cpu_shares: 200,
      cpu_weight: 29,
      pids_limit: 9,
    });
  });

  it('a limit below the use: the words of runc', async (ctx) => {
    exceptOn(ctx, 'crun', 'other words');
    const { id, stdout } = await box.running(
      (c) => {
        c.linux.resources = { ...c.linux.resources, memory: { limit: 256 << 20 } };
      },
      // mlocked or dirty in a tmpfs: it cannot be reclaimed without swap
      'head -c 60000000 /dev/zero > /dev/shm/fill; echo full; exec sleep 1000',
    );
    void stdout;
    await expect
      .poll(() => Number(file(id, 'memory', 'memory.usage_in_bytes')), { timeout: 10_000 })
      .toBeGreaterThan(50_000_000);
    const result = await box.rt(['update', '--memory', '1m', id]);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(
      /unable to set memory limit to 1048576 \(current usage: \d+, peak usage: \d+\)/,
    );
    expect(memory(id)).toBe(String(256 << 20));
  });

  it('device rules stay', async () => {
    const { id } = await limited({ devices: [{ allow: false, access: 'rwm' }] });
    const before = file(id, 'devices', 'devices.list');
    await box.ok(['update', '--pids-limit', '30', id]);
    expect(file(id, 'devices', 'devices.list')).toBe(before);
    expect(before).not.toContain('a *:* rwm');
  });

  it('a created, and a paused container, which stays paused', async () => {
    const bundle = box.bundle('true');
    const created = box.id();
    await box.ok(['create', '-b', bundle.dir, created]);
    await box.ok(['update', '--pids-limit', '31', created]);
    expect(pids(created)).toBe('31');
    const { id } = await limited();
    await box.ok(['pause', id]);
    await box.ok(['update', '--pids-limit', '30', id]);
    expect(pids(id)).toBe('30');
    expect((await box.state(id)).status).toBe('paused');
  });

  it('a stopped one is refused, one that is not there too', async (ctx) => {
    exceptOn(ctx, 'crun', 'other words');
    const { id } = await limited();
    await box.ok(['kill', id, 'KILL']);
    await box.status(id, 'stopped');
    expect(await box.rt(['update', '--pids-limit', '3', id])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('container not running'),
    });
    expect(await box.rt(['update', '--pids-limit', '3', 'nope'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('container does not exist'),
    });
  });

  it('eight at once end as if one after the other', async () => {
    const { id } = await limited();
    const values = Array.from({ length: 8 }, (_, i) => String(100 + i));
    const results = await Promise.all(
      values.map((value) => box.rt(['update', '--pids-limit', value, id])),
    );
    expect(results.map(({ code }) => code)).toEqual(values.map(() => 0));
    if (box.runtime.name === 'rundlet') expect(String(config(id).pids_limit)).toBe(pids(id));
    expect(values).toContain(pids(id));
  });
});
