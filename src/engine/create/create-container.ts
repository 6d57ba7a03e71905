import { RundletError } from '../../errors/rundlet-error.ts';
import { systemError } from '../../errors/system-error.ts';
import { checkName, generateName, newId } from '../containers/container-name.ts';
import { orderedHostConfig } from '../containers/host-config.ts';
import { type Container, type ContainerConfig, emptyContainer } from '../containers/record.ts';
import { claimName, writeRecords } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { containerPaths } from '../engine-paths.ts';
import { containerHappening, recordEvent } from '../events/record-event.ts';
import type { Image } from '../images/image.ts';
import { resolveImage } from '../images/resolve-image.ts';
import { beginJournal, type Journal } from '../journal.ts';
import { createRwLayer, mountRwLayer, unmountRwLayer } from '../layers/rw-layer.ts';
import { securityOptions } from '../spec/security-options.ts';
import { findVolume, makeVolume, withVolumes } from '../volumes/volume-store.ts';
import { adaptHostConfig, checkLinks } from './adapt-host-config.ts';
import { checkRequest } from './check-config.ts';
import { checkLogOptions } from './check-log-options.ts';
import { checkPlatform } from './check-platform.ts';
import { checkResources } from './check-resources.ts';
import type { CreateRequest } from './create-request.ts';
import { fillContainer } from './fill-container.ts';
import { mergeImageConfig } from './merge-image-config.ts';
import { type MountPlan, planMounts } from './mount-points.ts';
import { createdNetworkSettings } from './network-settings.ts';
import { prepareDataRoot } from './prepare-data-root.ts';
import { stagingPath, undoCreate } from './undo-create.ts';

export interface Created {
  id: string;
  /** Docker's, to be shown with `WARNING: `. */
  warnings: string[];
}

/** How often a generated name may be taken before the id has to do. */
const nameAttempts = 6;

/**
 * What dockerd does at `POST /containers/create`: checks, name, layers, volumes, records. Nothing of it
 * is seen before all is there; after an error, and after a crash with the next command, nothing stays.
 * @param beforeSeen the last that may fail.
 */
export async function createContainer(
  engine: Engine,
  request: CreateRequest,
  beforeSeen: (id: string) => Promise<void> = async () => {},
): Promise<Created> {
  const name = request.name === '' ? undefined : checkName(request.name);
  checkRequest(request);
  await prepareDataRoot(engine);
  const image = await resolveImage(engine, request.config.Image);
  checkPlatform(image, request.platform);
  const facts = await engine.host.call('facts', null);
  const hostConfig = { ...request.hostConfig };
  const warnings = await checkResources(engine.host, facts, hostConfig);
  if (hostConfig.NetworkMode === 'host' && Object.keys(hostConfig.PortBindings ?? {}).length > 0) {
    warnings.push('Published ports are discarded when using host network mode');
  }
  await adaptHostConfig(engine, facts, hostConfig);
  checkLogOptions(hostConfig.LogConfig);
  await checkLinks(engine, hostConfig.Links);
  const config = mergeImageConfig(request.config, image.config.config ?? {});
  const plan = await planMounts(engine, hostConfig, config.Volumes);
  const id = await newId(engine.host);
  await setHostname(engine, config, hostConfig.NetworkMode, id);
  const container: Container = {
    id,
    config: {
      ...emptyContainer(id),
      Created: await engine.now(),
      ...program(config),
      Config: config,
      Image: image.id,
      NetworkSettings: createdNetworkSettings(
        hostConfig.NetworkMode,
        request.endpoints,
        name !== undefined,
      ),
      MountPoints: plan.points,
      ...security(hostConfig.SecurityOpt),
    },
    hostConfig: orderedHostConfig(hostConfig),
  };
  const journal = await beginNamed(engine, container, name);
  try {
    await build(engine, container, image, plan, journal);
    await beforeSeen(id);
    await show(engine, id);
  } catch (error) {
    await undoCreate(engine, journal.entry);
    await journal.close();
    throw systemError(error);
  }
  await journal.close();
  await recordEvent(engine, containerHappening(container, 'create'));
  return { id, warnings };
}

