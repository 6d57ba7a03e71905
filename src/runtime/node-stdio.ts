import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

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

/** What was collected of a stream. */
export interface Collected {
  text: string;
  /** It said more than `most` bytes; what came after them is gone. */
  truncated: boolean;
}

/** What a stream has to say, as text: the first `most` bytes. It is read to its end. */
export async function collect(
  stream: Readable,
  most = Number.POSITIVE_INFINITY,
): Promise<Collected> {
  const decoder = new StringDecoder('utf8');
  let text = '';
  let left = most;
  let truncated = false;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (chunk.length > left) truncated = true;
    if (left > 0) text += decoder.write(chunk.subarray(0, left));
    left = Math.max(left - chunk.length, 0);
  }
  // A character that is cut in two is left out.
  return { text: truncated ? text : text + decoder.end(), truncated };
}

/** Everything a stream has to say, as text; undefined without a stream. */
export async function collectText(stream: Readable | undefined): Promise<string | undefined> {
  return stream && (await collect(stream)).text;
}

/** Gives a program its whole input. That it stops reading early is its own affair. */
export function feed(stream: Writable | undefined, input: string | Uint8Array | undefined): void {
  if (!stream) return;
  stream.on('error', () => undefined);
  if (input === undefined) stream.end();
  else stream.end(input);
}
