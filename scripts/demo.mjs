/**
 * Runs one container through the executable and through the library, takes the time of both beside crun
 * and runc, and tells the life of a container of the engine. Does all set-up itself; leaves nothing.
 */
import { demoPackages, setup } from './setup.mjs';

setup(demoPackages);
const {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} = await import('node:fs');
const { tmpdir } = await import('node:os');
const { join } = await import('node:path');
const { spawnSync } = await import('node:child_process');
const { executableFile, root } = await import('./lib/paths.mjs');
const { fail, run, say } = await import('./lib/run.mjs');
const { build } = await import('./build.mjs');
const { tellStory } = await import('./lib/demo-story.mjs');

const runs = 20;

if (process.getuid() !== 0) throw new Error('the demo needs root: its bundle uses all namespaces');
await build(['init', 'scripts', 'executable', 'shim', 'addon']).catch(fail);
const work = mkdtempSync(join(tmpdir(), 'rundlet-demo-'));
try {
  await demo();
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(`demo: ${error.message}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function demo() {
  const { Runtime } = await import(join(root, 'dist/node/index.js'));
  const runtime = new Runtime({ root: join(work, 'library') });
  const hello = makeBundle('hello', [
    'sh',
    '-c',
    'echo "hello from $(hostname), as process $$ of $(ls -d /proc/[0-9]* | wc -l)"',
  ]);

  say('\n1. The executable: rundlet run');
  run(executableFile, ['--root', join(work, 'root'), 'run', '-b', hello, 'hello']);

  say('\n2. The library: await new Runtime().run({ bundle })');
  const { stdout, exitCode } = await runtime.run({ bundle: hello });
  say(`${stdout.trimEnd()}\n(exit code ${exitCode}, no child process but the container)`);

  say('\n3. The plan: rundlet plan, its first steps');
  const { stdout: plan } = spawnSync(executableFile, ['plan', '-b', hello], { encoding: 'utf8' });
  say(plan.split('\n').slice(0, 8).join('\n'));

  say(`\n4. create, start, wait and delete of \`true\`, medians of ${runs} runs`);
  const nothing = makeBundle('true', ['true']);
  const rows = [
    [
      'rundlet run (executable)',
      commandTime([executableFile, '--root', join(work, 'root')], nothing),
    ],
    ['runtime.run() (library)', await libraryTime(runtime, nothing)],
    ['crun run', commandTime(['crun', '--root', join(work, 'crun')], nothing, true)],
    ['runc run', commandTime(['runc', '--root', join(work, 'runc')], nothing)],
  ];
  for (const [name, time] of rows) say(`${name.padEnd(26)}${time}`);

  say('\n5. What docker create and docker start do, without Docker\n');
  const story = join(work, 'story');
  mkdirSync(story);
  await tellStory(story);
}

function makeBundle(name, args) {
  const bundle = join(work, name);
  const bin = join(bundle, 'rootfs/bin');
  mkdirSync(bin, { recursive: true });
  for (const directory of ['dev', 'proc', 'sys']) mkdirSync(join(bundle, 'rootfs', directory));
  copyFileSync('/bin/busybox', join(bin, 'busybox'));
  chmodSync(join(bin, 'busybox'), 0o755);
  for (const applet of ['sh', 'true', 'hostname', 'ls', 'wc'])
    symlinkSync('busybox', join(bin, applet));
  run(executableFile, ['spec', '-b', bundle]);
  const file = join(bundle, 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8'));
  // The crun of Debian 12 refuses later ones.
  config.ociVersion = '1.0.2';
  config.process.terminal = false;
  config.process.args = args;
  writeFileSync(file, JSON.stringify(config));
  return bundle;
}

/** crun refuses a hybrid of cgroup v1 and v2: it gets a view of this machine with v1 alone. */
function commandTime(command, bundle, pureV1 = false) {
  const median = [process.execPath, join(root, 'scripts/lib/median-run.mjs'), String(runs)];
  const words = [...median, ...command, 'run', '-b', bundle, `demo-${process.pid}-{}`];
  const view = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"';
  const [program, ...args] = pureV1 ? ['unshare', '-m', 'sh', '-c', view, 'sh', ...words] : words;
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0
    ? `${stdout.trim().padStart(6)} ms`
    : `   not measured: ${stderr.trim().split('\n').at(-1)}`;
}

async function libraryTime(runtime, bundle) {
  const times = [];
  for (let number = -2; number < runs; number++) {
    const start = performance.now();
    await runtime.run({ bundle });
    if (number >= 0) times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return `${((times[runs / 2 - 1] + times[runs / 2]) / 2).toFixed(2).padStart(6)} ms`;
}