/** The name is taken by the journal's entry until the record has it. */
async function beginNamed(
  engine: Engine,
  container: Container,
  wished: string | undefined,
): Promise<Journal> {
  const { id } = container;
  const begin = (name: string) =>
    claimName(engine, name, id, async () => {
      container.config.Name = `/${name}`;
      return beginJournal(engine, { kind: 'create', id, name });
    });
  if (wished !== undefined) return begin(wished);
  for (let attempt = 0; attempt < nameAttempts; attempt++) {
    try {
      return await begin(await generateName(engine.host, attempt));
    } catch (error) {
      if (!(error instanceof RundletError) || error.code !== 'ERR_RUNDLET_CONFLICT') throw error;
    }
  }
  return begin(id.slice(0, 12));
}

async function build(
  engine: Engine,
  container: Container,
  image: Image,
  plan: MountPlan,
  journal: Journal,
): Promise<void> {
  const { host } = engine;
  const { id } = container;
  await createRwLayer(engine, { containerId: id, parentChain: image.topChain });
  await makeVolumes(engine, plan, journal);
  const { WorkingDir } = container.config.Config;
  if (WorkingDir !== '' || plan.volumes.size > 0) {
    const { merged } = await mountRwLayer(engine, id);
    try {
      await fillContainer(engine, merged, WorkingDir, plan);
    } finally {
      await unmountRwLayer(engine, id);
    }
  }
  const staging = stagingPath(engine, id);
  await host.call('makeDirectory', { path: staging, mode: 0o710, parents: false });
  await host.call('makeDirectory', { path: `${staging}/checkpoints`, mode: 0o700, parents: false });
  await writeRecords(engine, container, `${staging}/config.v2.json`, `${staging}/hostconfig.json`);
}

async function show(engine: Engine, id: string): Promise<void> {
  const { directory } = containerPaths(engine.paths, id);
  await engine.host.call('rename', { from: stagingPath(engine, id), to: directory });
}

/** The journal knows a volume before it is made, and that it is used before somebody removes it. */
async function makeVolumes(engine: Engine, plan: MountPlan, journal: Journal): Promise<void> {
  const wishes = [...plan.volumes.values()];
  if (wishes.length === 0) return;
  await withVolumes(engine, async () => {
    const missing = new Map<string, (typeof wishes)[number]>();
    for (const wish of wishes) {
      if (missing.has(wish.name)) continue;
      if ((await findVolume(engine, wish.name)) === undefined) missing.set(wish.name, wish);
    }
    await journal.write({
      ...journal.entry,
      volumes: [...missing.keys()],
      uses: wishes.map(({ name }) => name),
    });
    for (const wish of missing.values()) await makeVolume(engine, wish);
  });
}

/** The host's own in its network, else the beginning of the id. */
async function setHostname(
  { host }: Engine,
  config: ContainerConfig,
  mode: string,
  id: string,
): Promise<void> {
  if (config.Hostname !== '') return;
  config.Hostname =
    mode === 'host'
      ? (await host.call('readText', { path: '/proc/sys/kernel/hostname', max: 256 })).trim()
      : id.slice(0, 12);
}

function program({ Entrypoint, Cmd }: ContainerConfig): { Path: string; Args: string[] } {
  const [Path = '', ...Args] = [...(Entrypoint ?? []), ...(Cmd ?? [])];
  return { Path, Args };
}

function security(options: readonly string[] | null) {
  const { apparmor = '', seccomp = '', noNewPrivileges } = securityOptions(options ?? []);
  return { AppArmorProfile: apparmor, SeccompProfile: seccomp, NoNewPrivileges: noNewPrivileges };
}
