// podman of Debian with our runtime, its own stores, no network.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Box, type CommandOptions, eventually, requires, which } from '../support/index.ts';
import { imageTar, openRoom } from './engine.ts';

let box: Box;
const ready = () => which('podman') && which('conmon') && process.getuid?.() === 0;

const podman = (args: string[], options: CommandOptions = {}) => {
  const at = (name: string) => join(box.dir, 'podman', name);
  return box.start(
    [
      ...[
        'podman',
        '--runtime',
        box.runtime.path,
        '--cgroup-manager',
        'cgroupfs',
        '--events-backend',
        'file',
      ],
      ...[
        '--root',
        at('root'),
        '--runroot',
        at('runroot'),
        '--tmpdir',
        at('tmp'),
        '--storage-driver',
        'overlay',
        '--network-config-dir',
        at('net'),
      ],
      ...args,
    ],
    {
      timeout: 60_000,
      env: {
        PATH: process.env['PATH'],
        HOME: box.dir,
        CONTAINERS_CONF: join(box.dir, 'containers.conf'),
      },
      ...options,
    },
  );
};
async function ok(args: string[], options?: CommandOptions): Promise<string> {
  const r = await podman(args, options);
  if (r.code !== 0)
    throw new Error(`podman ${args.join(' ')}: exit ${r.code}\n${r.stdout}${r.stderr}`);
  return r.stdout;
}
const common = () => [
  '--network',
  'none',
  '--cgroup-parent',
  `/${box.prefix}`,
  '--security-opt',
  'seccomp=unconfined',
  '--ulimit',
  'nofile=1000:1000',
  '--ulimit',
  'nproc=1000:1000',
];
const run = (args: string[], options?: CommandOptions) =>
  podman(['run', '--rm', ...common(), ...args], options);
let names = 0;
async function background(...args: string[]): Promise<string> {
  const id = `p-${names++}`;
  await ok(['run', '-d', '--name', id, ...common(), ...args, 'busy', '/bin/probe', 'hold']);
  return id;
}

beforeAll(async () => {
  if (!ready()) return;
  box = await openRoom();
  writeFileSync(
    join(box.dir, 'containers.conf'),
    '[engine]\nruntime_supports_json=["crun","runc","rundlet"]\n[containers]\ndefault_ulimits=["nofile=1000:1000"]\n',
  );
  await ok(['import', imageTar(box), 'busy']);
}, 60_000);

afterAll(async () => {
  if (!box) return;
  try {
    await podman(['rm', '-fa', '-t', '0']);
    const left = () => box.processes().filter((process) => /conmon|probe|sleep/.test(process));
    await eventually('conmon is gone', () => left().length === 0).catch(() =>
      expect(left(), 'left behind').toEqual([]),
    );
  } finally {
    await box.close();
  }
}, 60_000);

beforeEach((ctx) => requires(ctx, 'root', 'program podman', 'program conmon'));

describe('podman', { timeout: 60_000 }, () => {
  it('run: output and codes', async () => {
    expect(await run(['busy', 'sh', '-c', 'echo out; echo err >&2'])).toMatchObject({
      code: 0,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect((await run(['busy', 'sh', '-c', 'exit 7'])).code).toBe(7);
  });

  it('run: the words of a failure come from the JSON log: 127 and 126', async () => {
    const missing = await run(['busy', 'nosuch']);
    expect(missing.stderr).toContain('executable file');
    expect(missing.code).toBe(127);
    expect((await run(['busy', '/etc/passwd'])).code).toBe(126);
  });

  it('run -t, run -i', async () => {
    expect((await run(['-t', 'busy', 'sh', '-c', '[ -t 1 ] && echo yes'])).stdout).toContain('yes');
    expect((await run(['-i', 'busy', 'cat'], { input: 'given\n' })).stdout).toBe('given\n');
  });

  it('run: user, memory, read-only, volume, hostname', async () => {
    const folder = box.folder();
    writeFileSync(join(folder, 'x'), 'x\n');
    const r = await run([
      '--user',
      '1000:1001',
      '--memory',
      '64m',
      '--read-only',
      '--hostname',
      'named',
      '-v',
      `${folder}:/data:ro`,
      'busy',
      'sh',
      '-c',
      'id -u; id -g; cat /sys/fs/cgroup/memory/memory.limit_in_bytes; hostname; cat /data/x; touch /x',
    ]);
    expect(r.stdout).toBe('1000\n1001\n67108864\nnamed\nx\n');
    expect(r.stderr).toContain('Read-only file system');
  });

  it('exec: output, codes, terminal', async () => {
    const id = await background();
    expect(await podman(['exec', id, 'sh', '-c', 'echo in; exit 5'])).toMatchObject({
      code: 5,
      stdout: 'in\n',
    });
    expect(await ok(['exec', '-t', id, 'sh', '-c', '[ -t 1 ] && echo yes'])).toContain('yes');
    expect((await podman(['exec', id, 'nosuch'])).code).toBe(127);
    await ok(['rm', '-f', '-t', '0', id]);
  });

  it('stop, start, kill, rm', async () => {
    const id = await background();
    await ok(['stop', '-t', '20', id]);
    expect((await ok(['inspect', '-f', '{{.State.ExitCode}} {{.State.Status}}', id])).trim()).toBe(
      '0 exited',
    );
    await ok(['start', id]);
    await ok(['kill', '-s', 'HUP', id]);
    expect((await ok(['wait', id])).trim()).toBe('8');
    await ok(['rm', id]);
  });

  it('create, init, start -a', async () => {
    const id = `p-${names++}`;
    await ok(['create', '--name', id, ...common(), 'busy', 'sh', '-c', 'echo later; exit 3']);
    await ok(['init', id]);
    const r = await podman(['start', '-a', id]);
    expect([r.stdout, r.code]).toEqual(['later\n', 3]);
    await ok(['rm', id]);
  });

  it('top, logs, inspect', async () => {
    const id = await background();
    expect(await ok(['top', id, 'pid', 'args'])).toContain('/bin/probe hold');
    expect(await ok(['logs', id])).toBe('up\n');
    const pid = (await ok(['inspect', '-f', '{{.State.Pid}}', id])).trim();
    expect(box.read(`/proc/${pid}/comm`)).toBe('probe\n');
    await ok(['rm', '-f', '-t', '0', id]);
  });
});
