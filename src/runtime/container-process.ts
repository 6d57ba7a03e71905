import { RundletError } from '../errors/rundlet-error.ts';
import type { ExitResult } from '../lifecycle/exit-code.ts';
import type { StdioStreams } from './node-stdio.ts';

/** What a process needs from its maker. */
export interface ProcessParts {
  id: string;
  pid: number;
  streams: StdioStreams;
  /** Waits for the end, and cleans up after it. */
  finish: () => Promise<ExitResult>;
  kill: (signal: string) => Promise<void>;
  signal?: AbortSignal;
}

/**
 * A running process of a container, and the streams to it. `await using` makes sure that it is gone at
 * the end of the block.
 */
export class ContainerProcess implements AsyncDisposable {
  readonly id: string;
  readonly pid: number;
  readonly stdin: StdioStreams['stdin'];
  readonly stdout: StdioStreams['stdout'];
  readonly stderr: StdioStreams['stderr'];
  readonly #parts: ProcessParts;
  readonly #exit: Promise<ExitResult>;
  #ended = false;

  constructor(parts: ProcessParts) {
    this.id = parts.id;
    this.pid = parts.pid;
    this.stdin = parts.streams.stdin;
    this.stdout = parts.streams.stdout;
    this.stderr = parts.streams.stderr;
    this.#parts = parts;
    this.#exit = this.#watch();
    // Whoever never waits shall not bring the process down; wait() tells the error again.
    this.#exit.catch(() => undefined);
  }

  /** How the process ended. Rejects with ERR_RUNDLET_ABORTED when its AbortSignal fired. */
  wait(): Promise<ExitResult> {
    return this.#exit;
  }

  /** Sends a signal, by name or number; default SIGTERM. A process that has ended is no error. */
  async kill(signal: string | number = 'SIGTERM'): Promise<void> {
    if (this.#ended) return;
    try {
      await this.#parts.kill(String(signal));
    } catch (error) {
      const gone = error instanceof RundletError && goneCodes.has(error.code);
      if (!gone) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('SIGKILL');
    await this.#exit.catch(() => undefined);
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream?.destroy();
  }

  async #watch(): Promise<ExitResult> {
    const { signal, finish } = this.#parts;
    const abort = () => void this.kill('SIGKILL').catch(() => undefined);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const result = await finish();
      if (!signal?.aborted) return result;
      const cause = signal.reason;
      throw new RundletError('ERR_RUNDLET_ABORTED', 'the operation was aborted', { cause });
    } finally {
      this.#ended = true;
      signal?.removeEventListener('abort', abort);
    }
  }
}

const goneCodes: ReadonlySet<string> = new Set([
  'ERR_RUNDLET_WRONG_STATUS',
  'ERR_RUNDLET_NOT_FOUND',
]);
