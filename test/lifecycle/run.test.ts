import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useBox } from '../support/index.ts';

const box = useBox();

describe('run', () => {
  it('passes stdout and stderr on and ends with 0', async () => {
    const r = await box.run('echo out; echo err >&2');
    expect(r.stderr).toBe('err\n');
    expect(r.stdout).toBe('out\n');
    expect(r.code).toBe(0);
  });

  for (const code of [1, 3, 42, 255]) {
    it(`ends with the process's exit code ${code}`, async () => {
      const r = await box.run(`exit ${code}`);
      expect(r.code).toBe(code);
      expect(r.stderr).toBe('');
    });
  }

  it('ends with 128 + signal when a signal killed the process', async () => {
    const id = box.id();
    const bundle = box.bundle(['/bin/probe', 'hold']);
    const running = box.rt(['run', '-b', bundle.dir, id]);
    await running.until(/up/);
    await box.ok(['kill', id, 'KILL']);
    expect((await running).code).toBe(137);
  });

  it('hands stdin on', async () => {
    const r = await box.run(['/bin/cat'], undefined, { input: 'some\ntext' });
    expect(r.stdout).toBe('some\ntext');
  });

  it('hands a TERM of the caller to the process', async () => {
    const bundle = box.bundle(['/bin/probe', 'hold']);
    const running = box.rt(['run', '-b', bundle.dir, box.id()]);
    await running.until(/up/);
    running.child.kill('SIGUSR1');
    expect((await running).code).toBe(7);
  });

  it('takes the bundle of the working directory', async () => {
    const bundle = box.bundle('echo here');
    const r = await box.ok(['run', box.id()], { cwd: bundle.dir });
    expect(r.stdout).toBe('here\n');
  });

  it('detached: returns at once, and the process lives on under the pid of the pid file', async () => {
    const bundle = box.bundle(['/bin/probe', 'hold']);
    const id = box.id();
    const file = join(bundle.dir, 'pid');
    await box.ok(['run', '-d', '-b', bundle.dir, '--pid-file', file, id]);
    const pid = Number(readFileSync(file, 'utf8'));
    const state = await box.state(id);
    expect(state.status).toBe('running');
    expect(state.pid).toBe(pid);
    expect(box.read(`/proc/${pid}/comm`)).toBe('probe\n');
  });

  it('keeps the stopped container with --keep', async () => {
    const id = box.id();
    expect((await box.run('exit 3', undefined, { id, flags: ['--keep'] })).code).toBe(3);
    expect((await box.state(id)).status).toBe('stopped');
    await box.ok(['delete', id]);
  });

  it('accepts long flags with one dash, and =', async () => {
    const bundle = box.bundle('exit 5');
    expect((await box.rt(['run', `-bundle=${bundle.dir}`, box.id()])).code).toBe(5);
    expect((await box.rt(['run', '-bundle', bundle.dir, '--no-subreaper', box.id()])).code).toBe(5);
  });

  it('never hangs and never loses a code: 300 runs of a process that ends at once', {
    timeout: 60_000,
  }, async () => {
    const bundle = box.bundle('exit 9');
    const one = async () => {
      for (let i = 0; i < 100; i++) {
        const r = await box.rt(['run', '-b', bundle.dir, box.id()], { timeout: 10_000 });
        if (r.code !== 9) throw new Error(`run ${i}: exit ${r.code ?? r.signal}: ${r.stderr}`);
      }
    };
    await Promise.all([one(), one(), one()]);
  });

  it('leaves nothing when the process leaves children behind in its pid namespace', async () => {
    const r = await box.run('sleep 1000 & sleep 1000 & exit 0');
    expect(r.code).toBe(0);
    await box.expectNothingLeft();
  });
});
