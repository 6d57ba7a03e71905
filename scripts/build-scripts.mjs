/** Bundles the TypeScript: chunks for QuickJS, and the library, commands and bin for Node. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { rolldown } from 'rolldown';
import { root } from './lib/paths.mjs';
import { output } from './lib/run.mjs';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The last commit that changed what is built; both hosts print the same. */
export function sourceCommit() {
  if (process.env.RUNDLET_COMMIT) return process.env.RUNDLET_COMMIT;
  return (
    output('git', ['log', '-1', '--format=%h', '--abbrev=12', '--', 'src', 'crates']) || 'unknown'
  );
}

/**
 * What is loaded together lies in one chunk: each one costs QuickJS a load, a resolution and a link, which
 * is more than the reading of a kilobyte. By order: a module goes to the first group that names it.
 */
const chunks = [
  // Every command. Keep it small: it is the start-up time of `state`.
  [
    'base',
    /src\/(errors\/(rundlet-error|status-error|system-error|quote|render-error)|host\/|state\/(store|container-id|status|state-record|cgroup-paths|namespace-names)|spec\/(parse-lossless|stringify|clean-path|spec-version)|lifecycle\/(load-container|hooks|kill|signals|destroy|state|exit-code)\.|cli\/(?!engine|verbs|help|table\/|table-writer|launch-options|named|commands|trace|completion|command-hint|flag-hint|near-id)|runtime\/default-root|cli\/table\/(globals|state))|minimist/,
  ],
  // A process: create, run and exec.
  [
    'process',
    /src\/(plan\/(finish-plan|plan-process|plan-console|plan-environment|plan-capabilities|cpu-list|plan-scheduling|hook-state|plan-seccomp|clean-path|draft|plan-error|plan-rlimits|plan-credentials|plan-options)|spec\/(capability-names|ipc-sysctl)|lifecycle\/(check-terminal|listen-fds|pid-file|abort|abandon-launch)|state\/(libcontainer-seccomp|memory-policy)|cli\/(table\/launch-flags|command)\.)/,
  ],
  // A container: create and run.
  [
    'container',
    /src\/(lifecycle\/(launch-container|create-hooks|plan-bundle)|bundle\/load-bundle|plan\/(?!plan-exec|render)|state\/(to-lib|libcontainer)|cli\/(launch-options|named))/,
  ],
  ['pause', /src\/(lifecycle\/pause|cli\/(table|verbs)\/(pause|resume))\./],
  // What users write: config.json, and the process of an exec.
  ['json', /src\/spec\/(parse-json|json-|locate)/],
  [
    'validate-process',
    /src\/spec\/(validate-process|generated\/process-validator|rules\/(process|capabilities|rlimits|scheduler|rule|number-list)|violation|accept|check-shape|schema-runtime|did-you-mean|run-rules)/,
  ],
  [
    'validate',
    /src\/spec\/(?!default-spec|unknown|validate-resources|validate-state|validate-features)/,
  ],
];

/** Bytecode is made of these by crates/rundlet/build.rs; chunks are loaded when first imported. */
export async function bundleQuickjs() {
  const outdir = join(root, 'dist/build/quickjs');
  rmSync(outdir, { recursive: true, force: true });
  const bundle = await rolldown({
    cwd: root,
    input: { main: 'src/cli/quickjs-main.ts' },
    platform: 'neutral',
    resolve: { mainFields: ['module', 'main'] },
    transform: { target: 'es2023' },
    checks: { ineffectiveDynamicImport: false },
  });
  await bundle.write({
    dir: outdir,
    format: 'esm',
    minify: true,
    comments: { legal: false },
    entryFileNames: '[name].js',
    // Of the engine's verbs some are called as those of the runtime.
    chunkFileNames: ({ facadeModuleId }) =>
      `${/\/engine\//.test(facadeModuleId ?? '') ? 'engine_' : ''}[name]-[hash].js`,
    codeSplitting: {
      groups: chunks.map(([name, test], index) => ({ name, test, priority: 100 - index })),
    },
  });
  await bundle.close();
  for (const name of readdirSync(outdir)) {
    const file = join(outdir, name);
    writeFileSync(file, rewriteImports(readFileSync(file, 'utf8'), name));
  }
}

