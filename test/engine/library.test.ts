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
    expect(await engine.containers()).toEqual([]);
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
    expect(late).toMatchObject({ exitCode: 137, timedOut: true });
    const signal = AbortSignal.timeout(200);
    const error = await engine.run({ ...shell('sleep 100'), signal }).catch((fault) => fault);
    expect(error).toBeInstanceOf(RundletError);
    expect(error.code).toBe('ERR_RUNDLET_ABORTED');
    expect(await engine.containers()).toEqual([]);
  });

  it('a container for a block: started, used, removed at its end', async (ctx) => {
    requires(ctx, 'root');
    {
      await using box = await engine.create({ ...shell('sleep 100'), name: 'mine' });
      await box.start();
      expect(await engine.containers()).toMatchObject([{ name: 'mine', state: 'running' }]);
      const said = await box.exec({ command: ['cat'], input: 'and back' });
      expect(said).toEqual({ exitCode: 0, stdout: 'and back', stderr: '' });
      const failed = await box.exec({ command: ['/bin/sh', '-c', 'echo no >&2; exit 9'] });
      expect(failed).toEqual({ exitCode: 9, stdout: '', stderr: 'no\n' });
      await box.pause();
      expect(await engine.containers()).toMatchObject([{ state: 'paused' }]);
      await box.resume();
      await box.kill();
      expect(await box.wait()).toBe(137);
      expect((await (await engine.container('mine')).record()).config.State.Running).toBe(false);
    }
    expect(await engine.containers()).toEqual([]);
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
    expect(await engine.containers()).toEqual([]);
  });
});
