import { systemError } from '../../errors/system-error.ts';
import { orderedConfig } from '../containers/container-config.ts';
import { type ContainerConfig, emptyConfig } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { dockerJson } from '../docker-json.ts';
import { recordEvent } from '../events/record-event.ts';
import { withImages } from '../layers/image-lock.ts';
import { importLayer } from '../layers/import-layer.ts';
import type { Digest } from '../layers/layer-store.ts';
import { writeConfig } from './add-image.ts';
import { changeConfig } from './change-config.ts';
import type { ImageRunConfig } from './image.ts';
import { openArchive } from './image-archive.ts';
import { imageHappening } from './image-event.ts';
import { nameImage } from './name-image.ts';
import { familiarString, parseReference, withDefaultTag } from './reference.ts';

export interface ImportOptions {
  /** A tar of a file system, plain or compressed; standard input when empty. */
  path: string;
  /** What history says of where it came from. */
  source: string;
  /** `name[:tag]`; none when empty. */
  name: string;
  /** Instructions of a Dockerfile. */
  changes: readonly string[];
  message: string;
}

/** Makes an image of one layer from a file system's tar. */
export async function importImage(engine: Engine, options: ImportOptions): Promise<Digest> {
  const { path, source, name, changes, message } = options;
  const run = changeConfig(changes);
  const tag = name === '' ? undefined : familiarString(withDefaultTag(parseReference(name)));
  const archive = await openArchive(engine, path, true);
  try {
    return await withImages(engine, async () => {
      const diffId = await importLayer(engine, archive.handle);
      const text = await configText(engine, run, diffId, message || `Imported from ${source}`);
      const id = await writeConfig(engine, text);
      if (tag !== undefined) await nameImage(engine, tag, id);
      await recordEvent(engine, imageHappening({ id, config: { config: run } }, 'import', id));
      return id;
    });
  } catch (error) {
    throw systemError(error, '', 'ERR_RUNDLET_IMAGE');
  } finally {
    await archive.close();
  }
}

async function configText(
  engine: Engine,
  run: ImageRunConfig,
  diffId: Digest,
  comment: string,
): Promise<string> {
  const created = await engine.now();
  const { architecture } = await engine.host.call('platform', null);
  return dockerJson({
    architecture,
    comment,
    config: orderedConfig({ ...emptyConfig(), ...run } as ContainerConfig),
    created,
    history: [{ created, comment }],
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [diffId] },
  });
}
