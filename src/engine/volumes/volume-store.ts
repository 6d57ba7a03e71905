import { systemError } from '../../errors/system-error.ts';
import { isHostError } from '../../host/host-error.ts';
import type { GoMap } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { dockerJson, goMap } from '../docker-json.ts';
import { invalidParameter, noSuchVolume } from '../engine-error.ts';
import type { Happening } from '../events/event.ts';
import { recordEvent } from '../events/record-event.ts';
import { findText } from '../layers/store-text.ts';
import { removeIfThere } from '../remove-if-there.ts';
import { checkLocalOptions, optionsText, readLocalOptions } from './local-options.ts';

/** A volume of the `local` driver, the only one. */
export interface Volume {
  name: string;
  /** Where its content is: `volumes/<name>/_data`. */
  mountpoint: string;
  /** `type`, `o`, `device` of a file system that is mounted there; empty for a plain directory. */
  options: GoMap<string>;
  labels: GoMap<string>;
  /** RFC 3339; undefined for a volume that another engine made. */
  createdAt: string | undefined;
}

/** What a new volume is to be. */
export interface VolumeWish {
  name: string;
  driver: string;
  options?: GoMap<string>;
  labels?: GoMap<string>;
}

/** `<own>/volumes/<name>.json`: what Docker keeps in a database that is its own. */
interface OwnRecord {
  createdAt: string;
  labels: GoMap<string>;
}

const maxRecord = 1 << 20;
const pattern = '[a-zA-Z0-9][a-zA-Z0-9_.-]';

/** Docker's words for a name that is none, and for a driver that is not there. */
export function checkVolume({ name, driver, options = {} }: VolumeWish): void {
  const fault = (text: string) => invalidParameter(`create ${name}: ${text}`);
  if (!['', 'local'].includes(driver)) {
    throw fault(`error looking up volume plugin ${driver}: plugin "${driver}" not found`);
  }
  if (name.length === 1) {
    throw fault('volume name is too short, names should be at least two alphanumeric characters');
  }
  if (!new RegExp(`^${pattern}+$`).test(name) || name.length > 255) {
    throw fault(
      `"${name}" includes invalid characters for a local volume name, only "${pattern}" are allowed. If you intended to pass a host directory, use absolute path`,
    );
  }
  checkLocalOptions(name, options);
}

export async function findVolume(engine: Engine, name: string): Promise<Volume | undefined> {
  if (!new RegExp(`^${pattern}+$`).test(name)) return undefined;
  const { host, paths } = engine;
  const mountpoint = `${paths.volumes}/${name}/_data`;
  try {
    const { kind } = await host.call('stat', { path: mountpoint, follow: false });
    if (kind !== 'directory') return undefined;
  } catch (error) {
    if (isHostError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw systemError(error);
  }
  const own = await readOwn(engine, name);
  return {
    name,
    mountpoint,
    options: await readLocalOptions(engine, name),
    labels: own?.labels ?? {},
    createdAt: own?.createdAt,
  };
}

export async function readVolume(engine: Engine, name: string): Promise<Volume> {
  const volume = await findVolume(engine, name);
  if (volume === undefined) throw noSuchVolume(name);
  return volume;
}

/** All volumes, by name. */
export async function listVolumes(engine: Engine): Promise<Volume[]> {
  let names: string[];
  try {
    ({ names } = await engine.host.call('listDirectory', { path: engine.paths.volumes }));
  } catch (error) {
    if (isHostError(error, 'ENOENT')) return [];
    throw systemError(error);
  }
  const volumes: Volume[] = [];
  for (const name of names) {
    const volume = await findVolume(engine, name);
    if (volume) volumes.push(volume);
  }
  return volumes;
}

/** Runs `work` while no other command adds or removes volumes. */
export async function withVolumes<T>(engine: Engine, work: () => Promise<T>): Promise<T> {
  const path = `${engine.paths.own}/volumes.lock`;
  const lock = await engine.host.call('lock', { path });
  try {
    return await work();
  } finally {
    await engine.host.call('unlock', lock);
  }
}

/** Makes a volume that is not there yet. The caller holds the lock of withVolumes and has journalled it. */
export async function makeVolume(engine: Engine, wish: VolumeWish): Promise<Volume> {
  const { name, options = {}, labels = {} } = wish;
  const { host, paths } = engine;
  const file = optionsText(options);
  try {
    await host.call('makeDirectory', { path: `${paths.own}/volumes`, mode: 0o700, parents: true });
    const createdAt = await engine.now();
    const text = `${dockerJson({ createdAt, labels: goMap(Object.entries(labels)) })}\n`;
    // No temporary file of it can be left over: the journal covers a half one.
    await removeIfThere(engine.host, ownPath(engine, name));
    const record = { path: `${name}.json`, kind: 'file', mode: 0o600, text };
    await host.call('makeTree', { base: `${paths.own}/volumes`, entries: [record] });
    await host.call('makeTree', {
      base: paths.volumes,
      entries: [
        { path: name, kind: 'directory', mode: 0o701, text: '' },
        ...(file === undefined
          ? []
          : [{ path: `${name}/opts.json`, kind: 'file', mode: 0o600, text: file }]),
        { path: `${name}/_data`, kind: 'directory', mode: 0o755, text: '' },
      ],
    });
    await recordEvent(engine, volumeHappening(name, 'create'));
    return { name, mountpoint: `${paths.volumes}/${name}/_data`, options, labels, createdAt };
  } catch (error) {
    throw systemError(error, `create ${name}`);
  }
}

/** Removes a volume with its content; what is gone already is no error. The caller holds the lock of withVolumes. */
export async function destroyVolume(engine: Engine, name: string): Promise<void> {
  try {
    await engine.host.call('removeTree', { path: `${engine.paths.volumes}/${name}` });
    await removeIfThere(engine.host, ownPath(engine, name));
  } catch (error) {
    throw systemError(error, `remove ${name}`);
  }
  await recordEvent(engine, volumeHappening(name, 'destroy'));
}

function volumeHappening(name: string, action: string): Happening {
  return { type: 'volume', action, id: name, attributes: { driver: 'local' } };
}

function ownPath({ paths }: Engine, name: string): string {
  return `${paths.own}/volumes/${name}.json`;
}

/** A record that cannot be read costs the labels only. */
async function readOwn(engine: Engine, name: string): Promise<OwnRecord | undefined> {
  const text = await findText(engine.host, ownPath(engine, name), maxRecord);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    engine.warn(`cannot read ${ownPath(engine, name)}`);
    return undefined;
  }
}
