// A dockerd and containerd of Debian, started by hand in a room of their own, with our runtime added.
// RUNTIME=runc proves the tests with dockerd's own runc.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Box,
  type CommandOptions,
  eventually,
  type Running,
  requires,
  tools,
} from '../support/index.ts';
import { end, hasDocker, imageTar, openRoom, startDocker } from './engine.ts';

let box: Box;
let containerd: Running | undefined;
let dockerd: Running | undefined;

const docker = (args: string[], options: CommandOptions = {}) =>
  box.start(['docker', '-H', 'unix:///run/docker.sock', ...args], {
    timeout: 60_000,
    env: {
      PATH: process.env['PATH'],
      HOME: box.dir,
      DOCKER_CONFIG: join(box.dir, 'docker-config'),
    },
    ...options,
  });
let names = 0;
const name = () => `c-${names++}`;
const runtime = () => ['--runtime', box.runtime.name === 'runc' ? 'runc' : 'rundlet'];
const run = (args: string[], options?: CommandOptions) =>
  docker(['run', '--rm', ...runtime(), ...args], options);
const inside = (script: string) => ['busy', 'sh', '-c', script];

async function ok(args: string[], options?: CommandOptions): Promise<string> {
  const r = await docker(args, options);
  if (r.code !== 0)
    throw new Error(
      `docker ${args.join(' ')}: exit ${r.code}\n${r.stdout}${r.stderr}\n${dockerd?.stderr().slice(-1500)}`,
    );
  return r.stdout;
}
/** A container in the background that waits for signals. */
async function background(...args: string[]): Promise<string> {
  const id = name();
  await ok(['run', '-d', '--name', id, ...runtime(), ...args, 'busy', '/bin/probe', 'hold']);
  return id;
}

beforeAll(async () => {
  if (!hasDocker()) return;
  box = await openRoom();
  mkdirSync(join(box.dir, 'docker-config'));
  ({ dockerd, containerd } = await startDocker(box, join(box.dir, 'docker'), [
    '--add-runtime',
    `rundlet=${box.runtime.path}`,
  ]));
  await ok(['import', imageTar(box), 'busy']);
}, 60_000);

afterAll(async () => {
  if (!box) return;
  try {
    await box.start([
      'ctr',
      '-a',
      '/run/containerd/containerd.sock',
      '-n',
      'testing',
      'task',
      'rm',
      '-f',
      'c2',
    ]);
    const ids = (await docker(['ps', '-aq'])).stdout.trim();
    if (ids) await docker(['rm', '-f', ...ids.split('\n')]);
    const left = () => [
      ...box.cgroups().filter((dir) => !dir.endsWith(`/${box.prefix}`)),
      ...box.processes().filter((process) => process.includes('containerd-shim')),
    ];
    await eventually('nothing is left', () => left().length === 0).catch(() =>
      expect(left(), 'left behind').toEqual([]),
    );
    expect(
      (await box.sh('ls /run/docker/runtime-*/moby 2>/dev/null | grep -v :')).stdout.trim(),
    ).toBe('');
  } finally {
    await end(dockerd);
    await end(containerd);
    await box.close();
  }
}, 60_000);

beforeEach((ctx) =>
  requires(ctx, 'root', 'program dockerd', 'program containerd', 'program docker'),
);

