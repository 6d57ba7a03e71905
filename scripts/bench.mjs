/** Set-up and build, then bench/bench.mjs or, with --scale, bench/scale.mjs. */
import { setup, testPackages } from './setup.mjs';

setup(testPackages);
const { fail, run } = await import('./lib/run.mjs');
const { build } = await import('./build.mjs');

await build(['init', 'scripts', 'executable', 'addon']).catch(fail);
try {
  const scale = process.argv.includes('--scale');
  run('node', [scale ? 'bench/scale.mjs' : 'bench/bench.mjs']);
} catch (error) {
  fail(error);
}
