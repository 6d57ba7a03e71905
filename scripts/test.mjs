/**
 * All set-up and all tests: `test.mjs [--no-cargo] [vitest arguments]`. The last line is the sum:
 * `N passed, N failed`.
 */
import { setup, testPackages } from './setup.mjs';

setup(testPackages);
const { readFileSync, rmSync } = await import('node:fs');
const { join } = await import('node:path');
const { root } = await import('./lib/paths.mjs');
const { fail, say, tee } = await import('./lib/run.mjs');
const { build } = await import('./build.mjs');

const args = process.argv.slice(2);
const vitestArgs = args.filter((arg) => arg !== '--no-cargo');
await build().catch(fail);
const sums = [await runVitest(), ...(args.includes('--no-cargo') ? [] : [await runCargo()])];
const total = (field) => sums.reduce((sum, part) => sum + part[field], 0);
for (const { name, passed, failed, skipped } of sums) {
  say(`${name}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
}
say(`${total('passed')} passed, ${total('failed')} failed`);
process.exitCode = total('failed') === 0 && sums.every(({ status }) => status === 0) ? 0 : 1;

async function runVitest() {
  const report = join(root, 'dist/vitest.json');
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { status } = await tee('vitest', ['run', ...reporters, ...vitestArgs]);
  const counts = readReport(report);
  // A file that cannot even be loaded has no tests that failed.
  const failed = status !== 0 && counts.failed === 0 ? 1 : counts.failed;
  return { name: 'vitest', status, ...counts, failed };
}

function readReport(file) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = report;
    return {
      passed: numPassedTests,
      failed: numFailedTests,
      skipped: numPendingTests + numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

/** The crates of the two hosts have no tests of their own: test/parity is theirs. */
async function runCargo() {
  const packages = ['--workspace', '--exclude', 'rundlet', '--exclude', 'rundlet-node'];
  const { status, text } = await tee('cargo', ['test', '--locked', '--no-fail-fast', ...packages]);
  const sum = { name: 'cargo test', status, passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of text.matchAll(
    /test result: .*?(\d+) passed; (\d+) failed; (\d+) ignored/g,
  )) {
    sum.passed += Number(passed);
    sum.failed += Number(failed);
    sum.skipped += Number(ignored);
  }
  if (status !== 0 && sum.failed === 0) sum.failed = 1;
  return sum;
}
