import type { ContainerRoot } from '../../host/generated/plan.ts';
import { inspectMounts } from '../containers/inspect-mounts.ts';
import type { Container } from '../containers/record.ts';
import { lockContainer, readById } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { noSuchContainer } from '../engine-error.ts';
import { containerOverlay } from '../layers/rw-layer.ts';

/**
 * Runs `work` with a container's root. One that runs is not held: its stop does not wait for a copy. One that
 * does not is not started meanwhile.
 */
export async function withContainerRoot<T>(
  engine: Engine,
  id: string,
  work: (root: ContainerRoot, container: Container) => Promise<T>,
): Promise<T> {
  const container = await present(engine, id);
  const { State } = container.config;
  if (State.Running && State.Pid > 0) return work(runningRoot(container), container);
  return lockContainer(engine, id, async () => {
    const now = await present(engine, id);
    const started = now.config.State.Running && now.config.State.Pid > 0;
    return work(started ? runningRoot(now) : await stillRoot(engine, now), now);
  });
}

async function present(engine: Engine, id: string): Promise<Container> {
  const container = await readById(engine, id);
  if (container) return container;
  throw noSuchContainer(id);
}

function runningRoot({ id, config }: Container): ContainerRoot {
  return { id, pid: config.State.Pid, directory: '', layers: null, volumes: [] };
}

/** Its layers alone, with what is mounted in them at a start. */
async function stillRoot(engine: Engine, container: Container): Promise<ContainerRoot> {
  const layers = (await containerOverlay(engine, container.id)) ?? null;
  const volumes = inspectMounts(engine.paths, container)
    .filter(({ Source }) => Source !== '')
    .map(({ Source, Destination, RW }) => ({
      source: Source,
      destination: Destination,
      readonly: !RW,
    }));
  return { id: container.id, pid: 0, directory: '', layers, volumes };
}