/**
 * `import("./x.js")` → `importChunk("x.js")`, which the host gives: QuickJS's own wants the name of the
 * importing file, which bytecode without debug information does not have.
 */
function rewriteImports(text, name) {
  const rewritten = text.replace(/\bimport\(["'`]\.\/([\w-]+\.js)["'`]\)/g, 'importChunk("$1")');
  if (/\bimport\s*\(/.test(rewritten))
    throw new Error(`${name}: an import() that is not of a chunk`);
  return rewritten;
}

/** The npm package's JavaScript; packages stay outside. */
export async function bundleNode() {
  const outdir = join(root, 'dist/node');
  const commands = readdirSync(join(root, 'src/cli/commands')).map((name) =>
    name.replace(/\.ts$/, ''),
  );
  const verbs = await engineVerbs();
  const { metafile } = await build({
    absWorkingDir: root,
    metafile: true,
    plugins: [engineCommands],
    entryPoints: {
      index: 'src/index.ts',
      cli: 'src/cli/node-main.ts',
      ...Object.fromEntries(
        commands.map((name) => [`commands/${name}`, `src/cli/commands/${name}.ts`]),
      ),
      ...Object.fromEntries(verbs.map((name) => [`commands/${name}`, `engine-command:${name}`])),
    },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    target: 'node22.12',
    sourcemap: true,
    sourcesContent: false,
    chunkNames: 'chunks/[name]-[hash]',
    define: {
      RUNDLET_VERSION: JSON.stringify(version),
      RUNDLET_COMMIT: JSON.stringify(sourceCommit()),
    },
    logLevel: 'warning',
  });
  removeStale(metafile);
  await writeOclifRoot(outdir);
}

/** `container/create`, … of src/cli/engine/topics.ts: it has only names and lazy imports. */
async function engineVerbs() {
  const { topics } = await import('../src/cli/engine/topics.ts');
  return Object.entries(topics).flatMap(([topic, { verbs }]) =>
    Object.keys(verbs).map((verb) => `${topic}/${verb}`),
  );
}

/** An oclif command is a file; those of the engine's verbs are made here. */
const engineCommands = {
  name: 'engine-commands',
  setup(building) {
    const namespace = 'engine-command';
    building.onResolve({ filter: /^engine-command:/ }, ({ path }) => ({ path, namespace }));
    building.onLoad({ filter: /.*/, namespace }, ({ path }) => {
      const [topic, verb] = path.slice('engine-command:'.length).split('/');
      const contents = `
        import { oclifEngineCommand } from './src/cli/engine/oclif-engine-command.ts';
        import { topics } from './src/cli/engine/topics.ts';
        export default oclifEngineCommand(await topics[${JSON.stringify(topic)}].verbs[${JSON.stringify(verb)}]());`;
      return { contents, resolveDir: root };
    });
  },
};

/** After the new files are there: a rundlet that runs meanwhile finds its chunks, most keep their names. */
function removeStale({ outputs }) {
  for (const part of ['dist/node/chunks', 'dist/node/commands']) {
    for (const name of readdirSync(join(root, part), { recursive: true })) {
      const file = `${part}/${name}`;
      if (!statSync(join(root, file)).isFile()) continue;
      if (!Object.hasOwn(outputs, file)) rmSync(join(root, file));
    }
  }
}

/** dist/node is oclif's root: its own package.json, and the manifest that makes commands load lazily. */
async function writeOclifRoot(directory) {
  mkdirSync(directory, { recursive: true });
  const oclif = { bin: 'rundlet', dirname: 'rundlet', commands: './commands' };
  const manifest = { name: 'rundlet', version, type: 'module', oclif };
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  const file = join(directory, 'oclif.manifest.json');
  rmSync(file, { force: true });
  const { Config } = await import('@oclif/core/config');
  const config = await Config.load(directory);
  const [plugin] = [...config.plugins.values()];
  writeFileSync(file, `${JSON.stringify(plugin.manifest)}\n`);
}
