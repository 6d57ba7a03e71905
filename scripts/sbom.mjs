/**
 * CycloneDX of what is shipped, in dist/sbom: `npm.cdx.json` by npm itself, one for each executable and the
 * addon by cargo-cyclonedx, which is installed below dist/tools when it is not there. `npm run sbom`
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, triple } from './lib/paths.mjs';
import { fail, output, run, say } from './lib/run.mjs';

const directory = join(root, 'dist/sbom');
const tools = join(root, 'dist/tools');
const shipped = ['rundlet', 'shim', 'node', 'init'];

/** @returns paths of the files. */
export function makeSboms() {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  return [npmSbom(), ...cargoSboms()];
}

function npmSbom() {
  const args = ['sbom', '--omit=dev', '--package-lock-only', '--sbom-format', 'cyclonedx'];
  const text = output('npm', args);
  if (text === undefined) throw new Error('npm sbom failed');
  const file = join(directory, 'npm.cdx.json');
  writeFileSync(file, `${text}\n`);
  return file;
}

/** It writes beside each Cargo.toml. */
function cargoSboms() {
  const name = 'rundlet-sbom';
  const program = cyclonedx();
  const args = ['--format', 'json', '--target', triple, '--override-filename', name, '--quiet'];
  run(program, ['cyclonedx', ...args]);
  const made = readdirSync(join(root, 'crates')).map((crate) => ({
    crate,
    from: join(root, 'crates', crate, `${name}.json`),
  }));
  return made.flatMap(({ crate, from }) => {
    if (!existsSync(from)) return [];
    if (!shipped.includes(crate)) {
      rmSync(from);
      return [];
    }
    const to = join(directory, `${crate}.cdx.json`);
    renameSync(from, to);
    return [to];
  });
}

function cyclonedx() {
  const program = join(tools, 'bin/cargo-cyclonedx');
  if (existsSync(program)) return program;
  say('sbom: installing cargo-cyclonedx into dist/tools');
  run('cargo', ['install', '--quiet', '--locked', '--root', tools, 'cargo-cyclonedx']);
  return program;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    for (const file of makeSboms()) say(`sbom: ${file.slice(root.length + 1)}`);
  } catch (error) {
    fail(error);
  }
}
