import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exceptOn, requires, useBox } from '../support/index.ts';

const box = useBox();

/** A container that makes a file grow as fast as it can, and how large that is. */
async function growing() {
  const { id, bundle } = await box.running(undefined, 'while :; do echo >> /tmp/file; done');
  const file = join(bundle.rootfs, 'tmp/file');
  const size = () => (existsSync(file) ? statSync(file).size : 0);
  await expect.poll(size).toBeGreaterThan(0);
  return { id, size };
}

describe('pause and resume', () => {
  it('nothing moves in a paused container, all goes on in a resumed one', async () => {
    const { id, size } = await growing();
    const paused = await box.ok(['pause', id]);
    expect(paused.stdout + paused.stderr).toBe('');
    const before = size();
    await box.sh('i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done');
    expect(size()).toBe(before);
    expect((await box.state(id)).status).toBe('paused');
    await box.ok(['resume', id]);
    expect((await box.state(id)).status).toBe('running');
    await expect.poll(size).toBeGreaterThan(before);
  });

  it('all processes are stopped when pause returns, those of exec too', async (ctx) => {
    requires(ctx, 'cgroup v1');
    const { id } = await box.running();
    await box.ok(['exec', '-d', id, 'sh', '-c', 'while :; do :; done']);
    await box.ok(['pause', id]);
    const group = box.cgroup('freezer', id);
    expect(readFileSync(join(group, 'freezer.state'), 'utf8')).toBe('FROZEN\n');
    expect(readFileSync(join(group, 'cgroup.procs'), 'utf8').trim().split('\n')).toHaveLength(2);
  });

  it('fifty processes that fork all the time', async () => {
    const { id } = await box.running(
      undefined,
      'i=0; while [ $i -lt 50 ]; do (while :; do /bin/true; done) & i=$((i+1)); done; wait',
    );
    for (let round = 0; round < 3; round++) {
      await box.ok(['pause', id]);
      expect((await box.state(id)).status).toBe('paused');
      await box.ok(['resume', id]);
    }
  });

  it("runc's words for what cannot be", async (ctx) => {
    exceptOn(ctx, 'crun', 'a second pause is no error');
    const { id } = await box.running();
    expect(await box.rt(['resume', id])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('container not paused'),
    });
    await box.ok(['pause', id]);
    expect(await box.rt(['pause', id])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('container not running'),
    });
    await box.ok(['delete', '--force', id]);
    for (const verb of ['pause', 'resume']) {
      expect(await box.rt([verb, id])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('container does not exist'),
      });
    }
  });

  it('a stopped container cannot be paused', async () => {
    const { id } = await box.running();
    await box.ok(['kill', id, 'KILL']);
    await box.status(id, 'stopped');
    for (const verb of ['pause', 'resume']) expect((await box.rt([verb, id])).code).toBe(1);
  });

  it('a created container can be paused; it starts once it is resumed', async (ctx) => {
    exceptOn(ctx, 'crun', 'is then running');
    const bundle = box.bundle('echo begun > /tmp/begun; exec sleep 1000');
    const id = box.id();
    await box.ok(['create', '-b', bundle.dir, id]);
    await box.ok(['pause', id]);
    expect((await box.state(id)).status).toBe('paused');
    expect((await box.rt(['start', id])).code).toBe(1);
    await box.ok(['resume', id]);
    expect((await box.state(id)).status).toBe('created');
    await box.ok(['start', id]);
    await expect.poll(() => readFileSync(join(bundle.rootfs, 'tmp/begun'), 'utf8')).toBe('begun\n');
  });

  it('exec is refused, --ignore-paused waits for the resume', async (ctx) => {
    exceptOn(ctx, 'crun', 'has no such flag');
    const { id } = await box.running();
    await box.ok(['pause', id]);
    const refused = await box.rt(['exec', id, 'true']);
    expect(refused).toMatchObject({
      code: 255,
      stderr: expect.stringContaining(
        'cannot exec in a paused container (use --ignore-paused to override)',
      ),
    });
    const patient = box.rt(['exec', '--ignore-paused', id, 'echo', 'thawed']);
    await box.ok(['resume', id]);
    expect(await patient).toMatchObject({ code: 0, stdout: 'thawed\n' });
  });

  it('KILL ends a paused container; TERM waits until it is resumed', async () => {
    const { id } = await box.running();
    await box.ok(['pause', id]);
    await box.ok(['kill', id, 'KILL']);
    await box.status(id, 'stopped');
    await box.ok(['delete', id]);

    const other = (await box.running(undefined, 'trap "exit 0" TERM; while :; do sleep 0.05; done'))
      .id;
    await box.ok(['pause', other]);
    await box.ok(['kill', other, 'TERM']);
    expect((await box.state(other)).status).toBe('paused');
    await box.ok(['resume', other]);
    await box.status(other, 'stopped');
  });

  it('delete refuses a paused container, --force takes it away', async () => {
    const { id } = await box.running();
    await box.ok(['pause', id]);
    const refused = await box.rt(['delete', id]);
    expect(refused.code).toBe(1);
    await box.ok(['delete', '--force', id]);
    await box.expectNothingLeft();
  });

  it('a group above that is frozen does not make the container a paused one', async (ctx) => {
    requires(ctx, 'cgroup v1');
    exceptOn(ctx, 'crun', 'looks at freezer.state alone');
    const parent = `${box.prefix}-above`;
    const { id } = await box.running((c) => {
      c.linux.cgroupsPath = `/${parent}/leaf`;
    });
    const file = `/sys/fs/cgroup/freezer/${parent}/freezer.state`;
    await box.sh(`echo FROZEN > ${file}`);
    expect((await box.state(id)).status).toBe('running');
    // nor does it die before that is thawed
    const r = await box.rt(['delete', '--force', id]);
    expect([r.code, r.stderr]).toEqual([
      1,
      expect.stringContaining('container init still running'),
    ]);
    await box.sh(`echo THAWED > ${file}`);
    await box.deleteAll();
    await box.sweep();
  });
});
