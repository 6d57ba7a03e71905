import type { Host } from '../host/host.ts';

/** Whole text to standard output. */
export async function print(host: Host, text: string): Promise<void> {
  await host.call('print', { fd: 1, text });
}

/** A line to standard error; a closed one is no reason to fail. */
export async function printError(host: Host, line: string): Promise<void> {
  try {
    await host.call('print', { fd: 2, text: line });
  } catch {
    // Nobody reads it.
  }
}
