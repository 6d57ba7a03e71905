import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

/** Our ends of a process's pipes; absent where it has something else. */
export interface StdioStreams {
  stdin?: Writable;
  stdout?: Readable;
  stderr?: Readable;
}

/** Node streams over the descriptors of a launch; each stream closes its own. */
export function openStreams([stdin, stdout, stderr]: readonly [
  number,
  number,
  number,
]): StdioStreams {
  return {
    ...(stdin >= 0 && { stdin: new Socket({ fd: stdin, readable: false, writable: true }) }),
    ...(stdout >= 0 && { stdout: new Socket({ fd: stdout, readable: true, writable: false }) }),
    ...(stderr >= 0 && { stderr: new Socket({ fd: stderr, readable: true, writable: false }) }),
  };
}

/** Everything a stream has to say, as text; undefined without a stream. */
export async function collectText(stream: Readable | undefined): Promise<string | undefined> {
  if (!stream) return undefined;
  stream.setEncoding('utf8');
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

/** Gives a program its whole input. That it stops reading early is its own affair. */
export function feed(stream: Writable | undefined, input: string | Uint8Array | undefined): void {
  if (!stream) return;
  stream.on('error', () => undefined);
  if (input === undefined) stream.end();
  else stream.end(input);
}
