import { wantsStart } from '../containers/restart-policy.ts';
import type { Engine } from '../context.ts';
import { startContainer } from '../start/start-container.ts';
import { type Attempt, forEach } from './for-each-container.ts';

/**
 * What dockerd does when it starts: every container whose restart policy asks for it, and that does not run,
 * is started; those whose namespaces others join first. Records are true already (`replay`).
 */
export function startEngine(engine: Engine): Promise<Attempt[]> {
  return forEach(engine, 'hosts first', async ({ id, config, hostConfig }) => {
    const { State, HasBeenManuallyStopped: hasBeenManuallyStopped, RestartCount } = config;
    if (State.Running && !State.Restarting) return false;
    const ended = { exitCode: State.ExitCode, restartCount: RestartCount, hasBeenManuallyStopped };
    if (!wantsStart(hostConfig.RestartPolicy, ended)) return false;
    return (await startContainer(engine, id)).started;
  });
}
