import type { Engine } from '../context.ts';

/** `sha256:` and 64 lower hexadecimal digits; nothing else becomes part of a path. */
export type Digest = `sha256:${string}`;

const digestForm = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): text is Digest {
  return digestForm.test(text);
}

/** The hexadecimal digits of a digest. */
export function digestHex(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** Most layers below one layer that overlayfs and Docker take (moby: `max depth exceeded`). */
export const maxLowerLayers = 128;

/** Modes of the layer store (docker-compatible; what is not named here is 0644 or 0755). */
export const storeModes = { overlay: 0o710, links: 0o700, work: 0o700, committed: 0o600 } as const;

/** Makes the directories of the store where they are missing, with Docker's modes. */
export async function prepareLayerStore({ host, paths }: Engine): Promise<void> {
  const directories: [string, number][] = [
    [paths.dataRoot, 0o710],
    [paths.own, 0o700],
    [paths.overlay2, storeModes.overlay],
    [paths.links, storeModes.links],
    [parentOf(paths.image), 0o700],
    [paths.image, 0o700],
    [paths.distribution, 0o700],
    [paths.imageContent, 0o700],
    [paths.imageMetadata, 0o700],
    [parentOf(paths.layers), 0o700],
    [paths.layers, 0o755],
    [paths.layerMounts, 0o755],
    [paths.layerTmp, 0o755],
  ];
  for (const [path, mode] of directories) {
    await host.call('makeDirectory', { path, mode, parents: true });
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** Runs `work` with the store's lock: many at once may add layers, one alone removes them. */
export async function withLayers<T>(
  engine: Engine,
  use: 'add' | 'remove',
  work: () => Promise<T>,
): Promise<T> {
  const { own } = engine.paths;
  await engine.host.call('makeDirectory', { path: own, mode: 0o700, parents: true });
  const path = `${own}/layers.lock`;
  const lock = await engine.host.call('lock', { path, shared: use === 'add' });
  try {
    return await work();
  } finally {
    await engine.host.call('unlock', lock);
  }
}
