import { readdirSync, readlinkSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { eventually, exceptOn, type Running, requires, useBox } from '../support/index.ts';

const box = useBox();
beforeEach((ctx) => {
  requires(ctx, 'cgroup v1');
  exceptOn(ctx, 'crun', 'has no events');
});

/** What the descriptors of a process are. */
const descriptors = ({ pid }: Running) => {
  try {
    const dir = `/proc/${pid()}/fd`;
    return readdirSync(dir).map((fd) => readlinkSync(`${dir}/${fd}`));
  } catch {
    return []; // it has not begun, or one was closed meanwhile
  }
};
const lines = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

describe('events --stats', () => {
  it('one line in the shape of runc, with numbers of the kernel', async () => {
    const { id } = await box.running((c) => {
      c.linux.resources = {
        ...c.linux.resources,
        memory: { limit: 64 << 20 },
        pids: { limit: 20 },
        cpu: { cpus: '0' },
      };
    });
    await box.ok(['exec', id, 'sh', '-c', 'i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done']);
    const { stdout, stderr } = await box.ok(['events', '--stats', id]);
    expect(stderr).toBe('');
    expect(stdout.match(/\n/g)).toHaveLength(1);
    expect(stdout).toMatch(new RegExp(`^\\{"type":"stats","id":"${id}","data":\\{"cpu":`));
    const { data } = JSON.parse(stdout);
    expect(Object.keys(data)).toEqual([
      'cpu',
      'cpuset',
      'memory',
      'pids',
      'blkio',
      'hugetlb',
      'intel_rdt',
      'network_interfaces',
    ]);
    expect(Object.keys(data.cpu.usage)).toEqual([
      'total',
      'percpu',
      'percpu_kernel',
      'percpu_user',
      'kernel',
      'user',
    ]);
    expect(data.cpu.usage.total).toBeGreaterThan(1e6);
    expect(data.cpu.usage.percpu.reduce((a: number, b: number) => a + b)).toBe(
      data.cpu.usage.total,
    );
    expect(data.cpuset).toMatchObject({ cpus: [0], sched_load_balance: 1 });
    expect(Object.keys(data.memory)).toEqual(
      expect.arrayContaining(['usage', 'kernel', 'kernelTCP', 'raw']),
    );
    expect(data.memory.usage.limit).toBe(64 << 20);
    expect(data.memory.usage.usage).toBeGreaterThan(0);
    expect(data.memory.usage.max).toBeGreaterThanOrEqual(data.memory.usage.usage);
    const raw = Object.keys(data.memory.raw);
    expect(raw).toEqual([...raw].sort());
    expect(data.pids).toEqual({ current: 1, limit: 20 });
    expect(data.intel_rdt).toEqual({});
    expect(data.network_interfaces).toBeNull();
  });

  it('64-bit numbers keep all digits', async () => {
    const { id } = await box.running();
    const { stdout } = await box.ok(['events', '--stats', id]);
    expect(stdout).toContain('"usage":{"limit":9223372036854771712,');
  });

  it('the same keys as runc, if it is here', async (ctx) => {
    requires(ctx, 'program runc');
    const { id } = await box.running();
    const global = ['--root', box.root];
    const theirs = await box.ok(['events', '--stats', id], { program: 'runc', global });
    const ours = await box.ok(['events', '--stats', id]);
    const keys = (value: unknown): unknown =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).map(([key, below]) => [key, keys(below)]))
        : typeof value;
    const wanted = JSON.parse(theirs.stdout);
    // older ones print an empty object where newer ones leave the key out
    if (Object.keys(wanted.data.cpu.throttling ?? {}).length === 0)
      delete wanted.data.cpu.throttling;
    expect(keys(JSON.parse(ours.stdout))).toMatchObject(keys(wanted) as object);
  });

  it('a stopped container and one that is not there are refused', async () => {
    const { id } = await box.running();
    await box.ok(['kill', id, 'KILL']);
    await box.status(id, 'stopped');
    for (const flags of [['--stats'], []]) {
      expect(await box.rt(['events', ...flags, id])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`container with id ${id} is not running`),
      });
    }
    expect((await box.rt(['events', 'nope'])).stderr).toContain('container does not exist');
  });
});

describe('events', () => {
  it('a line every interval, until the container is deleted', async () => {
    const { id } = await box.running();
    const watching = box.rt(['events', '--interval', '20ms', id]);
    await expect.poll(() => lines(watching.stdout()).length, { timeout: 5000 }).toBeGreaterThan(2);
    await box.ok(['delete', '--force', id]);
    const { code, stdout, stderr } = await watching;
    expect([code, stderr]).toEqual([0, '']);
    for (const event of lines(stdout)) {
      expect(event).toMatchObject({ type: 'stats', id, data: { pids: {} } });
    }
  });

  it('ends with the container’s process', async (ctx) => {
    exceptOn(ctx, 'runc', 'waits on v1 until the cgroup is removed');
    const { id } = await box.running();
    const watching = box.rt(['events', '--interval=1h', id]);
    await eventually('its timer is there', () =>
      descriptors(watching).includes('anon_inode:[timerfd]'),
    );
    await box.ok(['kill', id, 'KILL']);
    expect(await watching).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('an OOM of a process inside is told at once', async () => {
    const { id } = await box.running((c) => {
      c.linux.resources = {
        ...c.linux.resources,
        memory: { limit: 32 << 20, swap: 32 << 20 },
      };
    });
    const watching = box.rt(['events', '--interval', '50ms', id]);
    await watching.until(/"type":"stats"/);
    await box.rt(['exec', id, '/bin/probe', 'eat', '200']);
    await watching.until(/^\{"type":"oom","id":"[^"]+"\}$/m);
    await box.ok(['delete', '--force', id]);
    expect((await watching).code).toBe(0);
  });

  it('an OOM that ends the container is told before the end', async (ctx) => {
    exceptOn(ctx, 'runc', 'waits on v1 until the cgroup is removed');
    const { id } = await box.running((c) => {
      c.linux.resources = {
        ...c.linux.resources,
        memory: { limit: 32 << 20, swap: 32 << 20 },
      };
    }, 'while [ ! -e /tmp/go ]; do sleep 0.02; done; exec /bin/probe eat 200');
    const watching = box.rt(['events', '--interval', '20ms', id]);
    await watching.until(/"type":"stats"/);
    await box.ok(['exec', id, 'touch', '/tmp/go']);
    const { code, stdout } = await watching;
    expect(code).toBe(0);
    expect(lines(stdout)).toContainEqual({ type: 'oom', id });
  });

  it('a reader that goes away ends it', async (ctx) => {
    exceptOn(ctx, 'runc', 'is ended by SIGPIPE');
    const { id } = await box.running();
    const result = await box.sh(
      `{ ${box.runtime.path} --root ${box.root} events --interval 5ms ${id}; echo $? >&2; } | head -n 1`,
    );
    expect(lines(result.stdout)).toHaveLength(1);
    expect(result.stderr).toBe('0\n');
  });

  it.each(['0', '0s', '-1s'])('an interval of %s is refused', async (interval) => {
    const { id } = await box.running();
    expect(await box.rt(['events', `--interval=${interval}`, id])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('duration interval must be greater than 0'),
    });
  });

  it.each(['x', '5x', '1s2', ''])('%j is no interval', async (interval) => {
    const { id } = await box.running();
    const result = await box.rt(['events', `--interval=${interval}`, id]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('invalid value');
  });
});
