/**
 * npm run bench:engine: rundlet's engine beside dockerd and podman (Debian's), medians of interleaved
 * rounds, on an image of busybox and without network; a table on stdout. ROUNDS (15) measurements each.
 *
 * All of it has a mount namespace, a /run and stores of its own; the daemons end with it.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeImage } from '../scripts/lib/demo-image.mjs';
import { which } from '../test/support/requires.ts';

const rounds = Number(process.env.ROUNDS ?? 15);
const executable = fileURLToPath(new URL('../dist/bin/rundlet', import.meta.url));
const image = 'bench:1';

if (process.getuid() !== 0) fail('needs root');
if (process.argv[2] !== '--inside') {
  const script = 'mount -t tmpfs run /run && exec "$@"';
  const words = ['-m', '--propagation', 'private', 'sh', '-c', script, 'sh', process.execPath];
  const inside = [...words, ...process.execArgv, process.argv[1], '--inside'];
  process.exit(spawnSync('unshare', inside, { stdio: 'inherit' }).status ?? 1);
}

function fail(text) {
  process.stderr.write(`bench: ${text}\n`);
  process.exit(1);
}

const work = mkdtempSync(join(tmpdir(), 'rundlet-bench-engine-'));
const archive = makeImage(fresh('image'), image);
const daemons = [];
/** What each engine is called with before a verb, and what its `run` and `create` need besides. */
const engines = {
  rundlet: {
    words: [
      executable,
      '--data-root',
      fresh('data'),
      '--exec-root',
      join(work, 'exec'),
      'container',
    ],
    load: [executable, '--data-root', join(work, 'data'), 'image', 'load', '-i', archive],
    more: ['--network', 'none'],
  },
};

try {
  await addDocker();
  addPodman();
  for (const { load } of Object.values(engines)) execFileSync(load[0], load.slice(1));
  report(measure());
} finally {
  for (const daemon of daemons) {
    daemon.kill('SIGTERM');
    await new Promise((done) => daemon.once('exit', done));
  }
  rmSync(work, { recursive: true, force: true });
}

function fresh(name) {
  mkdirSync(join(work, name), { recursive: true });
  return join(work, name);
}

async function addDocker() {
  if (!which('dockerd') || !which('docker')) return;
  const config = join(work, 'containerd.toml');
  writeFileSync(
    config,
    `version = 2\nroot = "${work}/containerd"\nstate = "/run/containerd"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "/run/containerd/containerd.sock"\n`,
  );
  daemons.push(spawn('containerd', ['-c', config], { stdio: 'ignore' }));
  await until('/run/containerd/containerd.sock');
  const places = ['--data-root', join(work, 'docker'), '--exec-root', '/run/docker'];
  const network = ['--iptables=false', '--ip6tables=false', '--bridge=none'];
  const sockets = [
    '--containerd',
    '/run/containerd/containerd.sock',
    '-H',
    'unix:///run/docker.sock',
  ];
  const options = [...sockets, '--pidfile', '/run/docker.pid', ...places, ...network];
  // Ends before containerd.
  daemons.unshift(spawn('dockerd', options, { stdio: 'ignore' }));
  await until('/run/docker.sock');
  const words = ['docker', '-H', 'unix:///run/docker.sock'];
  for (let tries = 0; spawnSync(words[0], [...words.slice(1), 'info']).status !== 0; tries++) {
    if (tries > 100) fail('dockerd does not answer');
    await pause(100);
  }
  engines.docker = { words, load: [...words, 'load', '-i', archive], more: ['--network', 'none'] };
}

function addPodman() {
  if (!which('podman') || !which('conmon')) return;
  const places = [
    '--root',
    fresh('podman'),
    '--runroot',
    '/run/podman',
    '--cgroup-manager',
    'cgroupfs',
  ];
  const words = ['podman', ...places, '--events-backend', 'none', '--runtime', 'runc'];
  // Limits that a machine without CAP_SYS_RESOURCE can give.
  const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];
  engines.podman = {
    words,
    load: [...words, 'load', '-i', archive],
    more: ['--network', 'none', ...limits],
  };
}

async function until(path) {
  for (let tries = 0; !existsSync(path); tries++) {
    if (tries > 200) fail(`${path} does not come`);
    await pause(50);
  }
}

function measure() {
  const times = {};
  for (let round = -2; round < rounds; round++) {
    for (const [name, { words, more }] of Object.entries(engines)) {
      const timed = (verb, ...args) => {
        const start = performance.now();
        const { status, stderr } = spawnSync(words[0], [...words.slice(1), verb, ...args], {
          encoding: 'utf8',
        });
        const took = performance.now() - start;
        if (status !== 0) fail(`${name} ${verb}: ${stderr.trim()}`);
        if (round >= 0) ((times[verb] ??= {})[name] ??= []).push(took);
      };
      const id = `bench-${process.pid}-${round + 2}`;
      timed('run', '--rm', ...more, image, 'true');
      timed('create', '--name', id, ...more, image, 'sleep', '1000');
      timed('start', id);
      timed('exec', id, 'true');
      timed('stop', '-t', '0', id);
      timed('rm', id);
    }
  }
  return times;
}

function report(times) {
  const median = (values) => values?.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  const names = Object.keys(engines);
  const rows = Object.entries(times).map(([verb, of]) => {
    const [own, ...others] = names.map((name) => median(of[name]));
    const best = Math.min(...others);
    const ratios = others.map((other) => (own / other).toFixed(3));
    const goal = verb === 'run' ? '≤ 0.1 × docker, ≤ 0.2 × podman' : '≤ 0.15 × the better';
    const shown = verb === 'run' ? ratios.join(', ') : (own / best).toFixed(3);
    const label = verb === 'run' ? 'run --rm, true' : verb;
    return [label, own.toFixed(1), ...others.map((other) => other.toFixed(1)), shown, goal];
  });
  const table = [['work (ms)', ...names, 'ratio', 'goal'], ...rows];
  const widths = table[0].map((_, at) => Math.max(...table.map((row) => row[at].length)));
  const line = (row) => `| ${row.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  process.stdout.write(`${[line(table[0]), rule, ...table.slice(1).map(line)].join('\n')}\n`);
}
