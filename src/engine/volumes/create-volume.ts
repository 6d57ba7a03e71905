import type { Engine } from '../context.ts';
import { prepareDataRoot } from '../create/prepare-data-root.ts';
import { beginJournal } from '../journal.ts';
import { randomId } from '../layers/layer-ids.ts';
import {
  checkVolume,
  destroyVolume,
  findVolume,
  makeVolume,
  type Volume,
  type VolumeWish,
  withVolumes,
} from './volume-store.ts';

/** `volume create`: one that is there already is given back as it is. @param wish an empty name makes one. */
export async function createVolume(engine: Engine, wish: VolumeWish): Promise<Volume> {
  const id = await randomId(engine.host);
  const named = { ...wish, name: wish.name || id };
  checkVolume(named);
  await prepareDataRoot(engine);
  return withVolumes(engine, async () => {
    const found = await findVolume(engine, named.name);
    if (found) return found;
    const journal = await beginJournal(engine, { kind: 'volume', id, volumes: [named.name] });
    try {
      return await makeVolume(engine, named);
    } catch (error) {
      await destroyVolume(engine, named.name);
      throw error;
    } finally {
      await journal.close();
    }
  });
}
