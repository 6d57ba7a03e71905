import type { Host } from '../../host/host.ts';
import { print } from '../print.ts';

/** Asks as docker does; only `y` or `yes` is one. */
export async function confirm(host: Host, question: string): Promise<boolean> {
  await print(host, `${question} [y/N] `);
  const { text } = await host.call('readLine', null);
  return /^y(es)?$/i.test(text.trim());
}
