/**
 * All set-up and all tests: `test.mjs [--no-cargo] [vitest arguments]`. The last line is the sum:
 * `N passed, N failed`, and `, N skipped` when there are.
 */
import { setup, testPackages } from './setup.mjs';

setup(testPackages);
const { existsSync, readFileSync, rmSync } = await import('node:fs');
const { join } = await import('node:path');
const { initFile, root } = await import('./lib/paths.mjs');
const { fail, say, tee } = await import('./lib/run.mjs');
const { build } = await import('./build.mjs');

/** Whole engines and a whole kernel: one at a time, after the others. */
const heavy = ['test/engines', 'test/lifecycle/uml'];

const args = process.argv.slice(2);
const vitestArgs = args.filter((arg) => arg !== '--no-cargo');
await build().catch(fail);
const sums = [];
if (vitestArgs.length > 0) sums.push(await runVitest('vitest', vitestArgs));
else {
  const without = heavy.map((folder) => `--exclude=${folder}/**`);
  sums.push(await runVitest('vitest', without));
  sums.push(await runVitest('vitest, engines and cgroup v2', [...heavy, '--maxWorkers=1']));
}
if (!args.includes('--no-cargo')) sums.push(await runCargo());
report();

function report() {
  const skipped = sums.flatMap((sum) => sum.skipped);
  if (skipped.length > 0) say('\nskipped:');
  for (const { name, reason } of skipped) say(`  ${name}: ${reason}`);
  say('');
  for (const sum of sums) say(`${sum.name}: ${line(sum.passed, sum.failed, sum.skipped.length)}`);
  const total = (field) => sums.reduce((number, sum) => number + sum[field], 0);
  say(line(total('passed'), total('failed'), skipped.length));
  process.exitCode = total('failed') === 0 ? 0 : 1;
}

function line(passed, failed, skipped) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

async function runVitest(name, more) {
  const counts = join(root, 'dist/vitest-counts.json');
  rmSync(counts, { force: true });
  const reporters = ['--reporter=default', '--reporter=./scripts/lib/count-reporter.mjs'];
  const env = { COUNTS: counts };
  const { status } = await tee('vitest', ['run', ...reporters, ...more], { env });
  const sum = existsSync(counts)
    ? JSON.parse(readFileSync(counts, 'utf8'))
    : { passed: 0, failed: 0, skipped: [] };
  return atLeastOneFailure({ name, ...sum }, status);
}

/**
 * The crates of the two hosts have no tests of their own: test/parity is theirs. init is tested in the
 * form that is shipped.
 */
async function runCargo() {
  const packages = ['--workspace', '--exclude', 'rundlet', '--exclude', 'rundlet-node'];
  const oracle = existsSync('/usr/include/seccomp.h');
  const features = oracle ? ['--features', 'rundlet-seccomp/oracle'] : [];
  const command = ['test', '--locked', '--no-fail-fast', ...packages, ...features];
  const env = { RUNDLET_INIT: initFile };
  const { status, text } = await tee('cargo', [...command, '--', '--show-output'], { env });
  const sum = { name: 'cargo test', passed: 0, failed: 0, skipped: [] };
  for (const [, passed, failed] of text.matchAll(/test result: .*?(\d+) passed; (\d+) failed/g)) {
    sum.passed += Number(passed);
    sum.failed += Number(failed);
  }
  for (const [, name, rest = ''] of text.matchAll(/^test (\S+) \.\.\. ignored(.*)$/gm))
    sum.skipped.push({ name, reason: rest.replace(/^, /, '') || 'ignored' });
  // Rust's tests cannot be skipped while they run: those that say so have passed without testing.
  for (const [, name, reason] of text.matchAll(/^---- (\S+) stdout ----\n+skipped: (.*)$/gm)) {
    sum.skipped.push({ name, reason });
    sum.passed--;
  }
  if (!oracle) sum.skipped.push({ name: 'differential', reason: 'no libseccomp-dev' });
  return atLeastOneFailure(sum, status);
}

/** A program that failed without a failed test, or that never came to its tests. */
function atLeastOneFailure(sum, status) {
  return status !== 0 && sum.failed === 0 ? { ...sum, failed: 1 } : sum;
}
