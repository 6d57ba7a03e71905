/**
 * npm run bench: rundlet beside crun and runc, medians of one interleaved run; a table on stdout and
 * bench/results.json. CRUN and RUNC name other builds of the peers; ROUNDS (6) × RUNS (10) measurements.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeRootfs } from '../test/support/bundle.ts';
import { defaultConfig } from '../test/support/config.ts';
import { which } from '../test/support/requires.ts';
import { median } from './median.mjs';
import { insidePureV1 } from './pure-v1.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..');
const executable = process.env.RUNTIME ?? join(root, 'dist/bin/rundlet');
const rounds = Number(process.env.ROUNDS ?? 6);
const runs = Number(process.env.RUNS ?? 10);

if (process.getuid() !== 0) fail('needs root');
if (!existsSync(executable)) fail(`${executable} is not there: npm run build`);
insidePureV1();
if (!which('hyperfine')) fail('hyperfine is not there: apt-get install hyperfine');

function fail(text) {
  process.stderr.write(`bench: ${text}\n`);
  process.exit(1);
}
const say = (text) => process.stderr.write(`${text}\n`);

const work = mkdtempSync(join(tmpdir(), 'rundlet-bench-'));
const peers = {
  rundlet: executable,
  crun: process.env.CRUN ?? which('crun'),
  runc: process.env.RUNC ?? which('runc'),
};
const runtimes = Object.entries(peers).flatMap(([name, path]) =>
  path && existsSync(path) ? [{ name, path, root: join(work, `root-${name}`) }] : [],
);
const versions = Object.fromEntries(
  runtimes.map(({ name, path }) => [
    name,
    execFileSync(path, ['--version'], { encoding: 'utf8' }).split('\n')[0],
  ]),
);

// ---- bundles

/** `spec`'s default bundle, running true without a terminal. */
function specBundle() {
  const dir = bundleDir('spec');
  execFileSync(executable, ['spec', '-b', dir]);
  const config = JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8'));
  config.process.args = ['true'];
  config.process.terminal = false;
  config.ociVersion = '1.0.2'; // what every peer knows
  return writeConfig(dir, config);
}

/** What docker run writes, without its container's own files; from the fixture where there is one. */
function dockerBundle() {
  const dir = bundleDir('docker');
  const fixture = join(root, '../shared/fixtures/docker-configs/docker-default-config.json');
  const known = existsSync(fixture);
  const config = known ? JSON.parse(readFileSync(fixture, 'utf8')) : ownDockerConfig();
  config.process.args = ['true'];
  config.process.terminal = false;
  config.root.path = 'rootfs';
  config.mounts = config.mounts.filter((mount) => !mount.source?.startsWith('/var/lib/docker'));
  delete config.hooks;
  delete config.linux.cgroupsPath;
  return {
    dir: writeConfig(dir, config),
    from: known ? 'docker-default-config.json' : 'own smaller profile',
  };
}

/** Docker's shape with a profile of our own, for a checkout without the fixtures. */
function ownDockerConfig() {
  const config = defaultConfig(['true']);
  const blocked = [
    'acct',
    'add_key',
    'bpf',
    'clock_adjtime',
    'clock_settime',
    'delete_module',
    'finit_module',
  ];
  const more = [
    'init_module',
    'kexec_load',
    'keyctl',
    'mbind',
    'mount',
    'move_pages',
    'open_by_handle_at',
    'pivot_root',
  ];
  const last = [
    'quotactl',
    'reboot',
    'request_key',
    'setns',
    'settimeofday',
    'swapoff',
    'swapon',
    'umount2',
    'unshare',
  ];
  config.linux.seccomp = {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
    syscalls: [{ names: [...blocked, ...more, ...last], action: 'SCMP_ACT_ERRNO' }],
  };
  return config;
}

function bundleDir(name) {
  const dir = join(work, name);
  mkdirSync(join(dir, 'rootfs'), { recursive: true });
  makeRootfs(join(dir, 'rootfs'));
  return dir;
}
function writeConfig(dir, config) {
  writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
  return dir;
}

