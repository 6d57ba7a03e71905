/**
 * npm run bench:package: what is published weighs, how many packages an installation gets, and how long a new
 * user waits: each installer in an empty folder, then the command line, a container and the library. After a
 * build. NODE names another Node for the library and the command line in Node; PNPM a pnpm.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pack } from '../scripts/pack.mjs';
import { makeRootfs } from '../test/support/bundle.ts';

const node = process.env.NODE ?? process.execPath;
const pnpm = process.env.PNPM;
const installers = {
  npm: ['npm', 'install', '--no-audit', '--no-fund'],
  'npm --ignore-scripts': ['npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts'],
  ...(pnpm && { pnpm: [pnpm, 'add'] }),
};
const say = (text) => process.stdout.write(`${text}\n`);
const program = `import { Runtime } from 'rundlet';
const runtime = new Runtime({ root: process.argv[2] });
const { exitCode, stdout } = await runtime.run({ bundle: 'hello' });
console.log(exitCode, stdout.trim());
`;

const work = mkdtempSync(join(tmpdir(), 'rundlet-bench-package-'));
try {
  const tarballs = Object.values(pack());
  const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
  const installed = Object.entries(lock.packages).filter(
    ([path, { dev, devOptional }]) => path && !dev && !devOptional,
  );
  const direct = Object.keys(lock.packages[''].dependencies ?? {}).length;
  const mib = (file) => (statSync(file).size / 2 ** 20).toFixed(2);
  for (const file of tarballs) say(`${mib(file)} MiB  ${file.split('/').at(-1)}`);
  say(`${direct} runtime dependencies, ${installed.length} packages with theirs`);
  for (const [name, words] of Object.entries(installers)) tryIt(name, words, tarballs);
} finally {
  rmSync(work, { recursive: true });
}

function tryIt(name, words, tarballs) {
  const folder = join(work, name.replaceAll(/\W+/g, '-'));
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n');
  const root = join(folder, 'state');
  makeRootfs(join(folder, 'hello/rootfs'));
  const step = (what, argv) => {
    const start = performance.now();
    const { status, stderr, error } = spawnSync(argv[0], argv.slice(1), {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...process.env,
        PATH: `${dirname(node)}:${process.env.PATH}`,
        npm_config_user_agent: undefined,
      },
    });
    const time = performance.now() - start;
    if (status !== 0) throw new Error(`${name}: ${what}: ${error?.message ?? stderr}`);
    say(`${time.toFixed(0).padStart(7)} ms  ${name}: ${what}`);
  };
  const rundlet = join(folder, 'node_modules/.bin/rundlet');
  step('installation', [...words, ...tarballs]);
  step('rundlet --version', [rundlet, '--version']);
  step('rundlet spec', [rundlet, 'spec', '-b', 'hello']);
  const config = join(folder, 'hello/config.json');
  const text = readFileSync(config, 'utf8');
  const args = text.replace('"terminal": true', '"terminal": false').replace('"sh"', '"true"');
  writeFileSync(config, args);
  step('rundlet run', [rundlet, '--root', root, 'run', '-b', 'hello', 'one']);
  writeFileSync(join(folder, 'box.mjs'), program);
  step('the library', [node, 'box.mjs', root]);
}
