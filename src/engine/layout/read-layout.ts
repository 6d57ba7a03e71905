import { containerCgroups } from '../containers/cgroups.ts';
import { inspectMounts } from '../containers/inspect-mounts.ts';
import type { Container } from '../containers/record.ts';
import { stateWord } from '../containers/run-state.ts';
import type { Engine } from '../context.ts';
import { containerLayers } from '../layers/container-layers.ts';
import { describeLayout, type LayoutFacts } from './describe-layout.ts';
import type { Layout } from './layout-tree.ts';
import { look } from './look.ts';
import { shimPid } from './process-facts.ts';

/** Where everything of a container lies, and what of it is there at this moment. */
export async function readLayout(engine: Engine, container: Container): Promise<Layout> {
  const layout = describeLayout(engine.paths, await layoutFacts(engine, container));
  await look(engine.host, layout.places);
  return layout;
}

async function layoutFacts(engine: Engine, container: Container): Promise<LayoutFacts> {
  const { id, config, hostConfig } = container;
  const { host, paths } = engine;
  const layers = await containerLayers(engine, id);
  const pid = config.State.Running ? config.State.Pid : 0;
  return {
    id,
    name: config.Name.replace(/^\//, ''),
    image: config.Config.Image,
    imageId: config.Image,
    state: stateWord(config.State),
    tty: config.Config.Tty,
    openStdin: config.Config.OpenStdin,
    shareableIpc: hostConfig.IpcMode === 'shareable',
    logDriver: hostConfig.LogConfig.Type,
    mountId: layers?.mountId ?? '',
    initId: layers?.initId ?? '',
    layers: (layers?.image ?? []).map(({ chain, cacheId, size }) => ({
      chainId: chain,
      cacheId,
      size,
    })),
    pid,
    shimPid: await shimPid(engine, id),
    cgroups: [...new Set(Object.values(await containerCgroups(host, id, pid)))],
    sandboxKey: config.NetworkSettings.SandboxKey,
    volumes: inspectMounts(paths, container).map(({ Source, Destination }) => ({
      source: Source,
      destination: Destination,
    })),
  };
}
