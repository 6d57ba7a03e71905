import type { Readable } from 'node:stream';
import type { Engine } from '../engine/context.ts';
import { readLogs } from '../engine/life/read-logs.ts';
import type { Moment } from '../host/generated/plan.ts';
import { abortError, throwIfAborted } from '../lifecycle/abort.ts';
import { openStreams } from '../runtime/node-stdio.ts';
import type { Abortable } from '../runtime/options.ts';
import { merge } from './merge.ts';

export interface LogsRequest extends Abortable {
  /** Goes on with what comes, until the container ends; default false. */
  follow?: boolean;
  since?: Date;
  until?: Date;
  /** So many of the last lines; default all. */
  tail?: number;
}

/** One line of a container's log. */
export interface LogLine {
  stream: 'stdout' | 'stderr';
  /** Without its newline. */
  text: string;
  time: Date;
}

/** Lines of each stream in their order; those of both are mixed as they come. */
export async function* containerLogs(
  engine: Engine,
  id: string,
  { follow = false, since, until, tail, signal }: LogsRequest,
): AsyncGenerator<LogLine, void, undefined> {
  throwIfAborted({ signal });
  let stdout: Readable | undefined;
  let stderr: Readable | undefined;
  const close = () => {
    stdout?.destroy();
    stderr?.destroy();
  };
  let opened = () => {};
  const open = new Promise<void>((done) => {
    opened = done;
  });
  const reading = readLogs(engine, id, {
    follow,
    timestamps: true,
    ...(tail !== undefined && { tail }),
    ...(since && { since: moment(since) }),
    ...(until && { until: moment(until) }),
    onPipes: (pipes) => {
      ({ stdout, stderr } = openStreams([-1, pipes.stdout, pipes.stderr]));
      opened();
    },
  });
  // It may fail before there are pipes.
  await Promise.race([open, reading]);
  // Whoever leaves the loop closes the pipes, which ends the reading.
  reading.catch(() => undefined);
  signal?.addEventListener('abort', close, { once: true });
  if (signal?.aborted) close();
  try {
    if (stdout && stderr) yield* merge(lines(stdout, 'stdout'), lines(stderr, 'stderr'));
    throwIfAborted({ signal });
    await reading;
  } catch (error) {
    throw signal?.aborted ? abortError(signal) : error;
  } finally {
    signal?.removeEventListener('abort', close);
    close();
    await reading.catch(() => undefined);
  }
}

async function* lines(
  stream: Readable,
  name: LogLine['stream'],
): AsyncGenerator<LogLine, void, undefined> {
  stream.setEncoding('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) yield logLine(part, name);
  }
  if (rest !== '') yield logLine(rest, name);
}

/** `2026-11-24T02:06:51.498099652Z text`. */
function logLine(line: string, stream: LogLine['stream']): LogLine {
  const space = line.indexOf(' ');
  return { stream, text: line.slice(space + 1), time: new Date(line.slice(0, space)) };
}

function moment(date: Date): Moment {
  const milliseconds = date.getTime();
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanoseconds: (milliseconds - seconds * 1000) * 1_000_000 };
}
