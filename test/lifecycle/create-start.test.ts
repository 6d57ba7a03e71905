import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exceptOn, useBox } from '../support/index.ts';

const box = useBox();

describe('create', () => {
  it('makes a container that waits: created, its program not yet run', async () => {
    const bundle = box.bundle('echo ran > /ran');
    const id = box.id();
    await box.ok(['create', '-b', bundle.dir, id]);
    const state = await box.state(id);
    expect(state).toMatchObject({
      id,
      status: 'created',
      bundle: bundle.dir,
      rootfs: bundle.rootfs,
      owner: '',
    });
    expect(state['ociVersion']).toMatch(/^1\.\d+\.\d+/);
    expect(Date.parse(String(state['created']))).toBeGreaterThan(Date.now() - 60_000);
    expect(state.pid).toBeGreaterThan(0);
    expect(existsSync(join(bundle.rootfs, 'ran'))).toBe(false);
  });

  it('prints nothing on success', async () => {
    const bundle = box.bundle('exit 0');
    const r = await box.ok(['create', '-b', bundle.dir, box.id()]);
    expect(r.stdout + r.stderr).toBe('');
  });

  it('writes the pid file as a plain number without a newline', async () => {
    const bundle = box.bundle('exit 0');
    const id = box.id();
    const file = join(bundle.dir, 'pid');
    await box.ok(['create', '-b', bundle.dir, '--pid-file', file, id]);
    expect(readFileSync(file, 'utf8')).toBe(String((await box.state(id)).pid));
  });

  it('takes a pid file relative to the working directory', async () => {
    const bundle = box.bundle('exit 0');
    const id = box.id();
    await box.ok(['create', '--pid-file', 'init.pid', id], { cwd: bundle.dir });
    expect(readFileSync(join(bundle.dir, 'init.pid'), 'utf8')).toBe(
      String((await box.state(id)).pid),
    );
  });

  it('refuses an id in use, and leaves its container alone', async () => {
    const bundle = box.bundle(['/bin/probe', 'hold']);
    const id = box.id();
    await box.ok(['create', '-b', bundle.dir, id]);
    const r = await box.rt(['create', '-b', bundle.dir, id]);
    expect(r.code).toBe(1);
    expect(r.stderr).toContain('container with given ID already exists');
    expect((await box.state(id)).status).toBe('created');
    await box.ok(['start', id]);
    expect((await box.state(id)).status).toBe('running');
  });

  it('keeps state and fifo away from other users, whatever the umask', async () => {
    const bundle = box.bundle('exit 0');
    const id = box.id();
    await box.ok(['create', '-b', bundle.dir, id], { enter: ['--umask', '000'] });
    expect(statSync(box.root).mode & 0o077 & ~0o011).toBe(0);
    expect(statSync(join(box.root, id)).mode & 0o077 & ~0o011).toBe(0);
    expect(statSync(join(box.root, id, 'state.json')).mode & 0o022).toBe(0);
    expect(existsSync(join(box.root, id, 'exec.fifo'))).toBe(true);
  });

  it('outlives its runtime: the waiting process is orphaned, not a child', async () => {
    const bundle = box.bundle('exit 0');
    const id = box.id();
    await box.ok(['create', '-b', bundle.dir, id]);
    const { pid } = await box.state(id);
    expect(box.read(`/proc/${pid}/status`)).toMatch(/^PPid:\t1$/m);
  });
});

describe('start', () => {
  it('runs the program of a created container', async () => {
    const { id, stdout } = await box.running(
      undefined,
      'echo started > /dev/stdout; exec /bin/probe hold',
    );
    expect((await box.state(id)).status).toBe('running');
    expect(existsSync(join(box.root, id, 'exec.fifo'))).toBe(false);
    expect(stdout()).toBe(''); // the output goes to the stdout of create
  });

  it('refuses a second start', async () => {
    const { id } = await box.running();
    const r = await box.rt(['start', id]);
    expect(r.code).toBe(1);
    expect(r.stderr).toContain('cannot start an already running container');
  });

  it('refuses a container that has stopped', async () => {
    const { id } = await box.running();
    await box.ok(['kill', id, 'KILL']);
    await box.status(id, 'stopped');
    const r = await box.rt(['start', id]);
    expect(r.code).toBe(1);
    expect(r.stderr).toContain('cannot start a container that has stopped');
  });

  it('refuses an unknown container', async () => {
    const r = await box.rt(['start', box.id()]);
    expect(r.code).toBe(1);
    expect(r.stderr).toContain('container does not exist');
  });
});

