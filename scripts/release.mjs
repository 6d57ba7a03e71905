/**
 * What a release does, up to the publishing: one version everywhere, its section in CHANGELOG.md, licences,
 * build, tarballs that are the same twice, installed and used in an empty folder. `npm run release:dry`
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup } from './setup.mjs';

setup([]);
const { root } = await import('./lib/paths.mjs');
const { fail, output, run, say } = await import('./lib/run.mjs');
const { build } = await import('./build.mjs');
const { pack } = await import('./pack.mjs');

const readJson = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const { version } = readJson('package.json');

const steps = {
  version: checkVersions,
  changelog: checkChangelog,
  licences: () => run(process.execPath, [join(root, 'scripts/licences.mjs')]),
  build: () => build(),
  tarballs: packTwice,
  installation: tryInstallation,
};

/** Both sides of the border between the languages are of one version. */
function checkVersions() {
  const found = new Map([['package-lock.json', readJson('package-lock.json').version]]);
  for (const name of readdirSync(join(root, 'npm')).filter((name) => name.startsWith('linux-'))) {
    found.set(`npm/${name}/package.json`, readJson(`npm/${name}/package.json`).version);
  }
  const cargo = readFileSync(join(root, 'Cargo.toml'), 'utf8');
  found.set('Cargo.toml', /\[workspace\.package\]\s*\nversion = "([^"]+)"/.exec(cargo)?.[1]);
  const other = [...found].filter(([, text]) => text !== version);
  if (other.length > 0) {
    const list = other.map(([file, text]) => `${file} has ${text}`).join(', ');
    throw new Error(`package.json has version ${version}, but ${list}`);
  }
  say(`release: version ${version} in ${found.size + 1} files`);
}

/** SemVer's form, and a section with something in it. */
function checkChangelog() {
  const { line, body } = changelogSection(
    readFileSync(join(root, 'CHANGELOG.md'), 'utf8'),
    version,
  );
  const entries = body.match(/^- /gm)?.length ?? 0;
  if (entries === 0) throw new Error(`CHANGELOG.md: nothing in '${line}'`);
  say(`release: CHANGELOG.md: '${line}', ${entries} entries`);
}

function changelogSection(text, wanted) {
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(wanted)) throw new Error(`${wanted} is not SemVer`);
  const sections = text.split(/^## /m).slice(1);
  const section = sections.find((part) => part.split('\n')[0].includes(wanted));
  if (section === undefined) throw new Error(`CHANGELOG.md has no section for ${wanted}`);
  const [line, ...rest] = section.split('\n');
  return { line, body: rest.join('\n') };
}

let tarballs = [];

function packTwice() {
  const sums = () => {
    tarballs = Object.values(pack());
    return tarballs.map((file) => createHash('sha256').update(readFileSync(file)).digest('hex'));
  };
  const [first, second] = [sums(), sums()];
  if (first.join() !== second.join()) throw new Error('two packings differ');
  for (const [index, file] of tarballs.entries()) {
    say(`release: ${second[index]}  ${file.slice(root.length + 1)}`);
  }
}

function tryInstallation() {
  const folder = mkdtempSync(join(tmpdir(), 'rundlet-release-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n');
    const env = { npm_config_user_agent: undefined };
    const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs];
    run('npm', args, { cwd: folder, env, quiet: true });
    const said = output(join(folder, 'node_modules/.bin/rundlet'), ['--version'], { cwd: folder });
    if (said?.split('\n')[0] !== `rundlet version ${version}`) throw new Error(`it says: ${said}`);
    mkdirSync(join(folder, 'bundle'));
    const program =
      "import { Runtime } from 'rundlet'; console.log(typeof (await new Runtime().features()));";
    writeFileSync(join(folder, 'try.mjs'), program);
    const library = output(process.execPath, ['try.mjs'], { cwd: folder });
    if (library !== 'object') throw new Error(`the library says: ${library}`);
    say(`release: installed and used: ${said.replaceAll('\n', ', ')}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (!process.argv.includes('--dry')) {
  fail(new Error('only --dry: publishing is the work of the release machine (npm/README.md)'));
}
for (const [name, step] of Object.entries(steps)) {
  const start = performance.now();
  try {
    await step();
  } catch (error) {
    fail(new Error(`release: ${name}: ${error.message}`));
  }
  say(`release: ${name} took ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
say(`release: ${version} is ready to be published: ${tarballs.length} tarballs`);
