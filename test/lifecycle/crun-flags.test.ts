// What callers of crun know: one path for all, one file for all, one signal for many.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exceptOn, requires, useBox } from '../support/index.ts';

const box = useBox({ legacy: true });

describe('--regex', () => {
  it('kill and delete go to all whose id matches, and no others', async (ctx) => {
    exceptOn(ctx, 'runc', 'has no such flag');
    const ids = [(await box.running()).id, (await box.running()).id];
    const bundle = box.bundle(['/bin/probe', 'hold']);
    const other = box.id('other');
    await box.ok(['run', '-d', '-b', bundle.dir, other]);
    await box.ok(['kill', '-r', `^${box.prefix}-c`, 'KILL']);
    for (const id of ids) await box.status(id, 'stopped');
    expect((await box.state(other)).status).toBe('running');
    await box.ok(['delete', '--regex', `^${box.prefix}-c`]);
    expect(box.states()).toEqual([other]);
    await box.ok(['delete', '--force', '--regex', 'other']);
    expect(box.states()).toEqual([]);
  });
});

describe('create and run --config', () => {
  it('another file than config.json; exec finds it again', async (ctx) => {
    exceptOn(ctx, 'runc', 'has no such flag');
    const bundle = box.bundle(['/bin/probe', 'hold'], (c) => {
      c.process.env.push('FROM=file');
    });
    const file = join(box.folder(), 'other.json');
    writeFileSync(file, JSON.stringify(bundle.config));
    rmSync(join(bundle.dir, 'config.json'));
    const id = box.id();
    await box.ok(['create', '-b', bundle.dir, '-f', file, id]);
    await box.ok(['start', id]);
    expect((await box.ok(['exec', id, 'sh', '-c', 'echo $FROM'])).stdout).toBe('file\n');
  });

  it('errors name the file', async (ctx) => {
    exceptOn(ctx, 'runc', 'has no such flag');
    const bundle = box.bundle('true');
    const file = join(box.folder(), 'broken.json');
    writeFileSync(file, '{"ociVersion": 1}');
    const result = await box.rt(['run', '-b', bundle.dir, '--config', file, box.id()]);
    expect(result.code).toBe(1);
    if (box.runtime.name === 'rundlet') expect(result.stderr).toContain(`${file}:1:`);
  });
});

describe('exec --cgroup', () => {
  it('one path alone is joined in every hierarchy', async (ctx) => {
    requires(ctx, 'cgroup v1');
    exceptOn(ctx, 'crun', 'is not asked');
    const { id } = await box.running();
    const outside = await box.rt(['exec', '--cgroup', '..', id, 'true']);
    expect(outside.code).toBe(255);
    expect(outside.stderr).toContain('bad sub cgroup path');
    const { stdout } = await box.ok(['exec', '--cgroup', '/', id, 'cat', '/proc/self/cgroup']);
    expect(stdout).toMatch(new RegExp(`:pids:.*/${id}$`, 'm'));
  });
});

describe('a created container', () => {
  it.for(['TERM', 'INT', 'HUP'])('can be stopped by %s', async (signal, ctx) => {
    exceptOn(ctx, 'crun', 'drops it');
    const bundle = box.bundle('echo begun > /tmp/begun');
    const id = box.id();
    await box.ok(['create', '-b', bundle.dir, id]);
    await box.ok(['kill', id, signal]);
    await box.status(id, 'stopped');
    expect(existsSync(join(bundle.rootfs, 'tmp/begun'))).toBe(false);
  });

  it('its program begins with the usual dispositions', async () => {
    const bundle = box.bundle('grep Sig /proc/self/status > /tmp/signals; exec sleep 1000');
    const id = box.id();
    await box.ok(['create', '-b', bundle.dir, id]);
    await box.ok(['start', id]);
    const file = join(bundle.rootfs, 'tmp/signals');
    await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8')).toMatch(/SigCgt/);
    expect(readFileSync(file, 'utf8')).toMatch(/SigIgn:\t0+\n/);
  });
});

describe('kill KILL without a pid namespace', () => {
  it('takes away what outlived init', async (ctx) => {
    exceptOn(ctx, 'crun', 'looks at init alone');
    const { id, pid } = await box.running((c) => {
      c.linux.namespaces = c.linux.namespaces.filter(({ type }) => type !== 'pid');
    });
    await box.ok(['exec', '-d', id, 'sleep', '1000']);
    await box.sh(`kill -9 ${pid}`);
    await box.status(id, 'stopped');
    expect(box.processes()).toHaveLength(1);
    await box.ok(['kill', id, 'KILL']);
    await expect.poll(() => box.processes()).toEqual([]);
    expect(await box.rt(['kill', id, 'TERM'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('container not running'),
    });
  });
});