// ---- measuring

/** Milliseconds of each command, the commands taking turns so that noise hits them all. */
function interleaved(work, commands) {
  const times = Object.fromEntries(commands.map(({ name }) => [name, []]));
  const file = join(work, 'hyperfine.json');
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? commands : commands.toReversed();
    execFileSync(
      'hyperfine',
      [
        '-N',
        '--style',
        'none',
        '--warmup',
        round === 0 ? '5' : '1',
        '--runs',
        String(runs),
        '--export-json',
        file,
        ...order.map((c) => c.argv.join(' ')),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    JSON.parse(readFileSync(file, 'utf8')).results.forEach((result, i) => {
      times[order[i].name].push(...result.times.map((seconds) => seconds * 1000));
    });
  }
  return times;
}

const medians = (times) =>
  Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]));
const perRuntime = (argv) =>
  runtimes.map((runtime) => ({
    name: runtime.name,
    argv: [runtime.path, '--root', runtime.root, ...argv(runtime)],
  }));

function lines(file, args, options = {}) {
  return execFileSync(file, args, { encoding: 'utf8', cwd: root, ...options })
    .trim()
    .split('\n')
    .map(Number);
}

function compile(name) {
  const out = join(work, name);
  execFileSync('cc', ['-O2', '-o', out, join(here, `${name}.c`)]);
  return out;
}

/** The library against the kernel's own work, in turns. */
function inProcess(bundle) {
  const floor = compile('kernel-floor');
  const times = { library: [], floor: [] };
  for (let round = 0; round < rounds; round++) {
    times.floor.push(...lines(floor, [join(bundle, 'rootfs'), String(runs)]));
    times.library.push(
      ...lines(process.execPath, [
        join(here, 'in-process.mjs'),
        bundle,
        join(work, 'root-library'),
        String(runs + 5),
      ]),
    );
  }
  return medians(times);
}

function peakMemory(bundle) {
  const peak = compile('peak');
  const commands = perRuntime((runtime) => ['run', '-b', bundle, `peak-${runtime.name}`]);
  return Object.fromEntries(
    commands.map(({ name, argv }) => [
      name,
      median(Array.from({ length: 10 }, () => lines(peak, argv)[0] / 1024)),
    ]),
  );
}

