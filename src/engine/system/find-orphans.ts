import { isHostError } from '../../host/host-error.ts';
import { containerIds, readById } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { containerPaths } from '../engine-paths.ts';
import { isFullId } from '../full-id.ts';
import { digestHex } from '../layers/layer-store.ts';
import { findRwLayer } from '../layers/rw-layer.ts';
import { findText } from '../layers/store-text.ts';
import { listLayers, namesIn, unusedLayers } from '../layers/used-layers.ts';
import { mountPoints } from '../mount-points.ts';

/** Something in the two roots that nothing needs any more. */
export interface Orphan {
  /** `layer`, `link`, `image layer`, `layer record`, `record`, `bundle`, `mount`, … */
  kind: string;
  path: string;
  why: string;
}

/** All that a crash, or another engine, has left. Looks only. */
export async function findOrphans(engine: Engine): Promise<Orphan[]> {
  const found: Orphan[] = [];
  const containers = await knownContainers(engine);
  found.push(...(await recordOrphans(engine, containers)));
  found.push(...(await layerOrphans(engine, containers)));
  found.push(...(await runtimeOrphans(engine, containers)));
  found.push(...(await begunOrphans(engine)));
  return found;
}

/** Full id → whether it runs; undefined for a record that cannot be read. */
type Known = ReadonlyMap<string, boolean | undefined>;

async function knownContainers(engine: Engine): Promise<Known> {
  const known = new Map<string, boolean | undefined>();
  for (const id of await containerIds(engine)) {
    try {
      const container = await readById(engine, id);
      // Without config.v2.json it is none.
      if (container) known.set(id, container.config.State.Running);
    } catch {
      known.set(id, undefined);
    }
  }
  return known;
}

async function recordOrphans(engine: Engine, containers: Known): Promise<Orphan[]> {
  const { paths } = engine;
  const found: Orphan[] = [];
  for (const id of await containerIds(engine)) {
    if (containers.has(id)) continue;
    const why = 'a directory of a container without config.v2.json';
    found.push({ kind: 'record', path: `${paths.containers}/${id}`, why });
  }
  for (const id of await namesIn(engine, paths.layerMounts)) {
    if (!isFullId(id) || containers.has(id)) continue;
    const why = 'names the layers of a container that has no record';
    found.push({ kind: 'layer record', path: `${paths.layerMounts}/${id}`, why });
  }
  return found;
}

async function layerOrphans(engine: Engine, containers: Known): Promise<Orphan[]> {
  const { paths } = engine;
  const found: Orphan[] = [];
  for (const { chain, cacheId } of await unusedLayers(engine)) {
    const why = `layer ${cacheId.slice(0, 12)} of no image and no container`;
    found.push({ kind: 'image layer', path: `${paths.layers}/${digestHex(chain)}`, why });
  }
  const named = new Set((await listLayers(engine)).map(({ cacheId }) => cacheId));
  for (const id of await namesIn(engine, paths.layerMounts)) {
    if (!isFullId(id)) continue;
    const layer = await findRwLayer(engine, id);
    if (layer) named.add(layer.mountId).add(layer.initId);
  }
  const mounted = await mountPoints(engine.host);
  for (const name of await namesIn(engine, paths.overlay2)) {
    if (!/^[0-9a-f]{64}(-init)?$/.test(name)) continue;
    const path = `${paths.overlay2}/${name}`;
    if (!named.has(name)) {
      found.push({ kind: 'layer', path, why: 'no record in layerdb names it' });
    } else if (mounted.has(`${path}/merged`) && !(await isRunningLayer(engine, name, containers))) {
      const why = 'mounted, and its container does not run';
      found.push({ kind: 'mount', path: `${path}/merged`, why });
    }
  }
  for (const name of await namesIn(engine, paths.links)) {
    const why = await brokenLink(engine, name);
    if (why) found.push({ kind: 'link', path: `${paths.links}/${name}`, why });
  }
  return found;
}

async function isRunningLayer(engine: Engine, mountId: string, known: Known): Promise<boolean> {
  for (const [id, runs] of known) {
    if (runs === false) continue;
    if ((await findRwLayer(engine, id))?.mountId === mountId) return true;
  }
  return false;
}

async function brokenLink({ host, paths }: Engine, name: string): Promise<string | undefined> {
  try {
    const target = await host.call('realPath', { path: `${paths.links}/${name}` });
    const own = await findText(host, target.replace(/\/diff$/, '/link'));
    return own === name ? undefined : 'the layer that it leads to has another name';
  } catch (error) {
    if (isHostError(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return 'leads to no layer';
    throw error;
  }
}

/** What lives only while a container runs. */
async function runtimeOrphans(engine: Engine, containers: Known): Promise<Orphan[]> {
  const { paths } = engine;
  const places: [kind: string, directory: string][] = [
    ['bundle', paths.bundles],
    ['fifos', paths.io],
    ['runtime state', paths.runtimeRoot],
    ['shim', `${paths.execRoot}/rundlet`],
    ['shim logs', paths.shimLogs],
  ];
  const found: Orphan[] = [];
  for (const [kind, directory] of places) {
    for (const id of await namesIn(engine, directory)) {
      if (!isFullId(id)) continue;
      const path = `${directory}/${id}`;
      if (!containers.has(id)) found.push({ kind, path, why: 'of a container without record' });
      else if (containers.get(id) === false) {
        found.push({ kind, path, why: 'its container does not run' });
      }
    }
  }
  return [...found, ...(await dead(engine, containers))];
}

/** Those that are said to run, and do not. */
async function dead(engine: Engine, containers: Known): Promise<Orphan[]> {
  const found: Orphan[] = [];
  for (const [id, runs] of containers) {
    if (runs !== true) continue;
    const pid = (await readById(engine, id))?.config.State.Pid ?? 0;
    const { texts } = await engine.host.call('readFiles', { paths: [`/proc/${pid}/cgroup`] });
    if (pid > 0 && texts[0]?.includes(id)) continue;
    const path = containerPaths(engine.paths, id).config;
    const why = `says that it runs, but process ${pid} is not there or another's`;
    found.push({ kind: 'record', path, why });
  }
  return found;
}

/** What commands that died had begun; the next command undoes it. */
async function begunOrphans(engine: Engine): Promise<Orphan[]> {
  const { host, paths } = engine;
  const found: Orphan[] = [];
  const why = 'begun by a command that died';
  for (const name of await namesIn(engine, paths.journal)) {
    if (!name.endsWith('.json')) continue;
    const path = `${paths.journal}/${name}`;
    const lock = await host.call('tryLock', { path: path.replace(/json$/, 'lock') });
    if (lock.handle === 0) continue;
    await host.call('unlock', lock);
    found.push({ kind: 'journal', path, why });
  }
  for (const name of await namesIn(engine, paths.layerTmp)) {
    found.push({ kind: 'layer record', path: `${paths.layerTmp}/${name}`, why });
  }
  return found;
}
