/**
 * Builds everything, each step only when its inputs changed:
 * init → bundles → executable, shim and addon. `node scripts/build.mjs [init|scripts|executable|shim|addon|types]…`
 */
import { chmodSync, copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addonFile, executableFile, initFile, root, shimFile, triple } from './lib/paths.mjs';
import { fail, output, run } from './lib/run.mjs';
import { step } from './lib/stamp.mjs';

const rust = ['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml'];
const data = ['crates/plan', 'crates/seccomp/src', 'crates/seccomp/Cargo.toml'];
const bundler = ['package-lock.json', 'scripts/build-scripts.mjs', 'src'];
const fixedBuild = { RUSTFLAGS: '-C target-feature=+crt-static -C relocation-model=static' };
const staticBuild = { RUSTFLAGS: '-C target-feature=+crt-static' };

const steps = {
  /** rundlet-init, which the executable and the addon carry in themselves. */
  init: () =>
    step(
      'init',
      { inputs: [...rust, ...data, 'crates/init'], outputs: ['dist/build/rundlet-init'] },
      () => {
        cargo('rundlet-init', 'init', triple, staticBuild, ['--features', 'freestanding']);
        place(join('target', triple, 'init/rundlet-init'), initFile);
      },
    ),

  async scripts() {
    const { bundleNode, bundleQuickjs, sourceCommit } = await import('./build-scripts.mjs');
    await step(
      'quickjs',
      { inputs: bundler, outputs: ['dist/build/quickjs/main.js'] },
      bundleQuickjs,
    );
    const outputs = ['dist/node/index.js', 'dist/node/oclif.manifest.json'];
    await step(
      'node',
      { inputs: [...bundler, 'package.json'], outputs, extra: sourceCommit() },
      bundleNode,
    );
  },

  /**
   * Static, for x86-64 as named by `triple`; strip and lto are in the release profile. Not relocatable: it
   * carries the loaded JavaScript in itself (crates/rundlet/src/snapshot.rs).
   */
  async executable() {
    const { sourceCommit } = await import('./build-scripts.mjs');
    const inputs = [
      ...rust,
      ...data,
      'crates/core',
      'crates/layers',
      'crates/registry',
      'crates/rundlet',
      'dist/build/rundlet-init',
      'dist/build/quickjs',
    ];
    const commit = sourceCommit();
    await step('executable', { inputs, outputs: ['dist/bin/rundlet'], extra: commit }, () => {
      cargo('rundlet', 'release', triple, { ...fixedBuild, RUNDLET_COMMIT: commit });
      const built = join('target', triple, 'release/rundlet');
      const whole = join('target', triple, 'release/rundlet-snapshot');
      makeSnapshot(join(root, built), join(root, whole));
      place(whole, executableFile);
    });
  },

  /** One process per container, beside the executable. */
  shim: () =>
    step(
      'shim',
      { inputs: [...rust, ...data, 'crates/shim'], outputs: ['dist/bin/rundlet-shim'] },
      () => {
        cargo('rundlet-shim', 'shim', triple, staticBuild);
        place(join('target', triple, 'shim/rundlet-shim'), shimFile);
      },
    ),

  /** By cargo and copy: of what `napi build` adds (a loader, types) we have our own, smaller. */
  addon: () =>
    step(
      'addon',
      {
        inputs: [
          ...rust,
          ...data,
          'crates/core',
          'crates/layers',
          'crates/registry',
          'crates/node',
          'dist/build/rundlet-init',
        ],
        outputs: [addonFile.slice(root.length + 1)],
      },
      () => {
        // musl's Rust links statically unless told, and a static library cannot be loaded.
        const env = triple.endsWith('musl') ? { RUSTFLAGS: '-C target-feature=-crt-static' } : {};
        cargo('rundlet-node', 'addon', undefined, env);
        place('target/addon/librundlet_node.so', addonFile);
      },
    ),

  types: () =>
    step(
      'types',
      {
        inputs: ['src', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'],
        outputs: ['dist/types/index.d.ts'],
      },
      () => run('tsc', ['-p', 'tsconfig.build.json']),
    ),
};

/**
 * It refuses a snapshot with an address of its own heap, which lies elsewhere in each process: a number that
 * only looks like one is passed over by another try, a real address never is.
 */
function makeSnapshot(built, whole) {
  const args = ['--make-snapshot', whole];
  for (let tries = 1; tries < 5; tries++) {
    if (output(built, args) !== undefined) return;
  }
  run(built, args);
}

function cargo(name, profile, target, env = {}, more = []) {
  const args = ['build', '--locked', '-p', name, '--profile', profile, ...more];
  run('cargo', target ? [...args, '--target', target] : args, { env: { RUSTFLAGS: '', ...env } });
}

/** By rename: the old one may be running. */
function place(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(join(root, from), `${to}.new`);
  chmodSync(`${to}.new`, 0o755);
  renameSync(`${to}.new`, to);
}

/** All steps, or those named. */
export async function build(names = Object.keys(steps)) {
  for (const name of names) {
    if (!Object.hasOwn(steps, name)) throw new Error(`no build step ${name}`);
    await steps[name]();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { setup } = await import('./setup.mjs');
  setup([]);
  await build(process.argv.length > 2 ? process.argv.slice(2) : undefined).catch(fail);
}
