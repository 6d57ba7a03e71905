/**
 * The arrow of docs/architecture: cli → lifecycle → bundle, state → spec, plan → host; errors beside them.
 * Host-neutral code imports no node:*, no npm package, no file of one host; no cycles at run time.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { root } from './lib/paths.mjs';

const src = join(root, 'src');

/** Folder → folders that it may import from, beside itself. `host/host-error` and types serve all. */
const arrow = {
  host: [],
  errors: ['host', 'spec'],
  spec: ['host', 'errors'],
  plan: ['host', 'errors', 'spec'],
  state: ['host', 'errors', 'spec', 'plan', 'lifecycle:types'],
  bundle: ['host', 'errors', 'spec'],
  lifecycle: ['host', 'errors', 'spec', 'plan', 'state', 'bundle'],
  runtime: ['host', 'errors', 'spec', 'plan', 'state', 'bundle', 'lifecycle'],
  cli: [
    'host',
    'errors',
    'spec',
    'plan',
    'state',
    'bundle',
    'lifecycle',
    'runtime',
    'engine',
    'index',
  ],
  engine: ['host', 'errors', 'spec', 'state', 'lifecycle', 'runtime', 'index'],
  library: ['host', 'errors', 'spec', 'lifecycle', 'runtime', 'engine'],
  index: ['host', 'errors', 'spec', 'plan', 'bundle', 'lifecycle', 'runtime', 'engine', 'library'],
};

/** Files for Node alone: the only ones with node:* and packages. */
const nodeOnly = [
  /^host\/node-/,
  /^cli\/(node-main|node-program|oclif-command|engine\/oclif-engine-command)\.ts$/,
  /^cli\/commands\//,
  /^runtime\/(?!default-root)/,
  /^library\/(?!container-options)/,
  /^index\.ts$/,
];
/** minimist is plain JavaScript and is bundled for both hosts. */
const neutralPackages = new Set(['minimist']);

const faults = [];
const done = new Set();
const files = filesBelow(src).filter((file) => /\.(ts|js)$/.test(file) && !file.endsWith('.d.ts'));
const graph = new Map();
for (const file of files) graph.set(file, readFile(file));
for (const file of files) findCycle(file, []);

if (faults.length > 0) {
  process.stderr.write(`${[...new Set(faults)].join('\n')}\n`);
  process.exit(1);
}
process.stdout.write(`imports: ${files.length} files follow the arrow\n`);

function filesBelow(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(src, join(entry.parentPath, entry.name)));
}

/** Checks a file's imports; returns those that exist at run time and are static, for the cycles. */
function readFile(file) {
  const text = readFileSync(join(src, file), 'utf8').replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  const edges = [];
  for (const { specifier, typeOnly, lazy } of importsOf(text)) {
    const target = specifier.startsWith('.')
      ? normalize(join(dirname(file), specifier))
      : undefined;
    if (target === undefined) checkPackage(file, specifier, typeOnly);
    else {
      checkArrow(file, target);
      checkHost(file, target, typeOnly);
      if (!typeOnly && !lazy) edges.push(target);
    }
  }
  return edges;
}

function importsOf(text) {
  const found = [];
  const statement =
    /\b(?:import|export)\s+(type\s+)?((?:[\w*\s{},$]|as)*?)\s*from\s*['"]([^'"]+)['"]/g;
  for (const [, type, names, specifier] of text.matchAll(statement)) {
    const inline =
      /^\{[^}]*\}$/.test(names.trim()) &&
      names
        .replace(/[{}]/g, '')
        .split(',')
        .filter((name) => name.trim())
        .every((name) => /^\s*type\s/.test(name));
    found.push({ specifier, typeOnly: Boolean(type) || inline, lazy: false });
  }
  for (const [, specifier] of text.matchAll(/^\s*import\s*['"]([^'"]+)['"]/gm))
    found.push({ specifier, typeOnly: false, lazy: false });
  for (const [, specifier] of text.matchAll(/\bimport\s*\(\s*['"]([^'"]+)['"]/g))
    found.push({ specifier, typeOnly: false, lazy: true });
  return found;
}

function checkPackage(file, specifier, typeOnly) {
  if (typeOnly || neutralPackages.has(specifier)) return;
  if (!nodeOnly.some((pattern) => pattern.test(file)))
    faults.push(`src/${file}: host-neutral, but imports ${specifier}`);
}

function checkHost(file, target, typeOnly) {
  if (typeOnly || !nodeOnly.some((pattern) => pattern.test(target))) return;
  if (!nodeOnly.some((pattern) => pattern.test(file)))
    faults.push(`src/${file}: host-neutral, but imports src/${target}`);
}

function checkArrow(file, target) {
  const from = folderOf(file);
  const to = folderOf(target);
  if (from === to) return;
  const allowed = arrow[from];
  if (allowed === undefined)
    faults.push(`src/${file}: scripts/check-imports.mjs does not know the folder ${from}`);
  else if (
    !allowed.includes(to) &&
    !allowed.includes(`${to}:${target.split('/').at(-1).replace(/\.ts$/, '')}`)
  ) {
    faults.push(`src/${file}: imports src/${target} against the arrow`);
  }
}

function folderOf(file) {
  return file.includes('/') ? file.split('/')[0] : file.replace(/\.ts$/, '');
}

function findCycle(file, path) {
  if (path.includes(file)) {
    const cycle = path.slice(path.indexOf(file));
    // Told once, from its first file by name.
    if (file === [...cycle].sort()[0])
      faults.push(`cycle: ${[...cycle, file].map((name) => `src/${name}`).join(' → ')}`);
    return;
  }
  if (done.has(file)) return;
  for (const next of graph.get(file) ?? []) findCycle(next, [...path, file]);
  done.add(file);
}
