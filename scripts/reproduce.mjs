/**
 * Two builds of the last commit in two directories, one after the other; every binary and tarball must be
 * the same to the byte. Takes two whole builds. `npm run reproduce`
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './lib/paths.mjs';
import { fail, run, say } from './lib/run.mjs';

/** What is published, by its path below dist. */
const published = [
  /^bin\/rundlet(-shim)?$/,
  /^build\/rundlet-init$/,
  /^node\/.*\.node$/,
  /^packages\/.*\.tgz$/,
];

/** Names of different length and depth: a path that gets into a binary shows. */
const places = ['one', 'two/deeper/than-the-first'];

function buildIn(base, place) {
  const folder = join(base, place);
  mkdirSync(folder, { recursive: true });
  run('git', ['clone', '-q', '--no-local', root, folder]);
  cpSync(join(root, 'node_modules'), join(folder, 'node_modules'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  const env = { CARGO_TARGET_DIR: undefined, RUNDLET_COMMIT: undefined };
  run('node', ['scripts/build.mjs'], { cwd: folder, env });
  run('node', ['-e', "(await import('./scripts/pack.mjs')).pack()", '--input-type=module'], {
    cwd: folder,
    env,
  });
  const dist = join(folder, 'dist');
  const files = readdirSync(dist, { recursive: true }).filter((path) =>
    published.some((form) => form.test(path)),
  );
  const sums = new Map(files.sort().map((path) => [path, sha256(join(dist, path))]));
  rmSync(folder, { recursive: true });
  return sums;
}

const sha256 = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

const base = mkdtempSync(join(tmpdir(), 'rundlet-reproduce-'));
try {
  const [first, second] = places.map((place) => buildIn(base, place));
  let different = 0;
  for (const [path, sum] of first) {
    const same = second.get(path) === sum;
    if (!same) different++;
    say(`${same ? 'same     ' : 'DIFFERENT'}  ${sum}  ${path}`);
  }
  say(`reproduce: ${first.size} files, ${different} different`);
  process.exitCode = different === 0 && first.size === second.size && first.size > 0 ? 0 : 1;
} catch (error) {
  fail(error);
} finally {
  rmSync(base, { recursive: true, force: true });
}
