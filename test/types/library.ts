// What a user's program may and may not write; `npm run check` compiles it, nothing runs it.
import {
  type ContainerStats,
  Engine,
  type EventInfo,
  type LogLine,
  RundletError,
  type RunResult,
  Runtime,
} from '../../src/index.ts';

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => undefined;
type Item<T> = T extends AsyncIterable<infer U> ? U : never;

export async function runtime(): Promise<void> {
  const made = new Runtime({ root: '/run/x' });
  const result = await made.run({ bundle: 'x', signal: AbortSignal.timeout(1) });
  same<typeof result.exitCode, number | null>(true);
  same<typeof result.stdout, string | undefined>(true);
  same<Awaited<ReturnType<typeof made.stats>>, ContainerStats>(true);
  // @ts-expect-error a bundle is needed
  await made.run({});
  // @ts-expect-error misspelt
  await made.run({ bundel: 'x' });
}

export async function engine(): Promise<void> {
  const made = new Engine();
  const result = await made.run({ image: 'x', timeout: 1, maxOutput: 1, input: new Uint8Array() });
  same<typeof result, RunResult>(true);
  same<typeof result.exitCode, number>(true);
  same<typeof result.signal, string | undefined>(true);
  same<typeof result.timings, { create: number; start: number; run: number }>(true);
  await using box = await made.create({ image: 'x', network: 'container:other' });
  same<Item<ReturnType<typeof box.logs>>, LogLine>(true);
  same<Item<ReturnType<typeof made.system.events>>, EventInfo>(true);
  await box.stop({ timeout: 1, signal: AbortSignal.timeout(1) });
  // @ts-expect-error no such network
  await made.run({ image: 'x', network: 'other' });
  // @ts-expect-error limits are numbers of bytes
  await made.run({ image: 'x', memory: '64m' });
  // @ts-expect-error no such filter
  made.system.events({ filters: { colour: ['red'] } });
  // @ts-expect-error a list is not the way to make one
  new made.containers();
}

export function errors(error: unknown): string {
  if (!(error instanceof RundletError)) throw error;
  // @ts-expect-error no such code
  if (error.code === 'ERR_OTHER') return '';
  return error.code;
}
