// `Engine` of the library: images and containers from Node, with streams, limits of time, and nothing left.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine, RundletError } from '../../src/index.ts';
import { requires } from '../support/index.ts';
import { makeEngineRoots } from './support/engine-roots.ts';
import { layImage } from './support/lay-image.ts';

const image = 'box:latest';
let roots: ReturnType<typeof makeEngineRoots>;
let engine: Engine;
beforeAll(() => {
  roots = makeEngineRoots();
  layImage(roots.dataRoot, { name: image });
  engine = new Engine({ dataRoot: roots.dataRoot, execRoot: roots.execRoot });
});
afterAll(() => roots.remove());

const shell = (script: string) => ({
  image,
  command: ['/bin/sh', '-c', script],
  network: 'none' as const,
});

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe('Engine', { timeout: 60_000 }, () => {
  it('runs, and tells how it ended and what it wrote', async (ctx) => {
    requires(ctx, 'root');
    const result = await engine.run({
      ...shell('cat; echo to stderr >&2; echo $WORD; exit 3'),
      env: { WORD: 'given' },
      input: 'typed\n',
    });
    expect(result).toMatchObject({
      exitCode: 3,
      oomKilled: false,
      timedOut: false,
      stdout: 'typed\ngiven\n',
      stderr: 'to stderr\n',
    });
    expect(await engine.containers.list()).toEqual([]);
  });

  it('loses nothing of a large output', async (ctx) => {
    requires(ctx, 'root');
    const { stdout } = await engine.run(shell('seq 1 100000'));
    expect(stdout.split('\n')).toHaveLength(100_001);
    expect(stdout.endsWith('\n99999\n100000\n')).toBe(true);
  });

  it('ends with its time, and with its signal', async (ctx) => {
    requires(ctx, 'root');
    const late = await engine.run({ ...shell('sleep 100'), timeout: 200 });
    expect(late).toMatchObject({ exitCode: 137, signal: 'SIGKILL', timedOut: true });
    const signal = AbortSignal.timeout(200);
    const error = await engine.run({ ...shell('sleep 100'), signal }).catch((fault) => fault);
    expect(error).toBeInstanceOf(RundletError);
    expect(error.code).toBe('ERR_RUNDLET_ABORTED');
    expect(await engine.containers.list()).toEqual([]);
  });

  it('a container for a block: started, used, removed at its end', async (ctx) => {
    requires(ctx, 'root');
    {
      await using box = await engine.create({ ...shell('sleep 100'), name: 'mine' });
      await box.start();
      expect(await engine.containers.list()).toMatchObject([{ name: 'mine', state: 'running' }]);
      const said = await box.exec({ command: ['cat'], input: 'and back' });
      expect(said).toMatchObject({ exitCode: 0, stdout: 'and back', stderr: '', timedOut: false });
      const failed = await box.exec({ command: ['/bin/sh', '-c', 'echo no >&2; exit 9'] });
      expect(failed).toMatchObject({ exitCode: 9, stdout: '', stderr: 'no\n', truncated: false });
      await box.pause();
      expect(await engine.containers.list()).toMatchObject([{ state: 'paused' }]);
      await box.resume();
      await box.kill();
      expect(await box.wait()).toBe(137);
      expect((await (await engine.containers.get('mine')).record()).config.State.Running).toBe(
        false,
      );
    }
    expect(await engine.containers.list()).toEqual([]);
  });

  it('errors have a code, and Docker’s words', async (ctx) => {
    requires(ctx, 'root');
    const fault = await engine.run({ image: 'nothing' }).catch((error) => error);
    expect(fault.code).toBe('ERR_RUNDLET_NO_SUCH_OBJECT');
    expect(fault.message).toBe('No such image: nothing:latest');
    const missing = await engine
      .run({ ...shell(''), command: ['/no/such/program'] })
      .catch((error) => error);
    expect(missing.message).toMatch(/no such file or directory/);
    expect(await engine.containers.list()).toEqual([]);
  });

  it('keeps no more of the output than is allowed', async (ctx) => {
    requires(ctx, 'root');
    const result = await engine.run({ ...shell('seq 1 100000; echo x >&2'), maxOutput: 10 });
    expect(result).toMatchObject({
      exitCode: 0,
      stdout: '1\n2\n3\n4\n5\n',
      stderr: 'x\n',
      truncated: true,
    });
  });

  it('a further process that takes too long ends with all that it started', async (ctx) => {
    requires(ctx, 'root');
    await using box = await engine.create(shell('sleep 1000'));
    await box.start();
    const late = await box.exec({
      command: ['/bin/sh', '-c', 'sleep 1001 & (sleep 1002 &) ; sleep 1003'],
      timeout: 300,
    });
    expect(late).toMatchObject({ timedOut: true, exitCode: 137, signal: 'SIGKILL' });
    const { stdout } = await box.exec({ command: ['/bin/busybox', 'ps'] });
    expect(stdout.match(/sleep \d+/g)).toEqual(['sleep 1000']);
  });

  it('what waits ends with its signal, and the container goes on', async (ctx) => {
    requires(ctx, 'root');
    await using box = await engine.create({
      ...shell("trap '' TERM; while :; do sleep 1; done"),
      stopTimeout: 1000,
    });
    const aborted = { code: 'ERR_RUNDLET_ABORTED' };
    await expect(box.start({ signal: AbortSignal.abort() })).rejects.toMatchObject(aborted);
    await box.start();
    const waits = [
      (signal: AbortSignal) => box.wait({ signal }),
      (signal: AbortSignal) => box.stop({ signal }),
      (signal: AbortSignal) => box.restart({ signal }),
      async (signal: AbortSignal) => {
        for await (const _ of box.logs({ follow: true, signal }));
      },
      async (signal: AbortSignal) => {
        for await (const _ of engine.system.events({ signal }));
      },
      async (signal: AbortSignal) => {
        for await (const _ of box.stats({ interval: 100_000, signal }));
      },
      (signal: AbortSignal) => box.exec({ command: ['sleep', '1000'], signal }),
    ];
    for (const wait of waits) {
      const controller = new AbortController();
      const waiting = wait(controller.signal);
      setImmediate(() => controller.abort());
      await expect(waiting).rejects.toMatchObject(aborted);
    }
    expect(await engine.containers.list()).toMatchObject([{ state: 'running' }]);
  });

  it('logs, as they are and as they come', async (ctx) => {
    requires(ctx, 'root');
    await using box = await engine.create(
      shell('echo one; echo two; echo three >&2; printf half; read x'),
    );
    expect(await all(box.logs())).toEqual([]);
    await box.start();
    const seen: string[] = [];
    for await (const { stream, text, time } of box.logs({ follow: true })) {
      expect(Math.abs(Date.now() - time.getTime())).toBeLessThan(60_000);
      seen.push(`${stream} ${text}`);
      // Standard input is at its end, so it ends by itself.
    }
    expect(seen.sort()).toEqual(['stderr three', 'stdout half', 'stdout one', 'stdout two']);
    expect(await all(box.logs({ tail: 1 }))).toMatchObject([{ text: 'half' }]);
  });

  it('what happens, and what is used', async (ctx) => {
    requires(ctx, 'root');
    const since = new Date(Date.now() - 1);
    const events = engine.system.events({ since, filters: { container: ['busy'] } });
    {
      await using box = await engine.create({ ...shell('while :; do :; done'), name: 'busy' });
      await box.start();
      const stats = box.stats({ interval: 200 });
      const { value: used } = await stats.next();
      expect(used).toMatchObject({ processes: 1 });
      expect(used?.cpus).toBeGreaterThan(0.01);
      expect(used?.memory).toBeGreaterThan(0);
      await box.kill();
      await box.wait();
      expect((await stats.next()).done).toBe(true);
    }
    const actions: string[] = [];
    for await (const { action, attributes, time } of events) {
      expect(attributes['name']).toBe('busy');
      expect(time.getTime()).toBeGreaterThanOrEqual(since.getTime());
      actions.push(action);
      if (action === 'destroy') break;
    }
    expect(actions).toEqual(['create', 'start', 'kill', 'die', 'destroy']);
  });

  it('images, volumes and the engine itself', async (ctx) => {
    requires(ctx, 'root');
    expect(await engine.images.list()).toMatchObject([{ names: [image] }]);
    const details = await engine.images.inspect(image);
    expect(details).toMatchObject({ names: [image], os: 'linux' });
    expect(details.layers.length).toBeGreaterThan(0);
    expect((await engine.images.history(image)).every(({ size }) => size >= 0)).toBe(true);
    await engine.images.tag(image, 'other:1');
    expect((await engine.images.inspect('other:1')).id).toBe(details.id);
    await engine.images.remove('other:1');
    const missing = { code: 'ERR_RUNDLET_NO_SUCH_OBJECT' };
    await expect(engine.images.inspect('other:1')).rejects.toMatchObject(missing);

    const volume = await engine.volumes.create({ name: 'kept', labels: { of: 'test' } });
    expect(await engine.volumes.list()).toEqual([volume]);
    const mounts = [{ type: 'volume' as const, source: 'kept', target: '/kept' }];
    await engine.run({ ...shell('echo there > /kept/file'), mounts });
    const { stdout } = await engine.run({ ...shell('cat /kept/file'), mounts });
    expect(stdout).toBe('there\n');
    expect((await engine.system.diskUsage()).volumes).toBeGreaterThan(0);
    await engine.volumes.remove('kept');
    await expect(engine.volumes.inspect('kept')).rejects.toMatchObject(missing);
    expect(await engine.system.info()).toMatchObject({ Images: 1, Containers: 0 });
  });
});
