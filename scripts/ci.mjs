/** What .ci/run does: the checks, then the tests; the last line is the sum of both. */
import { say, tee } from './lib/run.mjs';

const sum = { passed: 0, failed: 0 };
for (const script of ['check', 'test']) {
  const start = performance.now();
  const { status, text } = await tee('npm', ['run', '--silent', script], { ownTools: false });
  const last = [...text.matchAll(/(\d+) passed, (\d+) failed/g)].at(-1);
  const failed = Number(last?.[2] ?? 0);
  sum.passed += Number(last?.[1] ?? 0);
  sum.failed += status !== 0 && failed === 0 ? 1 : failed;
  say(`ci: ${script} took ${((performance.now() - start) / 1000).toFixed(0)} s\n`);
}
say(`${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed === 0 ? 0 : 1;
