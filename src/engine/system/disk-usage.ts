import { containerSize, treeBytes } from '../containers/container-size.ts';
import { summaries } from '../containers/summarize.ts';
import type { Summary } from '../containers/summary.ts';
import { isUp, newestFirst } from '../containers/summary.ts';
import type { Engine } from '../context.ts';
import { type ImageSummary, listImages } from '../images/list-images.ts';
import { layerChain } from '../layers/container-layers.ts';
import { listVolumes } from '../volumes/volume-store.ts';

/** Bytes. */
export interface DiskUsage {
  /** Of all layers of images, each once. */
  layers: number;
  images: ImageUsage[];
  containers: { summary: Summary; up: boolean; own: number }[];
  volumes: { name: string; links: number; size: number }[];
}

export interface ImageUsage {
  image: ImageSummary;
  /** In layers that other images have too. */
  shared: number;
  /** How many are of it. */
  containers: number;
}

/** What everything in the data root takes. */
export async function diskUsage(engine: Engine): Promise<DiskUsage> {
  const all = (await summaries(engine)).sort(newestFirst);
  const containers = [];
  for (const summary of all) {
    const { own } = await containerSize(engine, summary.id);
    containers.push({ summary, up: isUp(summary), own });
  }
  const { layers, images } = await imageUsage(engine, all);
  const volumes = [];
  for (const { name, mountpoint } of await listVolumes(engine)) {
    const uses = ({ mounts }: Summary) => mounts.some((mount) => mount.name === name);
    const size = await treeBytes(engine, mountpoint);
    volumes.push({ name, links: all.filter(uses).length, size });
  }
  return { layers, images, containers, volumes };
}

async function imageUsage(
  engine: Engine,
  containers: readonly Summary[],
): Promise<Pick<DiskUsage, 'layers' | 'images'>> {
  const images = await listImages(engine);
  const sizes = new Map<string, number>();
  const users = new Map<string, number>();
  const chains: string[][] = [];
  for (const { topChain } of images) {
    const layers = await layerChain(engine, topChain);
    for (const { chain, size } of layers) {
      sizes.set(chain, size);
      users.set(chain, (users.get(chain) ?? 0) + 1);
    }
    chains.push(layers.map(({ chain }) => chain));
  }
  const sum = (names: readonly string[]) =>
    names.reduce((total, name) => total + (sizes.get(name) ?? 0), 0);
  return {
    layers: sum([...sizes.keys()]),
    images: images.map((image, at) => ({
      image,
      shared: sum((chains[at] ?? []).filter((chain) => (users.get(chain) ?? 0) > 1)),
      containers: containers.filter(({ imageId }) => imageId === image.id).length,
    })),
  };
}
