/**
 * npm run bench -- --scale: many containers at once, rundlet beside crun (env CRUN names another build). COUNT
 * (1000) containers by 8 callers at a time; what one costs beside 20 others and beside all; then ENDS (2000)
 * foreground runs of a process that ends at once, of which none may hang or lose its exit code. A container
 * that fails ends the bench with an error. Prints a table, writes bench/scale.json.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeRootfs } from '../test/support/bundle.ts';
import { which } from '../test/support/requires.ts';
import { median } from './median.mjs';
import { insidePureV1 } from './pure-v1.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const callers = 8;
const count = Number(process.env.COUNT ?? 1000);
const ends = Number(process.env.ENDS ?? 2000);
const few = Math.min(20, count);
/** Containers that come and go to see what one costs. */
const probes = 40;
/** Milliseconds after which a run that has not ended hangs. */
const patience = 120_000;

insidePureV1();
const say = (text) => process.stderr.write(`${text}\n`);
const work = mkdtempSync(join(tmpdir(), 'rundlet-scale-'));
const runtimes = [
  ['rundlet', process.env.RUNTIME ?? join(here, '../dist/bin/rundlet')],
  ['crun', process.env.CRUN ?? which('crun')],
].flatMap(([name, path]) => (path ? [{ name, path, root: join(work, `root-${name}`) }] : []));

