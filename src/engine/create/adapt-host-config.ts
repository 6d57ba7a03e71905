import { RundletError } from '../../errors/rundlet-error.ts';
import { systemError } from '../../errors/system-error.ts';
import type { HostFacts } from '../../host/generated/plan.ts';
import { isHostError } from '../../host/host-error.ts';
import { capabilityNumber } from '../../spec/capability-names.ts';
import { defaultShmSize } from '../containers/host-config.ts';
import type { HostConfig } from '../containers/record.ts';
import { findContainer, readById } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { invalidParameter, noSuchContainer } from '../engine-error.ts';

/** Fills in dockerd's defaults and turns names of other containers into ids. Changes `config`. */
export async function adaptHostConfig(
  engine: Engine,
  facts: HostFacts,
  config: HostConfig,
): Promise<void> {
  checkCapabilities('CapAdd', config.CapAdd);
  checkCapabilities('CapDrop', config.CapDrop);
  config.Runtime = await runtimePath(engine, config.Runtime ?? '');
  if (config.LogConfig.Type === '') config.LogConfig.Type = 'json-file';
  if (config.Memory > 0 && config.MemorySwap === 0) config.MemorySwap = config.Memory * 2;
  if (config.ShmSize === 0) config.ShmSize = defaultShmSize;
  if (config.IpcMode === '') config.IpcMode = 'private';
  if (config.CgroupnsMode === '') {
    const isPrivate = facts.cgroup.version === 'v2' && !config.Privileged;
    config.CgroupnsMode = isPrivate ? 'private' : 'host';
  }
  if (config.CgroupnsMode === 'private' && !facts.namespaces.includes('cgroup')) {
    engine.warn(
      'Your kernel does not support cgroup namespaces.  Cgroup namespace setting discarded.',
    );
    config.CgroupnsMode = 'host';
  }
  config.PidMode = await sharedWith(engine, config.PidMode);
  config.IpcMode = await sharedWith(engine, config.IpcMode);
  config.NetworkMode = await sharedNetwork(engine, config.NetworkMode);
  labelOff(config);
  // A privileged container sees all of /proc and /sys.
  if (config.Privileged) {
    config.MaskedPaths = null;
    config.ReadonlyPaths = null;
  }
}

function checkCapabilities(list: 'CapAdd' | 'CapDrop', names: readonly string[] | null): void {
  const unknown = names?.find((name) => name !== 'ALL' && capabilityNumber(name) === undefined);
  if (unknown === undefined) return;
  throw invalidParameter(`invalid ${list}: unknown capability: "${unknown}"`);
}

/** SELinux does not part what shares processes or memory with the host. */
function labelOff(config: HostConfig): void {
  const given = config.SecurityOpt ?? [];
  if (given.some((option) => option.split('=')[0] === 'label')) return;
  if (config.Privileged || config.IpcMode === 'host' || config.PidMode === 'host') {
    config.SecurityOpt = [...given, 'label=disable'];
  }
}

/** `container:<name>` with the full id. */
async function sharedWith(engine: Engine, mode: string): Promise<string> {
  if (!mode.startsWith('container:')) return mode;
  return `container:${await findContainer(engine, mode.slice('container:'.length))}`;
}

/** As dockerd: a container that is missing is an error of the start. */
async function sharedNetwork(engine: Engine, mode: string): Promise<string> {
  try {
    return await sharedWith(engine, mode);
  } catch (error) {
    if (error instanceof RundletError && error.code === 'ERR_RUNDLET_NO_SUCH_OBJECT') return mode;
    throw error;
  }
}

/** Links of `--link` are to containers that exist, and have a network of their own. */
export async function checkLinks(engine: Engine, links: readonly string[] | null): Promise<void> {
  for (const link of links ?? []) {
    const [name = ''] = link.split(':');
    let id: string;
    try {
      id = await findContainer(engine, name);
    } catch (error) {
      throw invalidParameter(`could not get container for ${name}: ${(error as Error).message}`);
    }
    const other = await readById(engine, id);
    if (other === undefined) throw noSuchContainer(name);
    if (other.hostConfig.NetworkMode === 'host') {
      throw invalidParameter(
        "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
      );
    }
  }
}

/**
 * `Runtime` of the record: docker's default name for rundlet itself, so that dockerd starts the
 * container too; the absolute path of any other.
 */
async function runtimePath({ host }: Engine, name: string): Promise<string> {
  if (name === '' || name === 'rundlet') return 'runc';
  const search = (host.env.PATH || '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin')
    .split(':')
    .filter((directory) => directory.startsWith('/'));
  const places = name.startsWith('/') ? [name] : search.map((directory) => `${directory}/${name}`);
  if (name.startsWith('/') || !name.includes('/')) {
    for (const path of places) {
      try {
        const { kind, mode } = await host.call('stat', { path, follow: true });
        if (kind === 'file' && (mode & 0o111) !== 0) return path;
      } catch (error) {
        if (!isHostError(error, 'ENOENT', 'ENOTDIR', 'EACCES')) throw systemError(error);
      }
    }
  }
  throw invalidParameter(`Unknown runtime specified ${name}`);
}
