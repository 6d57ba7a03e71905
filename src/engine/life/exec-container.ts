import type { ShimExecuted } from '../../host/generated/plan.ts';
import { isHostError } from '../../host/host-error.ts';
import { newId } from '../containers/container-name.ts';
import { runningPid } from '../containers/running-pid.ts';
import type { Engine } from '../context.ts';
import { notRunning, wrongState } from '../engine-error.ts';
import { containerHappening, recordEvent } from '../events/record-event.ts';
import { startFailure } from '../start/start-failure.ts';
import { type ExecWishes, execProcess } from './exec-process.ts';
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
    });
  } catch (error) {
    if (isHostError(error, 'ENOENT', 'ECONNREFUSED')) throw notRunning(id);
    throw error;
  }
  if (executed.failure) throw startFailure(executed.failure, options.command[0] ?? '');
  if (executed.kind === 'ended') await tell('exec_die', { exitCode: String(executed.exitCode) });
  return executed.exitCode;
}
