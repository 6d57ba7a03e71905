import type { Container } from '../containers/record.ts';
import { listContainers } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import type { Digest } from '../layers/layer-store.ts';
import { listImageIds } from './image-store.ts';
import { imageParent } from './list-images.ts';

/** Who needs an image. */
export interface ImageUsers {
  running: Container | undefined;
  stopped: Container | undefined;
  /** An image was built on it. */
  children: boolean;
}

export async function imageUsers(engine: Engine, id: Digest): Promise<ImageUsers> {
  const using = (await listContainers(engine)).filter(({ config }) => config.Image === id);
  const running = using.find(({ config }) => config.State.Running);
  const stopped = using.find(({ config }) => !config.State.Running);
  return { running, stopped, children: await hasChildren(engine, id) };
}

async function hasChildren(engine: Engine, id: Digest): Promise<boolean> {
  for (const other of await listImageIds(engine)) {
    if ((await imageParent(engine, other)) === id) return true;
  }
  return false;
}
