/**
 * `median-run.mjs N PROGRAM ARG…`: runs the program N times, `{}` in an argument being the number of
 * the run, and prints the median in milliseconds. A program of its own, so that it can be run in
 * another mount namespace.
 */
import { spawnSync } from 'node:child_process';

const [count, program, ...args] = process.argv.slice(2);
const times = [];
// Two more to warm up.
for (let number = -2; number < Number(count); number++) {
  const words = args.map((arg) => arg.replaceAll('{}', String(number + 2)));
  const start = performance.now();
  const { status, stderr, error } = spawnSync(program, words, {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (number >= 0) times.push(performance.now() - start);
  if (status !== 0) {
    process.stderr.write(`${error?.message ?? stderr.toString().trim()}\n`);
    process.exit(1);
  }
}
times.sort((a, b) => a - b);
process.stdout.write(
  `${((times[Math.floor((times.length - 1) / 2)] + times[Math.floor(times.length / 2)]) / 2).toFixed(2)}\n`,
);
