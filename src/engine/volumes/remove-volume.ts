import type { Container } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { volumeInUse } from '../engine-error.ts';
import { beginJournal, type JournalEntry } from '../journal.ts';
import { randomId } from '../layers/layer-ids.ts';
import { destroyVolume, findVolume, readVolume, withVolumes } from './volume-store.ts';
import { volumeUsers } from './volume-users.ts';

/** Removes a volume with its content. @throws `no such volume`, and Docker's text when a container uses it. */
export function removeVolume(engine: Engine, name: string): Promise<void> {
  return withVolumes(engine, async () => {
    await readVolume(engine, name);
    const users = (await volumeUsers(engine)).get(name);
    if (users) throw volumeInUse(name, users);
    await destroyJournalled(engine, name);
  });
}

/** Removes a volume that nobody uses; when killed, the next command goes on. The caller has the lock of volumes. */
export async function destroyJournalled(engine: Engine, name: string): Promise<void> {
  const id = await randomId(engine.host);
  const journal = await beginJournal(engine, { kind: 'volume', id, volumes: [name] });
  try {
    await unmountAndDestroy(engine, name);
  } catch (error) {
    await journal.leave();
    throw error;
  }
  await journal.close();
}

/**
 * `rm -v`: the anonymous volumes of a container whose record is gone already; those that others use, and
 * named ones, stay.
 */
export async function removeAnonymousVolumes(
  engine: Engine,
  { id, config }: Container,
): Promise<void> {
  const names = Object.values(config.MountPoints)
    .filter(({ Type, Spec }) => Type === 'volume' && !Spec?.Source)
    .map(({ Name }) => Name);
  if (names.length === 0) return;
  await withVolumes(engine, async () => {
    const users = await volumeUsers(engine, id);
    for (const name of names) {
      if (users.has(name) || !(await findVolume(engine, name))) continue;
      await unmountAndDestroy(engine, name);
    }
  });
}

/** Takes back the volumes of a command that did not finish, but for those that somebody has come to use. */
export async function undoVolumes(
  engine: Engine,
  { id, volumes = [] }: JournalEntry,
): Promise<void> {
  if (volumes.length === 0) return;
  await withVolumes(engine, async () => {
    const users = await volumeUsers(engine, id);
    for (const name of volumes) if (!users.has(name)) await unmountAndDestroy(engine, name);
  });
}

/** What is mounted on a volume is not its own, and stays. */
async function unmountAndDestroy(engine: Engine, name: string): Promise<void> {
  const path = `${engine.paths.volumes}/${name}/_data`;
  await engine.host.call('detach', { path });
  await destroyVolume(engine, name);
}