describe('docker run', { timeout: 60_000 }, () => {
  it('output and exit code 0', async () => {
    expect(await run(inside('echo out; echo err >&2'))).toMatchObject({
      code: 0,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('exit code 7', async () => {
    expect((await run(inside('exit 7'))).code).toBe(7);
  });

  it('a program that is not there: 127', async () => {
    const r = await run(['busy', 'nosuch']);
    expect(r.stderr).toContain('executable file not found in $PATH');
    expect(r.code).toBe(127);
  });

  it('a program that cannot be executed: 126', async () => {
    const r = await run(['busy', '/etc/passwd']);
    expect(r.stderr).toContain('permission denied');
    expect(r.code).toBe(126);
  });

  it('a bind mount that cannot be: 125 and the reason', async () => {
    const r = await run(['-v', '/tmp:/etc/passwd', ...inside('true')]);
    expect([125, 127]).toContain(r.code);
    expect(r.stderr).toMatch(/not a directory/i);
  });

  it('-t: a terminal', async () => {
    const r = await run(['-t', ...inside('tty; [ -t 1 ] && echo yes')]);
    expect(r.stdout).toMatch(/\/dev\/(pts\/0|console)\r\nyes\r\n/);
  });

  it('-i: stdin', async () => {
    expect((await run(['-i', 'busy', 'cat'], { input: 'given\n' })).stdout).toBe('given\n');
  });

  it('-it under a terminal', async () => {
    // the CLI tells the size after the start: until then the terminal has none
    const script = 'until stty size 2>/dev/null | grep .; do sleep 0.05; done; exit 3';
    const cli = ['docker', '-H', 'unix:///run/docker.sock', 'run', '--rm', '-it', ...runtime()];
    const r = await box.start([tools().pty, '21x77', ...cli, ...inside(script)], {
      timeout: 30_000,
      env: { PATH: process.env['PATH'], HOME: box.dir },
    });
    expect([r.stderr, r.stdout, r.code]).toEqual(['', '21 77\r\n', 3]);
  });

  it('--user, --workdir, -e, --hostname', async () => {
    const r = await run([
      '--user',
      '1000:1001',
      '--group-add',
      '7',
      '-w',
      '/srv',
      '-e',
      'A=b c',
      '--hostname',
      'named',
      ...inside('id -u; id -g; id -G; pwd; echo $A; hostname'),
    ]);
    expect(r.stdout).toBe('1000\n1001\n1001 7\n/srv\nb c\nnamed\n');
  });

  it('--memory and --pids-limit and --cpus', async () => {
    const r = await run([
      '--memory',
      '64m',
      '--pids-limit',
      '33',
      '--cpus',
      '0.5',
      ...inside(
        'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us',
      ),
    ]);
    expect(r.stdout).toBe('67108864\n33\n50000\n');
  });

  it('too much memory: 137', async () => {
    const id = name();
    const r = await docker([
      'run',
      '--name',
      id,
      ...runtime(),
      '--memory',
      '32m',
      '--memory-swap',
      '32m',
      'busy',
      '/bin/probe',
      'eat',
      '200',
    ]);
    expect(r.code).toBe(137);
    await eventually('docker has seen it', () => true);
    expect((await ok(['inspect', '-f', '{{.State.OOMKilled}}', id])).trim()).toBe('true');
    await ok(['rm', id]);
  });

  it('--read-only and --tmpfs', async () => {
    const r = await run([
      '--read-only',
      '--tmpfs',
      '/scratch:size=1m,mode=1777',
      ...inside('touch /x; touch /scratch/x && echo scratch; grep " /scratch " /proc/mounts'),
    ]);
    expect(r.stderr).toContain('Read-only file system');
    expect(r.stdout).toMatch(/^scratch\ntmpfs \/scratch tmpfs .*size=1024k/);
  });

  it('-v, and -v :ro', async () => {
    const folder = box.folder();
    writeFileSync(join(folder, 'in'), 'in\n');
    const r = await run([
      '-v',
      `${folder}:/data`,
      '-v',
      `${folder}:/ro:ro`,
      ...inside('cat /data/in; echo out > /data/out; touch /ro/x'),
    ]);
    expect(r.stdout).toBe('in\n');
    expect(r.stderr).toContain('Read-only file system');
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('out\n');
  });

  it('-v :rslave', async () => {
    const folder = box.folder();
    const r = await run([
      '-v',
      `${folder}:/data:rslave`,
      ...inside('grep " /data " /proc/self/mountinfo'),
    ]);
    expect(r.stdout).toContain('master:');
  });

  it('a named volume', async () => {
    await run(['-v', 'vol:/data', ...inside('echo kept > /data/x')]);
    expect((await run(['-v', 'vol:/data', ...inside('cat /data/x')])).stdout).toBe('kept\n');
  });

  it('--cap-drop and --cap-add', async () => {
    expect(
      (await run(['--cap-drop', 'ALL', ...inside('grep CapEff /proc/self/status')])).stdout,
    ).toBe('CapEff:\t0000000000000000\n');
    expect(
      (
        await run([
          '--cap-drop',
          'ALL',
          '--cap-add',
          'KILL',
          ...inside('grep CapEff /proc/self/status'),
        ])
      ).stdout,
    ).toBe('CapEff:\t0000000000000020\n');
  });

  it('--network none and host', async () => {
    const outside = (await box.sh('readlink /proc/self/ns/net')).stdout;
    expect(
      (await run(['--network', 'none', ...inside('ls /sys/class/net; readlink /proc/self/ns/net')]))
        .stdout,
    ).toMatch(/^lo\nnet:/);
    expect((await run(['--network', 'host', ...inside('readlink /proc/self/ns/net')])).stdout).toBe(
      outside,
    );
  });

  it('--pid host', async () => {
    const outside = (await box.sh('readlink /proc/self/ns/pid')).stdout;
    expect((await run(['--pid', 'host', ...inside('readlink /proc/self/ns/pid')])).stdout).toBe(
      outside,
    );
  });

  it('--ipc container:X and --pid container:X', async () => {
    const id = await background('--ipc', 'shareable');
    const links = await ok([
      'exec',
      id,
      'sh',
      '-c',
      'readlink /proc/self/ns/ipc; readlink /proc/self/ns/pid',
    ]);
    const r = await run([
      '--ipc',
      `container:${id}`,
      '--pid',
      `container:${id}`,
      ...inside('readlink /proc/self/ns/ipc; readlink /proc/self/ns/pid'),
    ]);
    expect(r.stdout).toBe(links);
    await ok(['rm', '-f', id]);
  });

  it('--security-opt seccomp=FILE and unconfined', async () => {
    const profile = join(box.folder(), 'profile.json');
    writeFileSync(
      profile,
      JSON.stringify({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['getpgrp'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 }],
      }),
    );
    expect(
      (await run(['--security-opt', `seccomp=${profile}`, 'busy', '/bin/probe', 'call', '111']))
        .stdout,
    ).toBe('-1 ENOSYS\n');
    expect(
      (
        await run([
          '--security-opt',
          'seccomp=unconfined',
          ...inside('grep ^Seccomp: /proc/self/status'),
        ])
      ).stdout,
    ).toBe('Seccomp:\t0\n');
    expect((await run(inside('grep ^Seccomp: /proc/self/status'))).stdout).toBe('Seccomp:\t2\n');
  });

  it('--security-opt no-new-privileges', async () => {
    expect(
      (
        await run([
          '--security-opt',
          'no-new-privileges',
          ...inside('grep NoNewPrivs /proc/self/status'),
        ])
      ).stdout,
    ).toContain('1');
  });

  it('--ulimit and --sysctl and --oom-score-adj and --shm-size', async () => {
    const r = await run([
      '--ulimit',
      'nofile=123:456',
      '--sysctl',
      'net.ipv4.ip_forward=1',
      '--oom-score-adj',
      '100',
      '--shm-size',
      '2m',
      ...inside(
        'ulimit -Sn; ulimit -Hn; cat /proc/sys/net/ipv4/ip_forward /proc/self/oom_score_adj; df -k /dev/shm | tail -1 | tr -s " " | cut -d" " -f2',
      ),
    ]);
    expect(r.stdout).toBe('123\n456\n1\n100\n2048\n');
  });

  it('--device', async () => {
    const r = await run([
      '--device',
      '/dev/zero:/dev/mine:r',
      ...inside('head -c 2 /dev/mine | wc -c; probe open w /dev/mine'),
    ]);
    expect(r.stdout).toMatch(/^2\n/);
  });

  it('--init', async (ctx) => {
    requires(ctx, 'program docker-init');
    const r = await run(['--init', ...inside('cat /proc/1/comm; echo $$')]);
    expect(r.stdout.split('\n')[0]).toMatch(/init|tini/);
    expect(Number(r.stdout.split('\n')[1])).toBeGreaterThan(1);
  });

  it('--cgroupns private', async () => {
    const r = await run([
      '--cgroupns',
      'private',
      ...inside('cut -d: -f3 /proc/self/cgroup | sort -u'),
    ]);
    expect([r.code, r.stdout.split('\n')[0]]).toEqual([0, '/']);
  });

  it('ten at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, i) => run(inside(`echo ${i}; exit ${i}`))),
    );
    expect(all.map((r) => [r.code, r.stdout])).toEqual(all.map((_, i) => [i, `${i}\n`]));
  });
});

describe('a docker container in the background', { timeout: 60_000 }, () => {
  it('inspect: pid and status; top; logs', async () => {
    const id = await background();
    const [pid, status] = (await ok(['inspect', '-f', '{{.State.Pid}} {{.State.Status}}', id]))
      .trim()
      .split(' ');
    expect(status).toBe('running');
    expect(box.read(`/proc/${pid}/cmdline`)).toBe('/bin/probe\0hold\0');
    expect(await ok(['top', id])).toMatch(new RegExp(`\\s${pid}\\s.*/bin/probe hold`));
    await eventually('logged', () => true);
    const logs = await ok(['logs', id]);
    expect(logs).toBe('up\n');
    await ok(['rm', '-f', id]);
  });

  it('exec: output, exit codes, user, env, stdin', async () => {
    const id = await background();
    expect(await docker(['exec', id, 'sh', '-c', 'echo o; echo e >&2; exit 5'])).toMatchObject({
      code: 5,
      stdout: 'o\n',
      stderr: 'e\n',
    });
    expect(
      await ok([
        'exec',
        '-u',
        '1000',
        '-e',
        'A=b',
        '-w',
        '/srv',
        id,
        'sh',
        '-c',
        'id -u; echo $A; pwd',
      ]),
    ).toBe('1000\nb\n/srv\n');
    expect(await ok(['exec', '-i', id, 'cat'], { input: 'given' })).toBe('given');
    const missing = await docker(['exec', id, 'nosuch']);
    expect(missing.stdout + missing.stderr).toContain('executable file not found in $PATH');
    expect([126, 127]).toContain(missing.code);
    await ok(['rm', '-f', id]);
  });

  it('exec -t and exec -d', async () => {
    const id = await background();
    expect(await ok(['exec', '-t', id, 'sh', '-c', 'tty; [ -t 0 ] && echo yes'])).toMatch(
      /\/dev\/pts\/\d\r\nyes\r\n/,
    );
    await ok(['exec', '-d', id, 'sh', '-c', 'echo done > /flag; exec sleep 1000']);
    await expect
      .poll(async () => (await docker(['exec', id, 'cat', '/flag'])).stdout)
      .toBe('done\n');
    await ok(['rm', '-f', id]);
  });

  it('stop: TERM is enough', async () => {
    const id = await background();
    await ok(['stop', '-t', '20', id]);
    expect((await ok(['inspect', '-f', '{{.State.ExitCode}} {{.State.Status}}', id])).trim()).toBe(
      '0 exited',
    );
    await ok(['start', id]);
    expect((await ok(['inspect', '-f', '{{.State.Status}}', id])).trim()).toBe('running');
    await ok(['rm', '-f', id]);
  });

  it('stop: KILL after the time', async () => {
    const id = name();
    await ok([
      'run',
      '-d',
      '--name',
      id,
      ...runtime(),
      'busy',
      'sh',
      '-c',
      'trap "" TERM; while :; do sleep 1; done',
    ]);
    await ok(['stop', '-t', '1', id]);
    expect((await ok(['inspect', '-f', '{{.State.ExitCode}}', id])).trim()).toBe('137');
    await ok(['rm', id]);
  });

  it('kill with a signal; wait', async () => {
    const id = await background();
    const waiting = docker(['wait', id]);
    await ok(['kill', '-s', 'HUP', id]);
    expect((await waiting).stdout.trim()).toBe('8');
    await ok(['rm', id]);
  });

  it('stop of a container in the host pid namespace ends all', async () => {
    const id = name();
    await ok([
      'run',
      '-d',
      '--name',
      id,
      '--pid',
      'host',
      ...runtime(),
      'busy',
      'sh',
      '-c',
      'sleep 7777 & exec probe hold',
    ]);
    await ok(['stop', '-t', '5', id]);
    await eventually(
      'the child is gone',
      () => !box.processes().some((p) => p.includes('sleep 7777')),
    );
    await ok(['rm', id]);
  });

  it('restart, rm -f', async () => {
    const id = await background();
    const pid = await ok(['inspect', '-f', '{{.State.Pid}}', id]);
    await ok(['restart', '-t', '1', id]);
    expect(await ok(['inspect', '-f', '{{.State.Pid}}', id])).not.toBe(pid);
    await ok(['rm', '-f', id]);
    expect((await docker(['inspect', id])).code).toBe(1);
  });

  it('cp, diff and export work beside it', async () => {
    const id = await background();
    await ok(['exec', id, 'sh', '-c', 'echo x > /made']);
    expect(await ok(['diff', id])).toContain('A /made');
    expect((await ok(['cp', `${id}:/made`, '-'])).length).toBeGreaterThan(500);
    await ok(['rm', '-f', id]);
  });

  it('version and info know the runtime', async () => {
    expect(await ok(['info', '-f', '{{json .Runtimes}}'])).toContain('rundlet');
  });
});

describe('ctr', { timeout: 60_000 }, () => {
  const ctr = (args: string[], options?: CommandOptions) =>
    box.start(['ctr', '-a', '/run/containerd/containerd.sock', '-n', 'testing', ...args], {
      timeout: 60_000,
      ...options,
    });
  const flags = (id: string) => [
    '--runc-binary',
    box.runtime.path,
    '--rootfs',
    '--cgroup',
    `/${box.prefix}/${id}`,
  ];

  it('run with --runc-binary: output and code', async (ctx) => {
    requires(ctx, 'program ctr');
    const rootfs = join(box.dir, 'image-rootfs');
    const r = await ctr([
      'run',
      '--rm',
      ...flags('c1'),
      rootfs,
      'c1',
      '/bin/sh',
      '-c',
      'echo from ctr; exit 4',
    ]);
    expect([r.stdout, r.code]).toEqual(['from ctr\n', 4]);
  });

  it('run -d, task exec, kill, rm', async (ctx) => {
    requires(ctx, 'program ctr');
    const rootfs = join(box.dir, 'image-rootfs');
    const started = await ctr(['run', '-d', ...flags('c2'), rootfs, 'c2', '/bin/probe', 'hold']);
    expect([started.stderr, started.code]).toEqual(['', 0]);
    const execd = await ctr(['task', 'exec', '--exec-id', 'e1', 'c2', '/bin/echo', 'execd']);
    expect([execd.stderr, execd.stdout, execd.code]).toEqual(['', 'execd\n', 0]);
    expect((await ctr(['task', 'ps', 'c2'])).stdout).toMatch(/\d+/);
    expect((await ctr(['task', 'kill', '-s', 'KILL', 'c2'])).code).toBe(0);
    await expect
      .poll(async () => (await ctr(['task', 'ls'])).stdout, { timeout: 10_000 })
      .toContain('STOPPED');
    await ctr(['task', 'rm', '-f', 'c2']);
    expect((await ctr(['container', 'rm', 'c2'])).code).toBe(0);
  });
});
