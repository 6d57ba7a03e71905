import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, exceptOn, useBox } from '../support/index.ts';

const box = useBox();

describe('concurrency', () => {
  it('two creates with the same id: exactly one wins, and its container works', async (ctx) => {
    exceptOn(ctx, 'runc', '1.1.5: both may lose');
    for (let round = 0; round < 8; round++) {
      const bundles = [0, 1, 2].map(() => box.bundle(['/bin/probe', 'hold']));
      const id = box.id();
      const results = await Promise.all(
        bundles.map((bundle) => box.rt(['create', '-b', bundle.dir, id])),
      );
      const winners = results.flatMap((r, i) => (r.code === 0 ? [i] : []));
      expect(winners, results.map((r) => r.stderr).join('')).toHaveLength(1);
      for (const r of results) if (r.code !== 0) expect(r.stderr).toContain('already exists');
      expect(await box.state(id)).toMatchObject({
        status: 'created',
        bundle: bundles[winners[0] ?? 0]?.dir,
      });
      await box.ok(['start', id]);
      await box.ok(['exec', id, 'true']);
      await box.ok(['delete', '-f', id]);
    }
    await box.expectNothingLeft();
  });

  it('twenty containers at once: each its own output and code', async () => {
    const runs = Array.from({ length: 20 }, (_, i) => box.run(`echo ${i}; exit ${i + 1}`));
    const results = await Promise.all(runs);
    expect(results.map((r) => [r.code, r.stdout])).toEqual(
      results.map((_, i) => [i + 1, `${i}\n`]),
    );
    await box.expectNothingLeft();
  });

  it('twenty containers from one bundle', async () => {
    const bundle = box.bundle('echo same; exit 3');
    const results = await Promise.all(
      Array.from({ length: 20 }, () => box.rt(['run', '-b', bundle.dir, box.id()])),
    );
    for (const r of results) expect([r.code, r.stdout, r.stderr]).toEqual([3, 'same\n', '']);
    await box.expectNothingLeft();
  });

  it('list while others come and go never fails', async (ctx) => {
    exceptOn(ctx, 'runc', 'warns of the one that went away');
    let on = true;
    const churn = (async () => {
      for (let i = 0; i < 12; i++) await Promise.all([box.run('exit 0'), box.run('exit 0')]);
      on = false;
    })();
    let lists = 0;
    while (on) {
      const r = await box.rt(['list', '-f', 'json']);
      if (existsSync(box.root)) expect([r.code, r.stderr]).toEqual([0, '']);
      lists++;
    }
    await churn;
    expect(lists).toBeGreaterThan(3);
  });

  it('two deletes at once: both end, nothing is left', async () => {
    for (let i = 0; i < 5; i++) {
      const { id } = await box.running();
      const results = await Promise.all([
        box.rt(['delete', '-f', id]),
        box.rt(['delete', '-f', id]),
      ]);
      expect(results.some((r) => r.code === 0)).toBe(true);
    }
    await box.expectNothingLeft();
  });

  it('kill, exec and state at once on one container', async () => {
    const { id } = await box.running();
    await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        if (i % 3 === 0) await box.ok(['state', id]);
        else if (i % 3 === 1)
          expect((await box.rt(['exec', id, 'sh', '-c', `exit ${i}`])).code).toBe(i);
        else await box.ok(['kill', id, 'WINCH']);
      }),
    );
  });
});

describe('kill -9 of the runtime', () => {
  it('in the middle of create: delete --force leaves nothing', async (ctx) => {
    exceptOn(ctx, 'runc', 'leaves cgroups (11 of 14 kills)');
    const bundle = box.bundle(['/bin/probe', 'hold']);
    // how long one create takes here
    const begin = performance.now();
    const first = box.id();
    await box.ok(['create', '-b', bundle.dir, first]);
    const whole = performance.now() - begin;
    await box.ok(['delete', '-f', first]);
    const rounds = 24;
    let killed = 0;
    for (let i = 0; i < rounds; i++) {
      const id = box.id();
      const create = box.rt(['create', '-b', bundle.dir, id]);
      const until = performance.now() + (whole * 1.1 * i) / rounds;
      while (performance.now() < until) await new Promise((done) => setImmediate(done));
      try {
        process.kill(create.pid(), 'SIGKILL');
      } catch {
        // it had ended, or not begun
      }
      const r = await create;
      if (r.signal === 'SIGKILL') killed++;
      const gone = await box.rt(['delete', '--force', id]);
      expect([i, gone.code, gone.stderr]).toEqual([i, 0, '']);
      await box.expectNothingLeft();
    }
    expect(killed).toBeGreaterThan(0);
  });

  it('of a foreground run: delete --force ends and removes the container', async () => {
    const bundle = box.bundle(['/bin/probe', 'hold']);
    const id = box.id();
    const run = box.rt(['run', '-b', bundle.dir, id]);
    await run.until(/up/);
    process.kill(run.pid(), 'SIGKILL');
    await run;
    await box.ok(['delete', '--force', id]);
    await box.expectNothingLeft();
  });
});

describe('records that are damaged', () => {
  const damage: [string, string][] = [
    ['an empty state.json', ': > state.json'],
    ['a truncated state.json', 'head -c 100 state.json > x; mv x state.json'],
    ['no state.json', 'rm state.json'],
    ['a state.json that is a folder', 'rm state.json; mkdir state.json'],
  ];
  for (const [name, script] of damage) {
    it(`${name}: state fails with one line, list shows the others, delete --force removes it`, async (ctx) => {
      exceptOn(ctx, 'runc', 'keeps a damaged one, or its process');
      const good = await box.running();
      const bundle = box.bundle(['/bin/probe', 'hold']);
      const id = box.id();
      await box.ok(['create', '-b', bundle.dir, id]);
      const { pid } = await box.state(id);
      await box.sh(`cd ${box.root}/${id} && ${script}`);
      const state = await box.rt(['state', id]);
      expect(state.code).toBe(1);
      expect(state.stderr.trim().split('\n')).toHaveLength(1);
      const list = await box.rt(['list', '-q']);
      expect(list.code).toBe(0);
      expect(list.stdout).toContain(good.id);
      await box.ok(['delete', '--force', id]);
      expect(existsSync(join(box.root, id))).toBe(false);
      // the process that no record names cannot be found by the runtime: the test ends it
      await box.sh(`kill -9 ${pid} 2> /dev/null; true`);
      await eventually('its process is gone', () => !existsSync(box.outside(`/proc/${pid}`)));
      await box.deleteAll();
      await box.sweep();
    });
  }

  it('a pid that now belongs to a stranger is not killed', async () => {
    const { id, pid } = await box.running();
    await box.ok(['kill', id, 'KILL']);
    await box.status(id, 'stopped');
    // the same pid again, in a process of ours: the start time differs
    const stranger = box.start([
      '/bin/sh',
      '-c',
      `echo ${pid - 1} > /proc/sys/kernel/ns_last_pid && sleep 100 & echo $!; wait`,
    ]);
    const seen = Number((await stranger.until(/^\d+$/m))[0]);
    const state = JSON.parse(readFileSync(join(box.root, id, 'state.json'), 'utf8'));
    expect(state.init_process_pid).toBe(pid);
    expect((await box.state(id)).status).toBe('stopped');
    await box.rt(['kill', id, 'KILL']);
    await box.ok(['delete', '--force', id]);
    expect(existsSync(box.outside(`/proc/${seen}`))).toBe(true);
    await box.sh(`kill -9 ${seen}`);
    await stranger;
    rmSync(join(box.dir, 'nothing'), { force: true });
  });
});
