import type { Host } from '../host/host.ts';
import type { ExitResult } from '../lifecycle/exit-code.ts';
import type { CreateOptions, ExecOptions, RunOptions } from '../lifecycle/types.ts';
import type { StdioOption } from './stdio.ts';

export interface RuntimeOptions {
  /** State root; default /run/rundlet, for an ordinary user $XDG_RUNTIME_DIR/rundlet. */
  root?: string;
  /** Default: the addon of this Node. */
  host?: Host;
  /** Hears what deserves a line but no error. */
  onWarning?: (message: string) => void;
}

/** Every method takes an AbortSignal. */
export interface Abortable {
  signal?: AbortSignal;
}

export interface CreateRequest extends Omit<CreateOptions, 'stdio'>, Abortable {
  /** Default `inherit`. A pipe makes no sense for a process that outlives the call. */
  stdio?: StdioOption;
}

export interface SpawnRequest
  extends Omit<RunOptions, 'stdio' | 'id' | 'detach' | 'pidFile'>,
    Abortable {
  /** Default: a random one. */
  id?: string;
  /** Default `pipe`. */
  stdio?: StdioOption;
}

export interface RunRequest extends SpawnRequest {
  /** Text or bytes for stdin; without it a piped stdin is at its end at once. */
  input?: string | Uint8Array;
}

export interface SpawnExecRequest
  extends Omit<ExecOptions, 'stdio' | 'detach' | 'pidFile'>,
    Abortable {
  stdio?: StdioOption;
}

export interface ExecRequest extends SpawnExecRequest {
  input?: string | Uint8Array;
}

/** How a run or an exec ended, with what it wrote where that was piped. */
export interface ProcessOutput extends ExitResult {
  id: string;
  pid: number;
  stdout?: string;
  stderr?: string;
}
