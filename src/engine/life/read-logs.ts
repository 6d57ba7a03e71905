import { systemError } from '../../errors/system-error.ts';
import type { LogPipes, Moment, ProcessRef } from '../../host/generated/plan.ts';
import { isHostError } from '../../host/host-error.ts';
import type { Engine } from '../context.ts';
import { invalidParameter } from '../engine-error.ts';
import { containerPaths } from '../engine-paths.ts';
import { livingShim } from './shim-record.ts';
import { withSettled } from './with-settled.ts';

export interface LogsOptions {
  follow: boolean;
  since?: Moment;
  until?: Moment;
  /** So many of the last lines; all without. */
  tail?: number;
  timestamps: boolean;
  /** Gets our ends of pipes, which it closes; without it the log is printed. */
  onPipes?: (pipes: LogPipes) => void;
}

/** Drivers whose files can be read back. */
const readable = ['json-file', 'local'];

/** Prints a container's log to standard output and error. */
export async function readLogs(
  engine: Engine,
  id: string,
  { onPipes, ...options }: LogsOptions,
): Promise<void> {
  const { host, paths } = engine;
  const { container, shim } = await withSettled(engine, id, async (found) => ({
    container: found,
    shim: await writer(engine, id),
  }));
  const driver = container.hostConfig.LogConfig.Type;
  if (!readable.includes(driver)) {
    throw invalidParameter('configured logging driver does not support reading');
  }
  const places = containerPaths(paths, id);
  const path = driver === 'local' ? `${places.directory}/local-logs/container.log` : places.jsonLog;
  const pipes = onPipes && (await host.call('logPipes', null));
  if (pipes) onPipes(pipes);
  try {
    await host.call('logRead', {
      driver,
      path,
      ...options,
      ...(shim && { shim }),
      ...(pipes && { pipes: pipes.handle }),
      stdout: true,
      stderr: true,
    });
  } catch (error) {
    // Never started: it has said nothing. Or nobody reads on.
    if (!isHostError(error, 'ENOENT', 'EPIPE')) throw systemError(error);
  }
}

async function writer(engine: Engine, id: string): Promise<ProcessRef | undefined> {
  const shim = await livingShim(engine, id);
  return shim && { pid: shim.pid, startTime: shim.startTime };
}
