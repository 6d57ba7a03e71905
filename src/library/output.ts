import type { ContainerProcess } from '../runtime/container-process.ts';
import { collect, feed } from '../runtime/node-stdio.ts';
import { signalName } from '../spec/signals.ts';

/** Limits of a program that is run to its end. */
export interface OutputLimits {
  /** For its standard input. */
  input?: string | Uint8Array;
  /** Milliseconds after which it is killed with all that it started; the result says `timedOut` then. */
  timeout?: number;
  /** Bytes of each of stdout and stderr that are kept, default 64 MiB; what is beyond is `truncated`. */
  maxOutput?: number;
}

/** How a program ended, and what it wrote. */
export interface Output {
  /** As a shell says it: the code, or 128 + signal. */
  exitCode: number;
  /** `SIGKILL`, … where the exit code is that of a signal. */
  signal: string | undefined;
  timedOut: boolean;
  stdout: string;
  /** Empty with a terminal. */
  stderr: string;
  /** More was written than `maxOutput`. */
  truncated: boolean;
}

const defaultMost = 64 * 2 ** 20;

/** Runs a process with pipes to its end. @param kill ends it with all that it started. */
export async function outputOf(
  process: ContainerProcess,
  { input, timeout, maxOutput = defaultMost }: OutputLimits,
  kill: () => Promise<unknown>,
): Promise<Output> {
  let timedOut = false;
  const expire = () => {
    timedOut = true;
    void kill().catch(() => undefined);
  };
  const timer = timeout === undefined ? undefined : setTimeout(expire, timeout);
  try {
    feed(process.stdin, input);
    const nothing = { text: '', truncated: false };
    const [stdout, stderr, { exitCode }] = await Promise.all([
      process.stdout ? collect(process.stdout, maxOutput) : nothing,
      process.stderr ? collect(process.stderr, maxOutput) : nothing,
      process.wait(),
    ]);
    return {
      exitCode: exitCode ?? 0,
      signal: signalOf(exitCode ?? 0),
      timedOut,
      stdout: stdout.text,
      stderr: stderr.text,
      truncated: stdout.truncated || stderr.truncated,
    };
  } finally {
    clearTimeout(timer);
  }
}

/** As a shell reads it: a program may exit with such a code by itself. */
export function signalOf(exitCode: number): string | undefined {
  return exitCode > 128 ? signalName(exitCode - 128) : undefined;
}
