/**
 * The tarballs that are published, in dist/packages: `rundlet`, and the package of this machine's
 * platform with all that is native. `node scripts/pack.mjs`
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { platform, root } from './lib/paths.mjs';
import { fail, output, say } from './lib/run.mjs';

const packages = join(root, 'dist/packages');
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** Needs a build. @returns the tarballs' paths by package name. */
export function pack() {
  rmSync(packages, { recursive: true, force: true });
  return {
    rundlet: tarball(stageLibrary()),
    [`@rundlet/${platform}`]: tarball(stagePlatform(platform)),
  };
}

/** package.json of the checkout, less what is of the checkout. */
function stageLibrary() {
  const folder = join(packages, 'rundlet');
  const { devDependencies, scripts, allowScripts, bin, files, ...manifest } = readJson(
    join(root, 'package.json'),
  );
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'npm/rundlet/bin'), join(folder, 'bin'), { recursive: true });
  chmodSync(join(folder, 'bin/rundlet'), 0o755);
  const native = (source) => !source.endsWith('.node') && !source.endsWith('.map');
  cpSync(join(root, 'dist/node'), join(folder, 'dist/node'), { recursive: true, filter: native });
  cpSync(join(root, 'dist/types'), join(folder, 'dist/types'), { recursive: true });
  for (const name of ['schemas', 'README.md', 'LICENSE', 'CHANGELOG.md']) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  const platforms = readdirSync(join(root, 'npm')).filter((name) => name.startsWith('linux-'));
  writeJson(join(folder, 'package.json'), {
    ...manifest,
    bin: { rundlet: './bin/rundlet' },
    scripts: { postinstall: 'node bin/install.js' },
    // Exactly this version: both sides of the border between the languages are of one commit.
    optionalDependencies: Object.fromEntries(
      platforms.map((name) => [`@rundlet/${name}`, manifest.version]),
    ),
    files: ['bin', ...files],
  });
  return folder;
}

function stagePlatform(platform) {
  const source = join(root, 'npm', platform);
  const folder = join(packages, platform);
  const manifest = readJson(join(source, 'package.json'));
  mkdirSync(folder, { recursive: true });
  writeJson(join(folder, 'package.json'), manifest);
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  for (const file of manifest.files) {
    const built = join(root, 'dist', file.endsWith('.node') ? `node/${file}` : file);
    if (!existsSync(built)) throw new Error(`${built} is missing: npm run build`);
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(built, join(folder, file));
  }
  return folder;
}

function writeJson(file, value) {
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** Of the umask nothing gets into a tarball; npm itself sets the times. */
function fixModes(folder) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const program = entry.isDirectory() || (statSync(path).mode & 0o100) !== 0;
    chmodSync(path, program ? 0o755 : 0o644);
  }
}

/** Never with a script of npm's: what is packed is what was staged. */
function tarball(folder) {
  fixModes(folder);
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', packages];
  const answer = output('npm', args, { cwd: folder });
  if (answer === undefined) throw new Error(`npm pack failed in ${basename(folder)}`);
  const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(answer);
  const mib = (bytes) => (bytes / 2 ** 20).toFixed(2);
  say(`pack: ${filename}: ${mib(size)} MiB, ${entryCount} files of ${mib(unpackedSize)} MiB`);
  return join(packages, filename.replace('@', '').replace('/', '-'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { setup } = await import('./setup.mjs');
  setup([]);
  const { build } = await import('./build.mjs');
  try {
    await build();
    pack();
  } catch (error) {
    fail(error);
  }
}
