// rundlet-shim through its operations, with a real container of a real runtime.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeHost } from '../../src/host/node-host.ts';
import { requires } from '../support/index.ts';
import { isAlive, makeShimBox, modes, type ShimBox } from './support/shim-box.ts';

const host = nodeHost();
let boxes: ShimBox[] = [];

beforeEach((ctx) => requires(ctx as never, 'root'));

afterEach(async () => {
  for (const box of boxes) {
    await box.gone();
    expect(
      readdirSync(box.dir).includes('runtime') ? readdirSync(join(box.dir, 'runtime')) : [],
    ).toEqual([]);
    box.remove();
  }
  boxes = [];
});

async function box(...args: Parameters<typeof makeShimBox>): Promise<ShimBox> {
  const made = await makeShimBox(...args);
  boxes.push(made);
  return made;
}

async function started(...args: Parameters<typeof makeShimBox>) {
  const made = await box(...args);
  const { handle, failure, ...process } = await host.call('shimStart', made.spec);
  expect(failure).toBeUndefined();
  return { ...made, handle, ...process };
}

async function running(...args: Parameters<typeof makeShimBox>) {
  const made = await started(...args);
  expect(await host.call('shimGo', { handle: made.handle })).toEqual({});
  return made;
}

const ended = (made: ShimBox) => host.call('shimWait', { socket: made.socket });

