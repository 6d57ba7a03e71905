import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Bundle, type Config, exceptOn, type Hook, useBox } from '../support/index.ts';

const box = useBox();
const points = [
  'prestart',
  'createRuntime',
  'createContainer',
  'startContainer',
  'poststart',
  'poststop',
] as const;
const shell = (script: string, extra: Partial<Hook> = {}): Hook => ({
  path: '/bin/sh',
  args: ['sh', '-c', script],
  ...extra,
});

/** A bundle whose hooks are made from the path of a file outside that both sides can write. */
function hooked(
  command: string | string[],
  make: (log: string, bundle: Bundle) => Config['hooks'],
): { bundle: Bundle; log: () => string; file: string } {
  const bundle = box.bundle(command);
  const file = join(bundle.dir, 'hooks.log');
  writeFileSync(file, '');
  bundle.write((c) => {
    c.hooks = make(file, bundle) ?? {};
    // startContainer runs inside the container: the file is there by the same path
    c.mounts.push({ destination: file, type: 'bind', source: file, options: ['bind'] });
  });
  return { bundle, file, log: () => readFileSync(file, 'utf8') };
}

describe('hooks', () => {
  it('run at their six points, in order', async (ctx) => {
    exceptOn(ctx, 'runc', '1.1.5 runs poststart at create');
    const { bundle, log } = hooked(['/bin/probe', 'hold'], (file) =>
      Object.fromEntries(
        points.map((point) => [point, [1, 2].map((n) => shell(`echo ${point}${n} >> ${file}`))]),
      ),
    );
    const id = box.id();
    const words = () => log().trim().split('\n');
    await box.ok(['create', '-b', bundle.dir, id]);
    const created = ['prestart', 'createRuntime', 'createContainer'].flatMap((p) => [
      `${p}1`,
      `${p}2`,
    ]);
    expect(words()).toEqual(created);
    await box.ok(['start', id]);
    const started = [...created, 'startContainer1', 'startContainer2', 'poststart1', 'poststart2'];
    // startContainer runs in the container's own process after start returned: only the set is certain
    await expect.poll(() => words().length, { timeout: 10_000 }).toBe(started.length);
    expect(words().toSorted()).toEqual(started.toSorted());
    await box.ok(['kill', id, 'KILL']);
    await box.status(id, 'stopped');
    await box.ok(['delete', id]);
    expect(words().slice(started.length)).toEqual(['poststop1', 'poststop2']);
  });

  it('get the state on stdin', async () => {
    const { bundle, log } = hooked('exit 0', (file) =>
      Object.fromEntries(
        points
          .filter((point) => point !== 'poststop')
          .map((point) => [point, [shell(`echo "${point} $(cat | tr -d '\\n')" >> ${file}`)]]),
      ),
    );
    bundle.write((c) => {
      c.annotations = { key: 'value' };
    });
    const id = box.id();
    await box.ok(['run', '-b', bundle.dir, id]);
    const lines = log().trim().split('\n');
    const seen = new Map(
      lines.map((line) => [
        line.slice(0, line.indexOf(' ')),
        JSON.parse(line.slice(line.indexOf(' ') + 1)),
      ]),
    );
    for (const point of points.slice(0, 5)) {
      expect(seen.get(point), point).toMatchObject({
        id,
        bundle: bundle.dir,
        annotations: { key: 'value' },
      });
      expect(seen.get(point).ociVersion).toMatch(/^1\./);
    }
    expect(seen.get('createRuntime').status).toMatch(/^creat/);
    expect(seen.get('createRuntime').pid).toBeGreaterThan(0);
  });

  it('get exactly their env', async () => {
    const { bundle, log } = hooked('exit 0', (file) => ({
      createRuntime: [shell(`env > ${file}`, { env: ['A=1', 'B=x y'] })],
    }));
    await box.ok(['run', '-b', bundle.dir, box.id()], { env: { PATH: '/usr/bin', OUTSIDE: 'x' } });
    const env = log()
      .trim()
      .split('\n')
      .filter((line) => !/^(PWD|SHLVL|_|OLDPWD)=/.test(line));
    expect(env.toSorted()).toEqual(['A=1', 'B=x y']);
  });

  it('get their args with args[0] as it is', async () => {
    const { bundle, log } = hooked('exit 0', (file) => ({
      createRuntime: [
        { path: '/bin/sh', args: ['other-name', '-c', `echo "$0 $1" >> ${file}`, 'zero', 'one'] },
      ],
    }));
    await box.ok(['run', '-b', bundle.dir, box.id()]);
    expect(log()).toBe('zero one\n');
  });

  it('createRuntime and prestart run in the namespaces of the runtime, createContainer in those of the container', async () => {
    const { bundle, log } = hooked('readlink /proc/self/ns/mnt', (file) => ({
      prestart: [shell(`echo prestart $(readlink /proc/self/ns/net) >> ${file}`)],
      createRuntime: [shell(`echo createRuntime $(readlink /proc/self/ns/mnt) >> ${file}`)],
      createContainer: [
        shell(
          `echo createContainer $(readlink /proc/self/ns/uts) $(readlink /proc/self/ns/net) >> ${file}`,
        ),
      ],
      startContainer: [
        shell(`echo startContainer $(readlink /proc/self/ns/mnt) $(pwd) >> ${file}`),
      ],
    }));
    const outside = await box.sh(
      'readlink /proc/self/ns/mnt; readlink /proc/self/ns/net; readlink /proc/self/ns/uts',
    );
    const [mnt, net, uts] = outside.stdout.trim().split('\n');
    const r = await box.ok(['run', '-b', bundle.dir, box.id()]);
    const lines = log().trim().split('\n');
    expect(lines[0]).toBe(`prestart ${net}`);
    expect(lines[1]).toBe(`createRuntime ${mnt}`);
    expect(lines[2]).toMatch(/^createContainer uts:\S+ net:\S+$/);
    expect(lines[2]).not.toContain(uts);
    expect(lines[2]).not.toContain(net);
    expect(lines[3]).toContain(`startContainer ${r.stdout.trim()} `);
  });

  it('prestart can set up the network namespace of the pid it is given', async () => {
    const { bundle, log } = hooked('ls /sys/class/net', (file) => ({
      createRuntime: [
        shell(
          `pid=$(sed -n 's/.*"pid": *\\([0-9]*\\).*/\\1/p'); nsenter -t $pid -n ip link add hook0 type bridge 2>> ${file}`,
          {
            env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
          },
        ),
      ],
    }));
    const r = await box.ok(['run', '-b', bundle.dir, box.id()]);
    expect(log()).toBe('');
    expect(r.stdout).toContain('hook0');
  });

  for (const point of ['prestart', 'createRuntime', 'createContainer', 'startContainer'] as const) {
    it(`a failing ${point} hook fails the container and leaves nothing`, async () => {
      const { bundle } = hooked('echo never', () => ({ [point]: [shell('echo why >&2; exit 7')] }));
      const r = await box.rt(['run', '-b', bundle.dir, box.id()]);
      expect(r.code).toBe(1);
      expect(r.stdout).not.toContain('never');
      expect(r.stderr).toContain('hook');
      expect(r.stderr).toContain('exit status 7');
      expect(r.stderr).toContain('why');
      await box.expectNothingLeft();
    });
  }

  it('later hooks of a failing point do not run, poststop ones do', async (ctx) => {
    exceptOn(ctx, 'crun', 'does not run poststop then');
    const { bundle, log } = hooked('exit 0', (file) => ({
      createRuntime: [shell(`echo first >> ${file}; exit 1`), shell(`echo second >> ${file}`)],
      poststop: [shell(`echo poststop >> ${file}`)],
    }));
    const r = await box.rt(['create', '-b', bundle.dir, box.id()]);
    expect(r.code).toBe(1);
    expect(log()).toBe('first\npoststop\n');
  });

  it('a failing poststop hook keeps neither the container nor the hooks after it', async (ctx) => {
    exceptOn(ctx, 'runc', '1.1.5 stops at the first');
    const { bundle, log } = hooked('exit 0', (file) => ({
      poststop: [shell('exit 1'), shell(`echo second >> ${file}`)],
    }));
    const id = box.id();
    await box.rt(['run', '-b', bundle.dir, id]);
    await box.expectNothingLeft();
    expect(log()).toBe('second\n');
  });

  it('a hook that is not there fails with its path', async () => {
    const { bundle } = hooked('exit 0', () => ({ createRuntime: [{ path: '/nosuch/hook' }] }));
    const r = await box.rt(['run', '-b', bundle.dir, box.id()]);
    expect(r.code).toBe(1);
    expect(r.stderr).toContain('/nosuch/hook');
    await box.expectNothingLeft();
  });

  it('a timeout kills the hook and fails the container', async () => {
    const { bundle } = hooked('exit 0', () => ({
      createRuntime: [{ path: '/bin/sleep', args: ['sleep', '100'], timeout: 1 }],
    }));
    const before = Date.now();
    const r = await box.rt(['run', '-b', bundle.dir, box.id()], { timeout: 15_000 });
    expect(r.code).toBe(1);
    expect(Date.now() - before).toBeLessThan(10_000);
    expect(r.stderr).toMatch(/timeout/);
    await box.expectNothingLeft();
  });

  it('a relative hook path is refused', async () => {
    const { bundle } = hooked('exit 0', () => ({ createRuntime: [{ path: 'bin/true' }] }));
    const r = await box.rt(['run', '-b', bundle.dir, box.id()]);
    expect(r.code).toBe(1);
    await box.expectNothingLeft();
  });
});
