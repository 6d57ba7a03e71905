import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exceptOn, useBox } from '../support/index.ts';

const box = useBox();

describe('list', () => {
  it("prints a table with runc's columns", async () => {
    const { id, pid, bundle } = await box.running();
    const [head, line, ...more] = (await box.ok(['list'])).stdout.trimEnd().split('\n');
    expect(head?.split(/\s{2,}/)).toEqual(['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER']);
    const cells = line?.split(/\s{2,}/) ?? [];
    expect(cells.slice(0, 4)).toEqual([id, String(pid), 'running', bundle.dir]);
    expect(cells[5]).toBe('root');
    expect(more).toEqual([]);
  });

  it('-q prints ids', async () => {
    const ids = [(await box.running()).id, (await box.running()).id];
    expect((await box.ok(['list', '-q'])).stdout).toBe(`${ids.sort().join('\n')}\n`);
  });

  it('--format json prints one array with owner and status', async () => {
    const { id, pid } = await box.running();
    for (const flag of [['--format', 'json'], ['-f=json'], ['-f', 'json'], ['--format=json']]) {
      const list = JSON.parse((await box.ok(['list', ...flag])).stdout);
      expect(list).toHaveLength(1);
      expect(list[0]).toMatchObject({ id, pid, status: 'running', owner: 'root' });
    }
  });

  it('--format json prints null for an empty root', async () => {
    mkdirSync(box.root, { recursive: true });
    expect((await box.ok(['list', '-f', 'json'])).stdout).toBe('null\n');
    rmSync(box.root, { recursive: true });
  });

  it('knows stopped and created ones', async () => {
    const bundle = box.bundle('exit 0');
    const created = box.id();
    await box.ok(['create', '-b', bundle.dir, created]);
    const { id } = await box.running();
    await box.ok(['kill', id, 'KILL']);
    await box.status(id, 'stopped');
    const list: { id: string; status: string; pid: number }[] = JSON.parse(
      (await box.ok(['list', '-f', 'json'])).stdout,
    );
    expect(new Map(list.map((c) => [c.id, c.status]))).toEqual(
      new Map([
        [created, 'created'],
        [id, 'stopped'],
      ]),
    );
    expect(list.find((c) => c.id === id)?.pid).toBe(0);
  });

  it('refuses an unknown format', async () => {
    expect((await box.rt(['list', '-f', 'xml'])).code).toBe(1);
  });
});

describe('ps', () => {
  it('--format json prints the pids of the container as the caller sees them', async () => {
    const { id, pid } = await box.running(undefined, 'sleep 1000 & exec sleep 1000');
    const pids = async (): Promise<number[]> =>
      JSON.parse((await box.ok(['ps', '--format', 'json', id])).stdout);
    // the shell forks some time after start returned
    await expect.poll(async () => (await pids()).length, { timeout: 5000 }).toBe(2);
    expect(await pids()).toContain(pid);
  });

  it('the table is the lines of ps -ef, filtered', async () => {
    const { id, pid } = await box.running(undefined, 'exec sleep 1000');
    const lines = (await box.ok(['ps', id])).stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^UID\s+PID\s+PPID/);
    expect(lines.slice(1)).toHaveLength(1);
    expect(lines[1]).toMatch(new RegExp(`\\s${pid}\\s.*sleep 1000`));
  });

  it('hands arguments to ps', async () => {
    const { id, pid } = await box.running(undefined, 'exec sleep 1000');
    const { stdout } = await box.ok(['ps', id, '-eo', 'pid,comm']);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((l) => l.trim().split(/\s+/)),
    ).toEqual([
      ['PID', 'COMMAND'],
      [String(pid), 'sleep'],
    ]);
  });

  it('finds the rows however much ps prints before them', async () => {
    await box.running(
      (c) => c.process.env.push(`LARGE=${'x'.repeat(100_000)}`),
      ['/bin/sleep', '1000'],
    );
    const { id, pid } = await box.running(undefined, ['/bin/sleep', '1000']);
    const { stdout } = await box.ok(['ps', id, '-e', '-x']);
    expect(stdout).toMatch(new RegExp(`^ *PID .*\\n *${pid} .*/bin/sleep 1000`));
  });
});

describe('spec', () => {
  it('writes a config.json that runs', async () => {
    const bundle = box.bundle('exit 0');
    rmSync(join(bundle.dir, 'config.json'));
    await box.ok(['spec', '-b', bundle.dir]);
    const config = JSON.parse(readFileSync(join(bundle.dir, 'config.json'), 'utf8'));
    expect(config.process.args).toEqual(['sh']);
    expect(config.process.terminal).toBe(true);
    expect(config.root).toEqual({ path: 'rootfs', readonly: true });
    expect(config.linux.namespaces.map((n: { type: string }) => n.type)).toEqual(
      expect.arrayContaining(['pid', 'network', 'ipc', 'uts', 'mount']),
    );
    config.process.terminal = false;
    config.process.args = ['echo', 'from spec'];
    bundle.writeText(JSON.stringify(config));
    expect((await box.ok(['run', '-b', bundle.dir, box.id()])).stdout).toBe('from spec\n');
  });

  it('refuses to overwrite', async () => {
    const bundle = box.bundle('exit 0');
    const before = readFileSync(join(bundle.dir, 'config.json'), 'utf8');
    const r = await box.rt(['spec', '-b', bundle.dir]);
    expect(r.code).toBe(1);
    expect(r.stderr).toContain('config.json exists');
    expect(readFileSync(join(bundle.dir, 'config.json'), 'utf8')).toBe(before);
  });

  it('--rootless maps the caller and drops the network namespace', async () => {
    const dir = box.folder();
    await box.ok(['spec', '--rootless', '-b', dir]);
    const config = JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8'));
    expect(config.linux.uidMappings).toEqual([{ containerID: 0, hostID: 0, size: 1 }]);
    const types = config.linux.namespaces.map((n: { type: string }) => n.type);
    expect(types).toContain('user');
    expect(types).not.toContain('network');
    expect(config.linux.resources).toBeUndefined();
  });
});

describe('features', () => {
  it('prints the document of the runtime-spec', async (ctx) => {
    exceptOn(ctx, 'crun', '1.8 has no features');
    const { stdout } = await box.ok(['features'], { global: [] });
    const features = JSON.parse(stdout);
    expect(features.ociVersionMin).toMatch(/^1\.0\./);
    expect(features.ociVersionMax).toMatch(/^1\.\d+/);
    expect(features.hooks).toEqual(
      expect.arrayContaining([
        'prestart',
        'createRuntime',
        'createContainer',
        'startContainer',
        'poststart',
        'poststop',
      ]),
    );
    expect(features.mountOptions).toEqual(
      expect.arrayContaining(['ro', 'rbind', 'nosuid', 'rslave']),
    );
    expect(features.linux.namespaces).toEqual(
      expect.arrayContaining(['cgroup', 'ipc', 'mount', 'network', 'pid', 'user', 'uts']),
    );
    expect(features.linux.capabilities).toContain('CAP_SYS_ADMIN');
    expect(features.linux.cgroup).toMatchObject({ v1: true, v2: true });
    expect(features.linux.seccomp.enabled).toBe(true);
    expect(features.linux.seccomp.actions).toContain('SCMP_ACT_ERRNO');
    expect(features.linux.seccomp.operators).toContain('SCMP_CMP_MASKED_EQ');
  });
});