describe('a container in its shim', () => {
  it('runs, is logged, recorded and cleaned up', async () => {
    const made = await started('echo "<out> & more"; echo err >&2; exit 3', { openStdin: true });
    // Created, and not yet let go.
    expect(modes(made.spec.ioDirectory)).toEqual([
      '700 p init-stderr',
      '700 p init-stdin',
      '700 p init-stdout',
    ]);
    expect(modes(made.spec.ownDirectory)).toEqual(['600 f shim.pid', '755 s shim.sock']);
    expect(statSync(made.spec.ownDirectory).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(made.bundle.dir, 'init.pid'), 'utf8')).toBe(String(made.pid));
    const { pid, startTime } = JSON.parse(readFileSync(made.own('shim.pid'), 'utf8'));
    expect(pid).toBe(made.shimPid);
    expect(await host.call('processStatus', { pid, startTime })).toMatchObject({ alive: true });
    expect(readFileSync(made.spec.log.path, 'utf8')).toBe('');
    expect(statSync(made.spec.log.path).mode & 0o777).toBe(0o640);
    expect(await host.call('shimWait', { socket: made.socket, timeoutMs: 1 })).toEqual({
      ended: false,
      exitCode: 0,
    });

    expect(await host.call('shimGo', { handle: made.handle })).toEqual({});
    expect(await ended(made)).toEqual({ ended: true, exitCode: 3 });
    const text = readFileSync(made.spec.log.path, 'utf8');
    expect(text).toMatch(
      /^\{"log":"\\u003cout\\u003e \\u0026 more\\n","stream":"stdout","time":"[^"]+Z"\}$/m,
    );
    expect(made.log().map(({ log, stream }) => [stream, log])).toContainEqual(['stderr', 'err\n']);
    await made.cleaned();
    const exit = JSON.parse(readFileSync(join(made.dir, 'cleaned'), 'utf8'));
    expect(exit).toEqual({
      exitCode: 3,
      signal: 0,
      oomKilled: false,
      exitedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z$/),
      started: true,
    });
    await made.gone();
    // Over already: exit.json tells.
    expect(await ended(made)).toEqual({ ended: true, exitCode: 3 });
    expect(made.said()).toBe('');
  });

  it('has less than 1.5 MB resident', async () => {
    const made = await running('echo hello; sleep 0.2');
    await expect.poll(() => made.log()).toHaveLength(1);
    expect(Number(/VmRSS:\s+(\d+)/.exec(status(made.shimPid))?.[1])).toBeLessThan(1536);
    await ended(made);
  });

  it('tells a signal', async () => {
    const made = await running('kill -9 $$', {}, (config) => {
      config.linux.namespaces = config.linux.namespaces?.filter(({ type }) => type !== 'pid');
    });
    expect(await ended(made)).toEqual({ ended: true, exitCode: 137 });
    expect(JSON.parse(readFileSync(made.own('exit.json'), 'utf8'))).toMatchObject({
      exitCode: 137,
      signal: 9,
    });
  });

  it('answers with what the runtime refused, and leaves nothing', async () => {
    const made = await box(['/nonexistent']);
    const answer = await host.call('shimStart', made.spec);
    const failure =
      answer.failure ?? (await host.call('shimGo', { handle: answer.handle })).failure;
    expect(failure).toMatchObject({
      exitCode: expect.any(Number),
      message: expect.stringContaining('/nonexistent'),
    });
    expect(existsSync(made.spec.ioDirectory) || existsSync(made.spec.ownDirectory)).toBe(false);
    expect(existsSync(join(made.dir, 'cleaned'))).toBe(false);
  });

  it('takes back what was created', async () => {
    const made = await started('echo never');
    await host.call('shimAbort', { handle: made.handle });
    expect(isAlive(made.pid)).toBe(false);
    expect(existsSync(made.spec.ioDirectory) || existsSync(made.spec.ownDirectory)).toBe(false);
    expect(existsSync(join(made.dir, 'cleaned'))).toBe(false);
    expect(made.log()).toEqual([]);
  });

  it('kills, records and cleans up when the engine dies before it lets go', async () => {
    const made = await box('echo never');
    const engine = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { nodeHost } from '${join(import.meta.dirname, '../../src/host/node-host.ts')}';
       await nodeHost().call('shimStart', ${JSON.stringify(made.spec)});
       console.log('created');
       setInterval(() => {}, 1000);`,
    ]);
    await once(engine.stdout, 'data');
    engine.kill('SIGKILL');
    await made.cleaned();
    expect(JSON.parse(readFileSync(join(made.dir, 'cleaned'), 'utf8'))).toMatchObject({
      exitCode: 137,
      started: false,
    });
    expect(made.log()).toEqual([]);
    expect(made.said()).toContain('the engine has gone');
  });

  it('takes its other processes along that hold the output', async () => {
    const made = await running('sleep 1000 & echo $!', {}, (config) => {
      config.linux.namespaces = config.linux.namespaces?.filter(({ type }) => type !== 'pid');
    });
    const start = Date.now();
    expect(await ended(made)).toEqual({ ended: true, exitCode: 0 });
    expect(Date.now() - start).toBeLessThan(1500);
    expect(isAlive(Number(made.log()[0]?.log))).toBe(false);
  });

  it.each(['runc', 'crun'])('works with %s', async (name) => {
    const runtime = ['/usr/sbin', '/usr/bin'].map((bin) => join(bin, name)).find(existsSync);
    if (!runtime) return console.log(`skipped: no ${name}`);
    const made = await box('echo hello; exit 4');
    made.spec.runtime[0] = runtime;
    const { handle, failure } = await host.call('shimStart', made.spec);
    if (failure?.message.includes('cgroups in hybrid mode')) {
      return console.log(`skipped: ${failure.message}`);
    }
    expect(failure).toBeUndefined();
    await host.call('shimGo', { handle });
    expect(await ended(made)).toEqual({ ended: true, exitCode: 4 });
    expect(made.log()).toMatchObject([{ log: 'hello\n', stream: 'stdout' }]);
  });
});

describe('fifos by hand', () => {
  const sh = (script: string) => execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' });

  it('reach the container and are answered, and the log has it all', async () => {
    const made = await running('while read line; do eval "$line"; done', { openStdin: true });
    // The answer is there before anybody reads it.
    sh(`echo "ls /; echo done >&2" > ${made.io('init-stdin')}`);
    sh(`head -n 1 ${made.io('init-stderr')}`);
    const listing = sh(`timeout 5 head -n 3 ${made.io('init-stdout')}`);
    expect(listing).toContain('bin\n');
    // A reader that is there before, and sees the end.
    const cat = spawn('cat', [made.io('init-stdout')]);
    const closed = once(cat, 'close');
    let seen = '';
    cat.stdout.on('data', (data) => {
      seen += data;
    });
    sh(`echo "echo second" > ${made.io('init-stdin')}`);
    sh(`echo "exit 7" > ${made.io('init-stdin')}`);
    expect(await ended(made)).toEqual({ ended: true, exitCode: 7 });
    await closed;
    expect(seen).toMatch(/second\n$/);
    const logged = made.log().map(({ log }) => log);
    expect(logged).toContain('bin\n');
    expect(logged.filter((line) => line === 'second\n')).toHaveLength(1);
  });

  it('a reader that does not read stops nothing and costs no memory', async () => {
    const made = await running('sleep 0.2; head -c 20000000 /dev/zero | tr "\\0" "x"', {});
    const stuck = spawn('/bin/sh', ['-c', `exec 3< ${made.io('init-stdout')}; exec sleep 1000`]);
    let most = 0;
    const watch = setInterval(() => {
      const rss = /VmRSS:\s+(\d+)/.exec(status(made.shimPid))?.[1];
      most = Math.max(most, Number(rss ?? 0));
    }, 5);
    expect(await ended(made)).toEqual({ ended: true, exitCode: 0 });
    clearInterval(watch);
    stuck.kill();
    expect(made.log().reduce((sum, { log }) => sum + log.length, 0)).toBe(20_000_000);
    expect(most).toBeLessThan(4096);
  });
});

function status(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
