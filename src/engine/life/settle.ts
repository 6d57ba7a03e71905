import { systemError } from '../../errors/system-error.ts';
import type { ProcessRef, ShimExit } from '../../host/generated/plan.ts';
import { isHostError } from '../../host/host-error.ts';
import { pathExists } from '../../host/path-exists.ts';
import { SIGKILL } from '../../spec/signals.ts';
import type { Container } from '../containers/record.ts';
import { restartDelay } from '../containers/restart-policy.ts';
import {
  type ContainerExit,
  restarting,
  running,
  stateWord,
  stopped,
} from '../containers/run-state.ts';
import { readById, writeContainer } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { noSuchContainer } from '../engine-error.ts';
import { containerPaths } from '../engine-paths.ts';
import { containerHappening, recordEvent } from '../events/record-event.ts';
import { disconnected } from '../network/connect-network.ts';
import { elapsed } from '../parse-rfc3339.ts';
import { unmountVolumes } from '../volumes/mount-volumes.ts';
import { begunMark, forgetBegun } from './begun-mark.ts';
import { bundleProcess } from './first-process.ts';
import { isFrozen } from './frozen.ts';
import { removeContainer } from './remove-container.ts';
import { forgetRestart, planRestart, readRestart } from './restart-plan.ts';
import { findExit, livingShim } from './shim-record.ts';
import { takeDown } from './take-down.ts';

/** What a container that no shim saw ending is said to have ended with, as dockerd's after its own crash. */
export const unknownExit = 255;

/**
 * The container as it is now. When it has ended and nobody has cleaned up after it, that is done here:
 * so whatever was killed meanwhile, the next command finds all in order. The caller holds its lock.
 * @returns undefined when it is gone: one with `--rm`.
 */
export async function settle(engine: Engine, id: string): Promise<Container | undefined> {
  const container = await readById(engine, id);
  if (container === undefined) throw noSuchContainer(id);
  const { bundle, own, shimLogs } = containerPaths(engine.paths, id);
  const begun = await pathExists(engine.host, bundle);
  const { State } = container.config;
  try {
    if (!begun && (!State.Running || State.Restarting)) return await kept(engine, container);
    if (begun && (await isUp(engine, container))) return container;
    const exit = await findExit(engine, id);
    if (begun) await takeDown(engine, container, exit === undefined);
    // The machine was rebooted: only what lies on the disk has stayed.
    else await engine.host.call('removeTree', { path: shimLogs });
    await recordEnd(engine, container, exit);
    if (begun) {
      await engine.host.call('removeTree', { path: own });
      await engine.host.call('removeTree', { path: bundle });
    }
    await unmountVolumes(engine, container);
    return await kept(engine, container);
  } catch (error) {
    throw systemError(error);
  }
}

/** One with `--rm` has ended for good: it goes. */
async function kept(engine: Engine, container: Container): Promise<Container | undefined> {
  if (!container.hostConfig.AutoRemove || stateWord(container.config.State) !== 'exited') {
    return container;
  }
  await removeContainer(engine, container, { volumes: true });
  return undefined;
}

/**
 * Whether it runs. A start whose engine was killed before it wrote the record is finished here; one that
 * was killed before that is undone by the shim.
 */
async function isUp(engine: Engine, container: Container): Promise<boolean> {
  const { host, paths } = engine;
  const { id, config } = container;
  const shim = await livingShim(engine, id);
  if (shim === undefined) return false;
  if ((await findExit(engine, id)) === undefined) {
    if (config.State.Running && !config.State.Restarting) {
      await finishPause(engine, container);
      return true;
    }
    // In this order: who takes a container away removes its gate after its process has ended.
    const waits = await pathExists(host, `${paths.runtimeRoot}/${id}/exec.fifo`);
    const process = await bundleProcess(engine, container);
    if (process && !waits) {
      config.State = running(config.State, process.pid, await engine.now());
      config.HasBeenStartedBefore = true;
      await writeContainer(engine, container);
      await forgetBegun(engine, id);
      return true;
    }
    // Let go by an engine that was killed before it could know: nobody waits for it, so it ends here.
    if (process) await endProcess(engine, process);
  }
  await host.call('awaitEnd', { process: shim });
  return false;
}

/** After a kill of whoever paused it, or let it run again. */
async function finishPause(engine: Engine, container: Container): Promise<void> {
  const { id, config } = container;
  if (!(await pathExists(engine.host, begunMark(engine, id)))) return;
  config.State.Paused = await isFrozen(engine, container);
  await writeContainer(engine, container);
  await forgetBegun(engine, id);
}

async function endProcess({ host }: Engine, process: ProcessRef): Promise<void> {
  try {
    await host.call('signal', { process, signal: SIGKILL });
  } catch (error) {
    if (!isHostError(error, 'ESRCH')) throw error;
  }
}

async function recordEnd(
  engine: Engine,
  container: Container,
  exit: ShimExit | undefined,
): Promise<void> {
  const { config, hostConfig } = container;
  const was = config.State;
  config.NetworkSettings = disconnected(config.NetworkSettings);
  const ran = (was.Running && !was.Restarting) || exit?.started === true;
  if (!ran) return;
  const end: ContainerExit = exit ?? {
    exitCode: unknownExit,
    oomKilled: false,
    exitedAt: await engine.now(),
  };
  const delay =
    exit === undefined
      ? undefined
      : restartDelay(hostConfig.RestartPolicy, {
          exitCode: end.exitCode,
          restartCount: config.RestartCount,
          hasBeenManuallyStopped: config.HasBeenManuallyStopped,
          ranFor: elapsed(was.StartedAt, end.exitedAt),
          lastDelay: (await readRestart(engine, container.id))?.delay ?? 0,
        });
  if (delay === undefined) {
    await forgetRestart(engine, container.id);
    config.State = stopped(was, end);
  } else {
    await planRestart(engine, container.id, { delay });
    config.RestartCount += 1;
    config.State = restarting(was, end);
  }
  // Nobody looks any more; Docker's clients know no other word for that.
  if (config.State.Health) config.State.Health.Status = 'unhealthy';
  await writeContainer(engine, container);
  if (end.oomKilled) await recordEvent(engine, containerHappening(container, 'oom'));
  const attributes = { exitCode: String(end.exitCode) };
  await recordEvent(engine, containerHappening(container, 'die', attributes));
}