describe('state', () => {
  it('is two-space JSON without a final newline, with annotations', async () => {
    const { id } = await box.running((c) => {
      c.annotations = { 'org.example.a': 'b' };
    });
    const { stdout } = await box.ok(['state', id]);
    expect(stdout).toMatch(/^\{\n {2}"ociVersion": "[^"]+",\n {2}"id": /);
    expect(stdout.endsWith('}')).toBe(true);
    expect(JSON.parse(stdout).annotations).toMatchObject({ 'org.example.a': 'b' });
  });

  it('has pid 0 once stopped', async () => {
    const { id } = await box.running();
    await box.ok(['kill', id, 'KILL']);
    await box.status(id, 'stopped');
    expect((await box.state(id)).pid).toBe(0);
  });

  it('refuses an unknown container', async () => {
    const r = await box.rt(['state', box.id()]);
    expect(r.code).toBe(1);
    expect(r.stderr).toContain('container does not exist');
  });
});

describe('kill', () => {
  for (const signal of ['TERM', 'SIGTERM', 'term', '15', undefined]) {
    it(`takes the signal as ${signal ?? 'nothing: TERM'}`, async () => {
      const { id } = await box.running(
        undefined,
        'trap "exit 4" TERM; echo up; while :; do sleep 0.01; done',
      );
      await box.ok(['kill', id, ...(signal ? [signal] : [])]);
      await box.status(id, 'stopped');
    });
  }

  it('sends a signal the process handles', async () => {
    const bundle = box.bundle(['/bin/probe', 'hold']);
    const id = box.id();
    const running = box.rt(['run', '-b', bundle.dir, id]);
    await running.until(/up/);
    await box.ok(['kill', id, 'HUP']);
    expect((await running).code).toBe(8);
  });

  it('sends a signal to a container that is only created', async () => {
    const bundle = box.bundle('exit 0');
    const id = box.id();
    await box.ok(['create', '-b', bundle.dir, id]);
    await box.ok(['kill', id, 'KILL']);
    await box.status(id, 'stopped');
  });

  it('refuses an unknown signal', async () => {
    const { id } = await box.running();
    const r = await box.rt(['kill', id, 'BOGUS']);
    expect(r.code).toBe(1);
    expect(r.stderr).toMatch(/unknown signal .?"BOGUS/);
    expect((await box.state(id)).status).toBe('running');
  });

  it('says that a stopped container is not running', async () => {
    const { id } = await box.running();
    await box.ok(['kill', id, '9']);
    await box.status(id, 'stopped');
    const r = await box.rt(['kill', id, '9']);
    expect(r.code).toBe(1);
    expect(r.stderr).toContain('container not running');
  });

  it('--all succeeds on a stopped container', async () => {
    const { id } = await box.running();
    await box.ok(['kill', id, '9']);
    await box.status(id, 'stopped');
    await box.ok(['kill', '--all', id, '9']);
  });

  it('--all reaches every process of a container that shares the pid namespace', async () => {
    const { id } = await box.running((c) => {
      c.linux.namespaces = c.linux.namespaces.filter((n) => n.type !== 'pid');
    }, '(exec setsid sleep 1000) & exec sleep 1000');
    await box.ok(['kill', '--all', id, 'KILL']);
    await box.status(id, 'stopped');
    await box.ok(['delete', id]);
    await box.expectNothingLeft();
  });

  it('refuses an unknown container with the text containerd looks for', async () => {
    const r = await box.rt(['kill', box.id(), '9']);
    expect(r.code).toBe(1);
    expect(r.stderr).toContain('does not exist');
  });
});

describe('delete', () => {
  it('removes a stopped container', async () => {
    const { id } = await box.running();
    await box.ok(['kill', id, 'KILL']);
    await box.status(id, 'stopped');
    const r = await box.ok(['delete', id]);
    expect(r.stdout + r.stderr).toBe('');
    await box.expectNothingLeft();
  });

  it('removes a container that was never started', async () => {
    const bundle = box.bundle('exit 0');
    const id = box.id();
    await box.ok(['create', '-b', bundle.dir, id]);
    await box.ok(['delete', id]);
    await box.expectNothingLeft();
  });

  it('refuses a running container', async () => {
    const { id } = await box.running();
    const r = await box.rt(['delete', id]);
    expect(r.code).toBe(1);
    expect(r.stderr).toContain(`cannot delete container ${id} that is not stopped: running`);
    expect((await box.state(id)).status).toBe('running');
  });

  it('--force ends a running container and removes it', async () => {
    const { id } = await box.running(undefined, 'sleep 1000 & exec sleep 1000');
    await box.ok(['delete', '--force', id]);
    await box.expectNothingLeft();
  });

  it('-f of a container in the shared pid namespace ends all its processes', async () => {
    const { id } = await box.running((c) => {
      c.linux.namespaces = c.linux.namespaces.filter((n) => n.type !== 'pid');
    }, '(exec setsid sleep 1000) & exec sleep 1000');
    await box.ok(['delete', '-f', id]);
    await box.expectNothingLeft();
  });

  it('refuses an unknown container; --force says nothing and succeeds', async () => {
    const id = box.id();
    const plain = await box.rt(['delete', id]);
    expect(plain.code).toBe(1);
    expect(plain.stderr).toContain('does not exist');
    const forced = await box.rt(['delete', '--force', id]);
    expect(forced).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('--force removes an empty state directory', async (ctx) => {
    exceptOn(ctx, 'crun', 'answers 1');
    const id = box.id();
    await box.sh(`mkdir -p ${box.root}/${id}`);
    await box.ok(['delete', '--force', id]);
    await box.expectNothingLeft();
  });

  it('allows the id again', async () => {
    const bundle = box.bundle('exit 3');
    const id = box.id();
    for (let i = 0; i < 3; i++) expect((await box.rt(['run', '-b', bundle.dir, id])).code).toBe(3);
  });
});

describe('command line', () => {
  it('--version names the runtime, its commit and its spec', async () => {
    const { stdout } = await box.ok(['--version'], { global: [] });
    expect(stdout).toMatch(new RegExp(`^${box.runtime.name} version \\S+\n`));
    expect(stdout).toMatch(/^spec: 1\./m);
  });

  it('an unknown command ends with 3', async (ctx) => {
    exceptOn(ctx, 'crun', 'answers 1');
    const r = await box.rt(['nosuchverb']);
    expect(r.code).toBe(3);
    expect(r.stderr).toContain("No help topic for 'nosuchverb'");
  });

  it('an unknown flag ends with 1', async () => {
    const r = await box.rt(['state', '--nosuchflag', 'x']);
    expect(r.code).toBe(1);
    expect(r.stdout + r.stderr).toMatch(/flag provided but not defined: -+nosuchflag/);
  });

  it('a missing id ends with 1', async () => {
    const r = await box.rt(['state']);
    expect(r.code).toBe(1);
    expect(r.stdout + r.stderr).toMatch(/requires exactly 1 argument|exactly 1/);
  });

  it('--help lists the commands', async () => {
    const { stdout } = await box.ok(['--help'], { global: [] });
    for (const verb of [
      'create',
      'start',
      'state',
      'kill',
      'delete',
      'run',
      'exec',
      'list',
      'ps',
      'spec',
      'features',
    ]) {
      expect(stdout).toMatch(new RegExp(`^\\s+${verb}\\b`, 'm'));
    }
  });

  it('writes a failure as one JSON line to --log and as a line to stderr', async () => {
    const log = join(box.folder(), 'log.json');
    const r = await box.rt(['start', box.id()], {
      global: ['--root', box.root, '--log', log, '--log-format', 'json'],
    });
    expect(r.code).toBe(1);
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(1);
    const line = JSON.parse(lines[0] ?? '');
    expect(line).toMatchObject({ level: 'error' });
    expect(line.msg).toContain('container does not exist');
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
    expect(r.stderr).toContain('container does not exist');
    expect(r.stderr.trim().split('\n')).toHaveLength(1);
  });

  it('leaves the log empty on success', async () => {
    const log = join(box.folder(), 'log.json');
    const bundle = box.bundle('exit 0');
    await box.ok(['run', '-b', bundle.dir, box.id()], {
      global: ['--root', box.root, '--log', log, '--log-format=json'],
    });
    expect(readFileSync(log, 'utf8')).toBe('');
  });
});
