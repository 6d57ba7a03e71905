import { familiarString, type Reference } from '../../../engine/images/reference.ts';
import { type PullOptions, pullImage } from '../../../engine/registry/pull-image.ts';
import type { EngineContext } from '../engine-command.ts';
import { isTerminal } from '../is-terminal.ts';
import { PullScreen } from './pull-screen.ts';

/** Milliseconds between two looks of a progress bar. */
const pace = 100;

/** Pulls an image and says so in Docker's lines; with bars on a terminal. */
export async function printPull(
  { engine, host }: Pick<EngineContext, 'engine' | 'host'>,
  reference: Reference,
  { fd, ...options }: PullOptions & { fd: 1 | 2 },
): Promise<void> {
  const say = async (text: string) => void (await host.call('print', { fd, text }));
  const terminal = await isTerminal(host, fd);
  const screen = new PullScreen(say, terminal);
  const { id: _, ...pulled } = await pullImage(engine, reference, {
    ...options,
    pace: terminal ? pace : 0,
    onFound: () => say(`${reference.digest ?? reference.tag}: Pulling from ${reference.path}\n`),
    onProgress: (layer) => screen.show(layer),
  });
  const name = familiarString(reference);
  const status = pulled.newer
    ? `Downloaded newer image for ${name}`
    : `Image is up to date for ${name}`;
  await say(`Digest: ${pulled.digest}\nStatus: ${status}\n`);
}
