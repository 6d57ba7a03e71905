import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const src = resolve(import.meta.dirname, '../../../src');

/** All modules that loading `file` loads: static imports of values, transitively. */
function loads(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, names, from] of text.matchAll(
    /^(?:im|ex)port\s+([^'";]*?)\s*from\s+'(\.[^']+)'/gms,
  )) {
    if (!names?.startsWith('type ') && from) loads(resolve(dirname(file), from), seen);
  }
  return seen;
}

// Start-up time is the product: these verbs are their own bytecode chunks.
test.each(['state', 'list', 'kill', 'start', 'delete-container', 'ps', 'wait', 'pause'])(
  '%s loads neither validation nor planning',
  (verb) => {
    const modules = [...loads(`${src}/lifecycle/${verb}.ts`)].map((path) => relative(src, path));
    expect(modules.length).toBeGreaterThan(5);
    const heavy =
      /^plan\/|^spec\/(generated|rules|validate)|^errors\/(launch|act|hints)|libcontainer/;
    expect(modules.filter((path) => heavy.test(path))).toEqual([]);
  },
);

test('no module of the runtime needs Node', () => {
  for (const verb of ['create', 'run', 'exec', 'features', 'plan-bundle']) {
    for (const path of loads(`${src}/lifecycle/${verb}.ts`)) {
      expect(readFileSync(path, 'utf8')).not.toMatch(/from '(node:|[a-z@])/);
    }
  }
});
