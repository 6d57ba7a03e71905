import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

const cpus = { x64: 'x86_64', arm64: 'aarch64' };

/** The C library that this Node is linked to: glibc says its version in a report. */
process.report.excludeNetwork = true;
const libc = process.report.getReport().header.glibcVersionRuntime ? 'gnu' : 'musl';

/** `linux-x64-gnu`: names the package of this machine in npm/, and its addon. */
export const platform = `linux-${process.arch}-${libc}`;

/** The Rust targets of the packages in npm/. */
export const releaseTriples = Object.values(cpus).flatMap((cpu) =>
  ['gnu', 'musl'].map((libc) => `${cpu}-unknown-linux-${libc}`),
);

/** The Rust target of this machine; naming it keeps build scripts and macros out of crt-static. */
export const triple = `${cpus[process.arch]}-unknown-linux-${libc}`;
export const initFile = join(root, 'dist/build/rundlet-init');
export const executableFile = join(root, 'dist/bin/rundlet');
export const shimFile = join(root, 'dist/bin/rundlet-shim');
export const addonFile = join(root, `dist/node/rundlet.${platform}.node`);
export const nodeCli = join(root, 'dist/node/cli.js');

/** Environment with the repository's own tools, its Node among them, first. */
export function toolEnvironment(extra = {}) {
  return {
    ...process.env,
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    ...extra,
  };
}
