import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

const triples = { x64: 'x86_64-unknown-linux-gnu', arm64: 'aarch64-unknown-linux-gnu' };

/** The Rust target of this machine; naming it keeps build scripts and macros out of crt-static. */
export const triple = triples[process.arch];
export const initFile = join(root, 'dist/build/rundlet-init');
export const executableFile = join(root, 'dist/bin/rundlet');
export const shimFile = join(root, 'dist/bin/rundlet-shim');
export const addonFile = join(
  root,
  `dist/node/rundlet.${process.platform}-${process.arch}-gnu.node`,
);
export const nodeCli = join(root, 'dist/node/cli.js');

/** Environment with the repository's own tools, its Node among them, first. */
export function toolEnvironment(extra = {}) {
  return {
    ...process.env,
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    ...extra,
  };
}
