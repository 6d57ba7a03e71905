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
  const unsteady = sums.flatMap((sum) => sum.unsteady ?? []);
  if (unsteady.length > 0) say('\nfailed beside others and passed alone (to be mended):');
  for (const name of unsteady) say(`  ${name}`);
  say('');
  for (const sum of sums) say(`${sum.name}: ${line(sum.passed, sum.failed, sum.skipped.length)}`);
  const total = (field) => sums.reduce((number, sum) => number + sum[field], 0);
  say(line(total('passed'), total('failed'), skipped.length));
  process.exitCode = total('failed') === 0 ? 0 : 1;
}

function line(passed, failed, skipped) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/**
 * Runs vitest. Files with failures are run a second time, by themselves: what passes then depends on
 * the machine's load, is counted as passed and named at the end. What fails twice has failed.
 */
async function runVitest(name, more) {
  const first = await vitest(name, more);
  if (!process.env.CI || !(first.again?.length > 0)) return first;
  const files = first.again.map(({ file }) => file);
  say(`\n${name}: once more, alone: ${files.join(' ')}`);
  const second = await vitest(name, [...files, '--maxWorkers=1']);
  const sum = (field) => first.again.reduce((number, counts) => number + counts[field], 0);
  const still = new Set((second.again ?? []).map(({ file }) => file));
  const steady = first.again.filter(({ file }) => !still.has(file));
  return {
    name,
    passed: first.passed - sum('passed') + second.passed,
    failed: first.failed - sum('failed') + second.failed,
    skipped: first.skipped,
    unsteady: steady.flatMap(({ file, names }) => names.map((test) => `${file} > ${test}`)),
  };
}

async function vitest(name, more) {
  const counts = join(root, 'dist/vitest-counts.json');
  rmSync(counts, { force: true });
  const reporters = ['--reporter=default', '--reporter=./scripts/lib/count-reporter.mjs'];
  const env = { COUNTS: counts };
  const { status } = await tee('vitest', ['run', ...reporters, ...more], { env });
  const sum = existsSync(counts)
    ? JSON.parse(readFileSync(counts, 'utf8'))
    : { passed: 0, failed: 0, skipped: [], again: [] };
  return atLeastOneFailure({ name, ...sum }, status);
}

/**
 * The crates of the two hosts have no tests of their own: test/parity is theirs. init is tested in the
 * form that is shipped.
 */
async function runCargo() {
  const first = await cargoTest();
  if (!process.env.CI || first.failed === 0) return first;
  say('\ncargo test: once more');
  const second = await cargoTest();
  const unsteady = first.names.filter((name) => !second.names.includes(name));
  return { ...second, unsteady: unsteady.map((name) => `cargo test > ${name}`) };
}

async function cargoTest() {
  const packages = ['--workspace', '--exclude', 'rundlet', '--exclude', 'rundlet-node'];
  const oracle = existsSync('/usr/include/seccomp.h');
  const features = oracle ? ['--features', 'rundlet-seccomp/oracle'] : [];
  const command = ['test', '--locked', '--no-fail-fast', ...packages, ...features];
  const env = { RUNDLET_INIT: initFile };
  const { status, text } = await tee('cargo', [...command, '--', '--show-output'], { env });
  const sum = { name: 'cargo test', passed: 0, failed: 0, skipped: [], names: [] };
  for (const [, passed, failed] of text.matchAll(/test result: .*?(\d+) passed; (\d+) failed/g)) {
    sum.passed += Number(passed);
    sum.failed += Number(failed);
  }
  for (const [, name] of text.matchAll(/^test (\S+) \.\.\. FAILED$/gm)) sum.names.push(name);
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