/** A bundle whose process is `args`. */
function bundle(name, args) {
  const dir = join(work, name);
  mkdirSync(join(dir, 'rootfs'), { recursive: true });
  makeRootfs(join(dir, 'rootfs'));
  execFileSync(runtimes[0].path, ['spec', '-b', dir]);
  const file = join(dir, 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8'));
  const process = { ...config.process, args, terminal: false };
  writeFileSync(file, JSON.stringify({ ...config, ociVersion: '1.0.2', process }));
  return dir;
}

/** Milliseconds for each of the ids, some callers at a time; ids stand for `{}`. */
function each(runtime, ids, words) {
  const from = process.hrtime.bigint();
  const xargs = ['-P', String(callers), '-I', '{}', runtime.path, '--root', runtime.root, ...words];
  const { status, stderr } = spawnSync('xargs', xargs, {
    input: ids.join('\n'),
    stdio: ['pipe', 'ignore', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  const took = Number(process.hrtime.bigint() - from) / 1e6;
  if (status !== 0) throw new Error(`${runtime.name} ${words[0]}: ${stderr.trim() || status}`);
  return took / ids.length;
}

const names = (prefix, from, to) =>
  Array.from({ length: to - from }, (_, i) => `${prefix}-${from + i}`);

/** What creation, start and removal of one costs beside those that are there. */
function probeCost(runtime, held) {
  const rounds = [0, 1, 2].map((round) => {
    const ids = names(`probe-${round}`, 0, probes);
    const made =
      each(runtime, ids, ['create', '-b', held, '{}']) + each(runtime, ids, ['start', '{}']);
    return made + each(runtime, ids, ['delete', '--force', '{}']);
  });
  return median(rounds);
}

function measure(runtime, held) {
  say(`${runtime.name}: ${count} containers, ${callers} at a time`);
  const prefix = `scale-${runtime.name}`;
  const all = names(prefix, 0, count);
  const make = (ids) =>
    (each(runtime, ids, ['create', '-b', held, '{}']) + each(runtime, ids, ['start', '{}'])) *
    ids.length;
  const first = make(all.slice(0, few));
  const beside = probeCost(runtime, held);
  const rest = count > few ? make(all.slice(few)) : 0;
  const besideAll = probeCost(runtime, held);
  const list = median(
    Array.from({ length: 10 }, () => {
      const from = process.hrtime.bigint();
      execFileSync(runtime.path, ['--root', runtime.root, 'list', '-f', 'json'], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      return Number(process.hrtime.bigint() - from) / 1e6;
    }),
  );
  const many = (...words) => each(runtime, all, words);
  const times = {
    'create + start': (first + rest) / count,
    list,
    pause: many('pause', '{}'),
    resume: many('resume', '{}'),
    update: many('update', '--pids-limit', '100', '{}'),
    ps: many('ps', '-f', 'json', '{}'),
    kill: many('kill', '{}', 'KILL'),
    delete: many('delete', '--force', '{}'),
    [`one more beside ${few}`]: beside,
    [`one more beside ${count}`]: besideAll,
  };
  const left = readdirSync(runtime.root).length;
  if (left > 0) throw new Error(`${runtime.name}: ${left} containers are left in its root`);
  return times;
}

/** Exit code of a foreground run; an error when it does not end. */
function end(runtime, dir, id) {
  const words = ['--root', runtime.root, 'run', '-b', dir, id];
  const child = spawn(runtime.path, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  return new Promise((done, failed) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      failed(new Error(`${id}: run did not end in ${patience} ms`));
    }, patience);
    child.on('error', failed);
    child.on('exit', (code, signal) => {
      clearTimeout(late);
      done(code ?? signal);
    });
  });
}

async function foregroundRuns(runtime) {
  say(`${runtime.name}: ${ends} foreground runs`);
  const dir = bundle('ends', ['sh', '-c', 'exit 7']);
  let next = 0;
  const caller = async () => {
    while (next < ends) {
      const id = `ends-${next++}`;
      const code = await end(runtime, dir, id);
      if (code !== 7) throw new Error(`${id}: exit code ${code} in the place of 7`);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

/** At most this much of crun's time. */
const goals = {
  'create + start': 0.65,
  list: 1,
  pause: 0.6,
  resume: 0.6,
  update: 0.6,
  ps: 0.6,
  kill: 0.6,
  delete: 1,
};
const growthGoal = 1.1;

function rowsOf({ rundlet, crun }) {
  const rows = Object.entries(rundlet).map(([name, own]) => {
    const ratio = crun && own / crun[name];
    return { work: `${name} (ms)`, rundlet: own, crun: crun?.[name], ratio, goal: goals[name] };
  });
  const growth = (times) =>
    times && times[`one more beside ${count}`] / times[`one more beside ${few}`];
  const own = growth(rundlet);
  const work = `growth from ${few} to ${count} (×)`;
  return [...rows, { work, rundlet: own, crun: growth(crun), ratio: own, goal: growthGoal }];
}

function table(rows) {
  const number = (value) => (value === undefined ? '-' : value.toFixed(2));
  const cells = rows.map(({ work, rundlet, crun, ratio, goal }) => [
    work,
    number(rundlet),
    number(crun),
    number(ratio),
    goal === undefined ? '-' : `≤ ${goal.toFixed(2)}`,
    goal === undefined || ratio === undefined ? '-' : ratio <= goal ? 'yes' : 'no',
  ]);
  const lines = [
    ['work', 'rundlet', 'crun', 'ratio', 'goal', 'met?'],
    ['-', '-', '-', '-', '-', '-'],
  ];
  return [...lines, ...cells].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** Whatever is still there of a runtime, after an error. */
function clean(runtime) {
  let ids = [];
  try {
    ids = readdirSync(runtime.root);
  } catch {
    return;
  }
  const words = ['--root', runtime.root, 'delete', '--force'];
  for (const id of ids) spawnSync(runtime.path, [...words, id], { stdio: 'ignore' });
  for (const name of readdirSync('/sys/fs/cgroup')) {
    for (const id of ids) {
      try {
        rmdirSync(join('/sys/fs/cgroup', name, id));
      } catch {
        // not there, as it should be
      }
    }
  }
}

try {
  const held = bundle('held', ['/bin/probe', 'hold']);
  const times = {};
  for (const runtime of runtimes) times[runtime.name] = measure(runtime, held);
  if (ends > 0) await foregroundRuns(runtimes[0]);
  const rows = rowsOf(times);
  process.stdout.write(`${table(rows)}\n`);
  if (ends > 0) process.stdout.write(`${ends} foreground runs: each ended, with its exit code\n`);
  const versions = Object.fromEntries(
    runtimes.map(({ name, path }) => [
      name,
      execFileSync(path, ['--version'], { encoding: 'utf8' }).split('\n')[0],
    ]),
  );
  const machine = { cpu: cpus()[0]?.model, cpus: cpus().length, node: process.version };
  const results = { date: new Date().toISOString(), machine, versions, count, callers, ends, rows };
  writeFileSync(join(here, 'scale.json'), `${JSON.stringify(results, null, 2)}\n`);
} finally {
  for (const runtime of runtimes) clean(runtime);
  rmSync(work, { recursive: true, force: true });
}
