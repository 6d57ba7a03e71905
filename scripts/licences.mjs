/**
 * Every crate and npm package that is shipped has a licence that may be shipped with Apache-2.0 code.
 * `node scripts/licences.mjs [--list]`
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { releaseTriples, root } from './lib/paths.mjs';
import { output, say } from './lib/run.mjs';

/** They ask for no more than to be named. */
const fit = new Set([
  '0BSD',
  'Apache-2.0',
  'Apache-2.0 WITH LLVM-exception',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Unicode-3.0',
  'Unlicense',
  'Zlib',
]);

/** Whether an SPDX expression leaves a choice that fits; `/` is cargo's old word for OR. */
export function fits(expression) {
  const words = expression.replaceAll('/', ' OR ').replace(/ WITH /g, '+WITH+');
  const tokens = words.match(/\(|\)|[^\s()]+/g) ?? [];
  const either = () => {
    let result = both();
    while (tokens[0] === 'OR') {
      tokens.shift();
      result = both() || result;
    }
    return result;
  };
  const both = () => {
    let result = one();
    while (tokens[0] === 'AND') {
      tokens.shift();
      result = one() && result;
    }
    return result;
  };
  const one = () => {
    const token = tokens.shift();
    if (token === undefined) return false;
    if (token !== '(') return fit.has(token.replaceAll('+WITH+', ' WITH '));
    const result = either();
    return tokens.shift() === ')' && result;
  };
  return either() && tokens.length === 0;
}

/** `{ kind, name, version, licence }` of all that is linked in or installed with rundlet, ours left out. */
export function shippedPackages() {
  return [...crates(), ...npmPackages()];
}

/** What is linked in on a platform that is released; what only builds or tests is not shipped. */
function crates() {
  const platforms = releaseTriples.flatMap((triple) => ['--filter-platform', triple]);
  const text = output('cargo', ['metadata', '--locked', '--format-version', '1', ...platforms]);
  if (text === undefined) throw new Error('cargo metadata failed');
  const { packages, resolve, workspace_members: own } = JSON.parse(text);
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const reached = new Set();
  const visit = (id) => {
    if (reached.has(id)) return;
    reached.add(id);
    for (const { pkg, dep_kinds: kinds } of nodes.get(id).deps) {
      if (kinds.some(({ kind }) => kind === null)) visit(pkg);
    }
  };
  own.forEach(visit);
  return packages
    .filter(({ id }) => reached.has(id) && !own.includes(id))
    .map(({ name, version, license }) => ({
      kind: 'cargo',
      name,
      version,
      licence: license ?? '',
    }));
}

/** By the lock file: what an installation without development dependencies has. */
function npmPackages() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([path, { dev, devOptional, link }]) => path && !dev && !devOptional && !link)
    .map(([path, { version, license = '' }]) => ({
      kind: 'npm',
      name: path.replace(/^.*node_modules\//, ''),
      version,
      licence: license,
    }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const all = shippedPackages();
  const bad = all.filter(({ licence }) => !fits(licence));
  for (const { kind, name, version, licence } of process.argv.includes('--list') ? all : bad) {
    say(`${kind} ${name} ${version}: ${licence || 'no licence'}`);
  }
  const count = (kind) => all.filter((entry) => entry.kind === kind).length;
  say(`licences: ${count('cargo')} crates, ${count('npm')} npm packages, ${bad.length} do not fit`);
  process.exitCode = bad.length === 0 ? 0 : 1;
}
