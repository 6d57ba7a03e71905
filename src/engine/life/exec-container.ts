import type { ProcessRef, ShimExecuted } from '../../host/generated/plan.ts';
import { isHostError } from '../../host/host-error.ts';
import { newId } from '../containers/container-name.ts';
import { runningPid } from '../containers/running-pid.ts';
import type { Engine } from '../context.ts';
import { notRunning, wrongState } from '../engine-error.ts';
import { containerHappening, recordEvent } from '../events/record-event.ts';
import { startFailure } from '../start/start-failure.ts';
import { type ExecWishes, execProcess } from './exec-process.ts';
import { processOf } from './first-process.ts';
import { shimSocket } from './shim-record.ts';
import { withSettled } from './with-settled.ts';

export interface ExecOptions extends ExecWishes {
  detach: boolean;
  stdin: boolean;
  detachKeys: number[];
}

/** Runs a further program in a running container; the result is its exit code, 0 with `detach`. */
export async function execContainer(
  engine: Engine,
  id: string,
  options: ExecOptions,
): Promise<number> {
  const { executed, died } = await execute(engine, id, options, false);
  if (executed.kind === 'ended') await died(executed.exitCode);
  return executed.exitCode;
}

/** A further process with pipes to it. */
export interface OpenExec {
  pid: number;
  /** undefined when it has ended already. */
  process: ProcessRef | undefined;
  /** Our ends, ours to close. */
  pipes: [number, number, number];
  /** Passes bytes on until it has ended; its exit code. */
  attend(): Promise<number>;
}

/** The same with pipes, for a program that reads and writes them itself. */
export async function openExec(
  engine: Engine,
  id: string,
  options: Omit<ExecOptions, 'detach' | 'detachKeys'>,
): Promise<OpenExec> {
  const wishes = { ...options, detach: false, detachKeys: [] };
  const { executed, died } = await execute(engine, id, wishes, true);
  const { handle = 0, pid, pipes = [-1, -1, -1] } = executed;
  const attend = async () => {
    const attach = { handle, detachKeys: [], signalProxy: false, redraw: false };
    const { exitCode } = await engine.host.call('shimAttach', attach);
    await died(exitCode);
    return exitCode;
  };
  return { pid, process: await processOf(engine, pid), pipes, attend };
}

interface Execution {
  executed: ShimExecuted;
  /** Tells of its end. */
  died(exitCode: number): Promise<void>;
}

async function execute(
  engine: Engine,
  id: string,
  options: ExecOptions,
  pipes: boolean,
): Promise<Execution> {
  const { host } = engine;
  const { tty, detach, detachKeys } = options;
  const execId = await newId(host);
  const { container, process } = await withSettled(engine, id, async (found) => {
    runningPid(found);
    if (found.config.State.Paused) {
      throw wrongState(
        `Container ${found.config.Name.slice(1)} is paused, unpause the container before exec`,
      );
    }
    return { container: found, process: await execProcess(engine, found, options) };
  });
  const command = options.command.join(' ');
  const tell = (action: string, added = {}) =>
    recordEvent(engine, containerHappening(container, action, { execID: execId, ...added }));
  await tell(`exec_create: ${command}`);
  await tell(`exec_start: ${command}`);
  let executed: ShimExecuted;
  try {
    executed = await host.call('shimExec', {
      socket: shimSocket(engine, id),
      id: execId,
      process,
      tty,
      stdin: options.stdin && !detach,
      stdout: !detach,
      stderr: !detach,
      detach,
      detachKeys,
      pipes,
    });
  } catch (error) {
    if (isHostError(error, 'ENOENT', 'ECONNREFUSED')) throw notRunning(id);
    throw error;
  }
  if (executed.failure) throw startFailure(executed.failure, options.command[0] ?? '');
  const died = (exitCode: number) => tell('exec_die', { exitCode: String(exitCode) });
  return { executed, died };
}
