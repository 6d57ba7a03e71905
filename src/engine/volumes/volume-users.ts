import { listContainers } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { pendingEntries } from '../journal.ts';

/** Ids of the containers that use each volume, by its name; those that are being created too. */
export async function volumeUsers(
  engine: Engine,
  besides?: string,
): Promise<Map<string, string[]>> {
  const users = new Map<string, string[]>();
  const add = (name: string, id: string) => {
    if (id === besides) return;
    const ids = users.get(name) ?? [];
    if (!ids.includes(id)) users.set(name, [...ids, id]);
  };
  for (const { id, config } of await listContainers(engine)) {
    for (const { Type, Name } of Object.values(config.MountPoints)) {
      if (Type === 'volume') add(Name, id);
    }
  }
  for (const { id, volumes = [], uses = [] } of await pendingEntries(engine)) {
    for (const name of [...volumes, ...uses]) add(name, id);
  }
  return users;
}
