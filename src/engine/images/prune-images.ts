import { parseFilters } from '../containers/parse-filters.ts';
import { listContainers } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { invalidParameter } from '../engine-error.ts';
import { fitsLabels } from '../has-label.ts';
import { withImagesAlone } from '../layers/image-lock.ts';
import { listLayers } from '../layers/used-layers.ts';
import { parseRfc3339 } from '../parse-rfc3339.ts';
import { type ImageSummary, listImages } from './list-images.ts';
import { Removal, type Removed } from './remove-image.ts';

export interface PruneOptions {
  /** Also images with a name that no container uses. */
  all: boolean;
  /** `key=value`: label, label!, until. */
  filters: readonly string[];
}

export interface Pruned {
  removed: Removed[];
  /** Bytes of the layers that are gone. */
  space: number;
}

/** Removes images that no container and no other image needs: those without a name, or all. */
export function pruneImages(engine: Engine, options: PruneOptions): Promise<Pruned> {
  const wanted = pruneFilter(options.filters);
  return withImagesAlone(engine, async () => {
    const before = await layerBytes(engine);
    const used = new Set((await listContainers(engine)).map(({ config }) => config.Image));
    const images = await listImages(engine);
    const parents = new Set(images.map(({ parent }) => parent));
    const removed: Removed[] = [];
    for (const image of images) {
      if (used.has(image.id) || parents.has(image.id) || !wanted(image)) continue;
      if (!options.all && image.references.length > 0) continue;
      const removal = new Removal(engine, { force: true });
      removed.push(...(await removal.run(image, image.id)));
    }
    return { removed, space: before - (await layerBytes(engine)) };
  });
}

function pruneFilter(words: readonly string[]): (image: ImageSummary) => boolean {
  const filters = parseFilters(words, ['label', 'label!', 'until', 'dangling']);
  const until = (filters.get('until') ?? []).map((text) => {
    const moment = parseRfc3339(text);
    if (moment === undefined) throw invalidParameter(`invalid filter 'until=[${text}]'`);
    return moment;
  });
  return (image) =>
    fitsLabels(image.config.config?.Labels ?? {}, filters) &&
    until.every((moment) => (image.created ?? 0) < moment);
}

async function layerBytes(engine: Engine): Promise<number> {
  return (await listLayers(engine)).reduce((sum, { size }) => sum + size, 0);
}
