import { systemError } from '../../errors/system-error.ts';
import type { ProcessRef } from '../../host/generated/plan.ts';
import { probeOf, startingHealth } from '../containers/health.ts';
import type { Container } from '../containers/record.ts';
import { running, startFailed } from '../containers/run-state.ts';
import { lockContainer, writeContainer } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { dockerJson } from '../docker-json.ts';
import { noSuchContainer, wrongState } from '../engine-error.ts';
import { containerPaths } from '../engine-paths.ts';
import { containerHappening, recordEvent } from '../events/record-event.ts';
import { mountRwLayer } from '../layers/rw-layer.ts';
import { begunName, forgetBegun } from '../life/begun-mark.ts';
import { removeContainer } from '../life/remove-container.ts';
import { forgetRestart } from '../life/restart-plan.ts';
import { settle } from '../life/settle.ts';
import { takeDown } from '../life/take-down.ts';
import {
  connectNetwork,
  disconnected,
  type Reservation,
  reserveNetwork,
  usesNetworks,
} from '../network/connect-network.ts';
import { findAardvark } from '../network/network-programs.ts';
import { containerSpec, wantsInit } from '../spec/container-spec.ts';
import { readSpecFacts } from '../spec/spec-facts.ts';
import { unmountVolumes } from '../volumes/mount-volumes.ts';
import { findInit } from './find-init.ts';
import { joinedNamespaces } from './joined.ts';
import { linkedHosts } from './linked-hosts.ts';
import { prepareMounts } from './prepare-mounts.ts';
import { shimSpec } from './shim-spec.ts';
import { failedExit, startFailure } from './start-failure.ts';
import { type EtcNetwork, writeEtcFiles } from './write-etc-files.ts';

export interface StartOptions {
  /** By the restart policy: its count and delay go on. */
  again?: boolean;
  /** The container is created and waits: what is to see all that it prints is connected now. */
  beforeGo?: (process: ProcessRef) => Promise<void>;
}

export interface Started {
  /** False: it ran already. */
  started: boolean;
}

/**
 * Starts a container, and returns when its program runs. After an error it is what it was before, but for
 * `State.ExitCode` and `State.Error`.
 */
export function startContainer(
  engine: Engine,
  id: string,
  { again = false, beforeGo }: StartOptions = {},
): Promise<Started> {
  return lockContainer(engine, id, async () => {
    const container = await settle(engine, id);
    if (container === undefined) throw noSuchContainer(id);
    const { State } = container.config;
    if (again && !State.Restarting) return { started: false };
    if (State.Paused) throw wrongState('cannot start a paused container, try unpause instead');
    if (State.Running && !State.Restarting) return { started: false };
    if (State.RemovalInProgress || State.Dead) {
      throw wrongState('container is marked for removal and cannot be started');
    }
    if (!again) {
      container.config.RestartCount = 0;
      await forgetRestart(engine, id);
    }
    try {
      await bringUp(engine, container, beforeGo);
    } catch (error) {
      await undoStart(engine, container, error);
      throw systemError(error);
    }
    await recordEvent(engine, containerHappening(container, 'start'));
    return { started: true };
  });
}

async function bringUp(
  engine: Engine,
  container: Container,
  beforeGo: StartOptions['beforeGo'],
): Promise<void> {
  const { host, paths } = engine;
  const { id, config, hostConfig } = container;
  const places = containerPaths(paths, id);
  await host.call('makeDirectory', { path: paths.bundles, mode: 0o711, parents: true });
  // From here on one sees that it was begun.
  await host.call('makeTree', {
    base: paths.bundles,
    entries: [
      { path: id, kind: 'directory', mode: 0o700, text: '' },
      { path: `${id}/${begunName}`, kind: 'file', mode: 0o600, text: '' },
      { path: `${id}/rootfs`, kind: 'directory', mode: 0o711, text: '' },
    ],
  });
  await host.call('makeDirectory', { path: places.mounts, mode: 0o710, parents: true });
  const joined = await joinedNamespaces(engine, container);
  const network = usesNetworks(container) ? await reserveNetwork(engine, container) : undefined;
  const { merged } = await mountRwLayer(engine, id, { volatile: hostConfig.AutoRemove });
  if (joined.network) {
    const { HostnamePath, HostsPath, ResolvConfPath, Config } = joined.network.config;
    Object.assign(config, { HostnamePath, HostsPath, ResolvConfPath });
    config.Config.Hostname = Config.Hostname;
    config.Config.Domainname = Config.Domainname;
  } else {
    await writeEtcFiles(engine, container, {
      ...(network && (await etcNetwork(engine, network))),
      linked: await linkedHosts(engine, container),
    });
  }
  const mounts = await prepareMounts(engine, container, joined.shm);
  const spec = containerSpec({
    container,
    rootfs: merged,
    mounts,
    joined: joined.namespaces,
    facts: await readSpecFacts(engine, container, merged),
    ...(wantsInit(hostConfig) && { init: await findInit(engine) }),
  });
  const path = `${places.bundle}/config.json`;
  const text = dockerJson(spec);
  await host.call('writeRecord', { path, text, mode: 0o644, durable: false });
  config.LogPath = hostConfig.LogConfig.Type === 'json-file' ? places.jsonLog : '';

  const { handle, failure, ...process } = await host.call(
    'shimStart',
    await shimSpec(engine, container),
  );
  if (failure) throw startFailure(failure, config.Path);
  try {
    if (network) await connectNetwork(engine, container, network, process);
    await beforeGo?.(process);
  } catch (error) {
    await host.call('shimAbort', { handle });
    throw error;
  }
  const gone = await host.call('shimGo', { handle });
  if (gone.failure) throw startFailure(gone.failure, config.Path);
  config.State = running(config.State, process.pid, await engine.now());
  if (probeOf(config.Config.Healthcheck, config.Config.Shell)) {
    config.State.Health = startingHealth(config.State.Health);
  }
  config.HasBeenStartedBefore = true;
  config.HasBeenManuallyStopped = false;
  await writeContainer(engine, container);
  await forgetBegun(engine, id);
}

/** What the /etc files tell of the networks. */
async function etcNetwork(
  engine: Engine,
  { attachments }: Reservation,
): Promise<Omit<EtcNetwork, 'linked'>> {
  const users = attachments.filter(({ network }) => network.name !== 'bridge');
  const resolves = users.length > 0 && (await findAardvark(engine)) !== undefined;
  const gateway = attachments[0]?.network.gateway;
  return {
    addresses: attachments.flatMap(({ address, address6 }) =>
      address6 === undefined ? [address] : [address, address6],
    ),
    ...(gateway !== undefined && { gateway }),
    resolvers: resolves ? users.map(({ network }) => network.gateway) : [],
  };
}

/** Nothing stays of a start that failed but what the record tells. */
async function undoStart(engine: Engine, container: Container, error: unknown): Promise<void> {
  const { host, paths } = engine;
  const { config, hostConfig, id } = container;
  try {
    await takeDown(engine, container, false);
    await host.call('removeTree', { path: containerPaths(paths, id).own });
    config.NetworkSettings = disconnected(config.NetworkSettings);
    config.State = startFailed(config.State, failedExit(error), (error as Error).message);
    await writeContainer(engine, container);
    await host.call('removeTree', { path: containerPaths(paths, id).bundle });
    await unmountVolumes(engine, container);
    await forgetRestart(engine, id);
    if (hostConfig.AutoRemove) await removeContainer(engine, container, { volumes: true });
  } catch (fault) {
    engine.warn(`cannot undo the start of ${id}: ${(fault as Error).message}`);
  }
}
