import {
  type LogFormat,
  type LogLevel,
  logError,
  logLine,
  renderError,
} from '../errors/render-error.ts';
import { RundletError } from '../errors/rundlet-error.ts';
import type { Host } from '../host/host.ts';
import { HostError } from '../host/host-error.ts';
import type { GlobalValues } from './command.ts';
import { printError } from './print.ts';

const levels: readonly LogLevel[] = ['error', 'warning', 'info', 'debug'];

/** Where messages go: `--log FILE`, or standard error. */
export class Log {
  readonly #host: Host;
  readonly #file: string | undefined;
  readonly #format: LogFormat;
  readonly #level: number;
  readonly #debug: boolean;
  /** Lines are written in order, the last before the process ends. */
  #written: Promise<void> = Promise.resolve();

  constructor(host: Host, globals: Partial<GlobalValues>) {
    this.#host = host;
    this.#file = globals.log === '/dev/stderr' ? undefined : globals.log || undefined;
    this.#format = globals['log-format'] === 'json' ? 'json' : 'text';
    this.#debug = globals.debug === true;
    this.#level = this.#debug ? 3 : levels.indexOf(levelOf(globals));
  }

  /** Makes the file, as runc does: engines look for it also when all went well. */
  async open(): Promise<void> {
    if (this.#file !== undefined) {
      await this.#host.call('appendText', { path: this.#file, text: '' });
    }
  }

  /** Debug and warning lines: never mixed into output that a caller parses unless asked for. */
  note(level: LogLevel, message: string): void {
    if (levels.indexOf(level) > this.#level) return;
    const line = logLine(level, message, this.#format);
    this.#written = this.#written.then(() => this.#write(line));
  }

  flushed(): Promise<void> {
    return this.#written;
  }

  /** The error that ends the command: one line on standard error, and in the log file. */
  async fail(error: unknown): Promise<number> {
    await this.#written;
    const line = logError(error, this.#format);
    if (this.#file !== undefined) await this.#write(line);
    const plain = this.#file !== undefined || this.#format === 'text';
    await printError(
      this.#host,
      plain ? `${isOurs(error) ? '' : 'internal error: '}${renderError(error)}\n` : line,
    );
    if (this.#debug && error instanceof Error && error.stack) {
      await printError(this.#host, `${error.stack.trimEnd()}\n`);
    }
    return error instanceof RundletError ? error.exitCode : 1;
  }

  async #write(line: string): Promise<void> {
    if (this.#file === undefined) return printError(this.#host, line);
    try {
      await this.#host.call('appendText', { path: this.#file, text: line });
    } catch (error) {
      await printError(this.#host, `${renderError(error)}\n`);
    }
  }
}

function isOurs(error: unknown): boolean {
  return error instanceof RundletError || error instanceof HostError;
}

/** Warnings are told unless another level is asked for; with runc they are, too. */
function levelOf(globals: Partial<GlobalValues>): LogLevel {
  const given = globals['log-level'];
  if (given !== undefined && levels.includes(given as LogLevel)) return given as LogLevel;
  return 'warning';
}
