import { isHostError } from '../../host/host-error.ts';
import { inspectMounts } from '../containers/inspect-mounts.ts';
import type { Container } from '../containers/record.ts';
import { listContainers } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { findImage, listImageIds } from '../images/image-store.ts';
import { readRepositories } from '../images/repositories.ts';
import { containerLayers, layerChain } from '../layers/container-layers.ts';
import { digestHex } from '../layers/layer-store.ts';
import type { ImageLayer } from '../layers/read-layer.ts';
import { type Owner, type OwnerFacts, ownersOf, ownersOfProcess } from './find-owner.ts';
import { ancestors, readOne, shimPid } from './process-facts.ts';

/**
 * Which containers a path, a line of `mount`, an id of a layer, a process or a cgroup belongs to; where there
 * are none, which images. Reads only, so the data root may be that of a running dockerd.
 */
export async function which(engine: Engine, query: string): Promise<Owner[]> {
  const containers: OwnerFacts[] = [];
  for (const container of await listContainers(engine)) {
    containers.push(await ownerFacts(engine, container));
  }
  const process = /^(?:\/proc\/)?(\d{1,10})(?:\/.*)?$/.exec(query)?.[1];
  if (process !== undefined) {
    const owners = await ofProcess(engine, Number(process), containers);
    if (owners.length > 0 || query.startsWith('/')) return owners;
  }
  const texts = [...(await resolved(engine, query)), query];
  for (const all of [containers, await imageFacts(engine)]) {
    for (const text of texts) {
      const owners = ownersOf(text, all);
      if (owners.length > 0) return owners;
    }
  }
  return [];
}

async function ofProcess(
  { host }: Engine,
  pid: number,
  containers: readonly OwnerFacts[],
): Promise<Owner[]> {
  const line = await ancestors(host, pid);
  if (line.length === 0) return [];
  return ownersOfProcess(await readOne(host, `/proc/${pid}/cgroup`), line, containers);
}

/** Where a path leads: `l/ABC…` to its layer; a short name of a layer as well. */
async function resolved({ host, paths }: Engine, query: string): Promise<string[]> {
  const path = /^[A-Z2-7]{26}$/.test(query) ? `${paths.links}/${query}` : query;
  if (!path.startsWith('/')) return [];
  try {
    const real = await host.call('realPath', { path });
    return real === query ? [] : [real];
  } catch (error) {
    if (isHostError(error)) return [];
    throw error;
  }
}

async function ownerFacts(engine: Engine, container: Container): Promise<OwnerFacts> {
  const { id, config } = container;
  const layers = await containerLayers(engine, id);
  return {
    id,
    name: config.Name.replace(/^\//, ''),
    pid: config.State.Running ? config.State.Pid : 0,
    shimPid: await shimPid(engine, id),
    mountId: layers?.mountId ?? '',
    initId: layers?.initId ?? '',
    ...layerNames(layers?.image ?? []),
    volumes: inspectMounts(engine.paths, container).map(({ Source, Destination }) => ({
      source: Source,
      destination: Destination,
    })),
  };
}

/** Images as owners of their layers and of their record. */
async function imageFacts(engine: Engine): Promise<OwnerFacts[]> {
  const repositories = await readRepositories(engine);
  const facts: OwnerFacts[] = [];
  for (const id of await listImageIds(engine)) {
    const image = await findImage(engine, id, repositories);
    if (image === undefined) continue;
    facts.push({
      id: digestHex(id),
      name: image.references[0] ?? '<none>',
      pid: 0,
      shimPid: 0,
      mountId: '',
      initId: '',
      ...layerNames(await layerChain(engine, image.topChain)),
      volumes: [],
    });
  }
  return facts;
}

function layerNames(layers: readonly ImageLayer[]): { layers: string[]; chains: string[] } {
  return {
    layers: layers.map(({ cacheId }) => cacheId),
    chains: layers.map(({ chain }) => digestHex(chain)),
  };
}
