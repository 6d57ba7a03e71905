/** All that looks at the code without running it. Every check runs; any fault fails. */
import { setup } from './setup.mjs';

setup([]);
const { fail, run, say } = await import('./lib/run.mjs');
const { build } = await import('./build.mjs');
// Clippy compiles the crates that carry init and bytecode in themselves.
await build(['init', 'scripts']).catch(fail);

const checks = [
  ['format and lint', 'biome', ['check']],
  ['types', 'tsc', ['-p', '.']],
  ['import directions', 'node', ['scripts/check-imports.mjs']],
  ['licences', 'node', ['scripts/licences.mjs']],
  ['generated files', 'node', ['scripts/gen.mjs', '--check']],
  ['rustfmt', 'cargo', ['fmt', '--all', '--check']],
  [
    'clippy',
    'cargo',
    ['clippy', '--locked', '--workspace', '--all-targets', '--', '-D', 'warnings'],
  ],
];

let failed = 0;
for (const [name, program, args] of checks) {
  say(`check: ${name}`);
  try {
    run(program, args);
  } catch (error) {
    failed++;
    say(`check: ${name} failed: ${error.message}`);
  }
}
say(`check: ${checks.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