function seccompTime(config) {
  const cargo = spawnSync(
    'cargo',
    [
      'run',
      '--quiet',
      '--release',
      '--example',
      'time_profile',
      '-p',
      'rundlet-seccomp',
      '--',
      config,
    ],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  try {
    return JSON.parse(cargo.stdout);
  } catch {
    say(
      `seccomp: not measured: ${(cargo.stderr ?? String(cargo.error)).trim().split('\n').at(-1)}`,
    );
    return undefined;
  }
}

// ---- the table

const rows = [];
/** goal: { text, limit, ratio: name of the divisor } or an absolute limit. */
function row(workName, unit, values, goal) {
  const divisor = goal.over ? values[goal.over] : undefined;
  const ratio = divisor && values.rundlet ? values.rundlet / divisor : undefined;
  const seen = goal.over ? ratio : values.rundlet;
  rows.push({
    work: workName,
    unit,
    ...values,
    ratio,
    goal: goal.text,
    met: seen === undefined ? undefined : seen <= goal.limit,
  });
}

function table() {
  const number = (value, digits = 2) => (value === undefined ? '-' : value.toFixed(digits));
  const head = ['work', 'rundlet', 'crun', 'runc', 'ratio', 'goal', 'met?'];
  const body = rows.map((r) => [
    `${r.work} (${r.unit})`,
    number(r.rundlet),
    number(r.crun),
    number(r.runc),
    number(r.ratio, 3),
    r.goal,
    r.met === undefined ? '-' : r.met ? 'yes' : 'no',
  ]);
  const all = [head, ...body];
  const widths = head.map((_, i) => Math.max(...all.map((cells) => cells[i].length)));
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  return [
    line(head),
    `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
    ...body.map(line),
  ].join('\n');
}

const started = [];
try {
  for (const [name, version] of Object.entries(versions))
    say(`${name}: ${version} (${peers[name]})`);
  const spec = specBundle();
  const docker = dockerBundle();
  const load = loadavg()[0];
  if (load > 0.5)
    say(
      `the machine is not quiet (load ${load.toFixed(1)}): the ratios will be worse than they are`,
    );
  say(`docker bundle: ${docker.from}; ${rounds} × ${runs} runs of each command`);

  const run = medians(
    interleaved(
      work,
      perRuntime((runtime) => ['run', '-b', spec, `run-${runtime.name}`]),
    ),
  );
  row('run of true, default spec', 'ms', run, { text: '≤ 0.55 × crun', over: 'crun', limit: 0.55 });
  const dockerRun = medians(
    interleaved(
      work,
      perRuntime((runtime) => ['run', '-b', docker.dir, `docker-${runtime.name}`]),
    ),
  );
  row("run of true, Docker's default", 'ms', dockerRun, {
    text: '≤ 0.55 × crun',
    over: 'crun',
    limit: 0.55,
  });

  const long = bundleDir('long');
  const config = JSON.parse(readFileSync(join(spec, 'config.json'), 'utf8'));
  writeConfig(long, { ...config, process: { ...config.process, args: ['/bin/probe', 'hold'] } });
  for (const runtime of runtimes) {
    execFileSync(
      runtime.path,
      ['--root', runtime.root, 'run', '-d', '-b', long, `long-${runtime.name}`],
      { stdio: 'ignore' },
    );
    started.push(runtime);
  }
  const exec = medians(
    interleaved(
      work,
      perRuntime((runtime) => ['exec', `long-${runtime.name}`, 'true']),
    ),
  );
  row('exec of true', 'ms', exec, { text: '≤ 0.60 × crun', over: 'crun', limit: 0.6 });
  const state = medians(
    interleaved(
      work,
      perRuntime((runtime) => ['state', `long-${runtime.name}`]),
    ),
  );
  row('state', 'ms', state, { text: '≤ 0.50 × crun', over: 'crun', limit: 0.5 });

  if (existsSync(join(root, 'dist/node/index.js'))) {
    const { library, floor } = inProcess(spec);
    row(
      'in-process create+start+wait+delete',
      'ms',
      { rundlet: library, crun: run.crun },
      { text: '≤ 0.40 × crun run', over: 'crun', limit: 0.4 },
    );
    row(
      `the same over bare kernel work (${floor.toFixed(2)} ms)`,
      'ms',
      { rundlet: library, floor },
      { text: '≤ 1.30 × kernel', over: 'floor', limit: 1.3 },
    );
  } else say('in-process: dist/node/index.js is not there, not measured');

  row('peak memory of run', 'MiB', peakMemory(spec), { text: '≤ crun', over: 'crun', limit: 1 });
  const seccomp = seccompTime(join(docker.dir, 'config.json'));
  if (seccomp) {
    row(
      `Docker's profile to BPF (${seccomp.instructions} instructions)`,
      'ms',
      { rundlet: seccomp.microseconds / 1000 },
      { text: '≤ 0.30 ms', limit: 0.3 },
    );
  }

  process.stdout.write(`${table()}\n`);
  const results = {
    date: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model,
      cpus: cpus().length,
      load,
      kernel: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(),
      node: process.version,
    },
    versions,
    dockerBundle: docker.from,
    runsPerCommand: rounds * runs,
    rows,
  };
  writeFileSync(join(here, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
} finally {
  for (const runtime of started)
    spawnSync(runtime.path, ['--root', runtime.root, 'delete', '--force', `long-${runtime.name}`]);
  for (const name of existsSync('/sys/fs/cgroup') ? readdirSync('/sys/fs/cgroup') : []) {
    // an own leftover would spoil the next run; a peer's is not ours to hide
    for (const runtime of runtimes) {
      try {
        rmdirSync(join('/sys/fs/cgroup', name, `long-${runtime.name}`));
      } catch {
        // not there
      }
    }
  }
  rmSync(work, { recursive: true, force: true });
}
