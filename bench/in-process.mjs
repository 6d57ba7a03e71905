// in-process.mjs BUNDLE ROOT COUNT: create + start + wait + delete in this process; one line of milliseconds each.
import { Runtime } from 'rundlet';

const [bundle, root, count] = process.argv.slice(2);
const runtime = new Runtime({ root });
for (let i = 0; i < Number(count); i++) {
  const id = `bench-${process.pid}-${i}`;
  const from = performance.now();
  await runtime.create({ id, bundle, stdio: 'ignore' });
  await runtime.start(id);
  const { exitCode } = await runtime.wait(id);
  await runtime.delete(id);
  const took = performance.now() - from;
  if (exitCode !== 0) throw new Error(`container ended with ${exitCode}`);
  // the first ones load modules and make the memfd: they are counted as what they are, warm-up
  if (i >= 5) console.log(took.toFixed(4));
}
