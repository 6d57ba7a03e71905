import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './paths.mjs';

const directory = join(root, 'dist/.stamps');

/**
 * Does `act` unless its outputs exist and nothing that it reads has changed since it last succeeded.
 * Inputs are files and directories below the root, compared by content; `extra` is any other text.
 */
export async function step(name, { inputs, outputs, extra = '' }, act) {
  const file = join(directory, name);
  const key = hash(inputs, extra);
  const fresh = existsSync(file) && readFileSync(file, 'utf8') === key;
  if (fresh && outputs.every((path) => existsSync(join(root, path)))) return false;
  const start = performance.now();
  process.stdout.write(`build: ${name}\n`);
  await act();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, key);
  process.stdout.write(
    `build: ${name} took ${((performance.now() - start) / 1000).toFixed(1)} s\n`,
  );
  return true;
}

function hash(inputs, extra) {
  const sum = createHash('sha256').update(extra);
  for (const input of inputs) {
    for (const path of filesBelow(input))
      sum.update(`\0${path}\0`).update(readFileSync(join(root, path)));
  }
  return sum.digest('hex');
}

function filesBelow(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full)
    .sort()
    .flatMap((name) => (name === 'node_modules' ? [] : filesBelow(join(path, name))));
}
