import type { Engine } from '../engine/context.ts';
import { type HistoryRow, imageHistory } from '../engine/images/image-history.ts';
import { listImages, summarize } from '../engine/images/list-images.ts';
import { loadImages } from '../engine/images/load-image.ts';
import { pruneImages } from '../engine/images/prune-images.ts';
import { parseReference, withDefaultTag } from '../engine/images/reference.ts';
import { removeImage } from '../engine/images/remove-image.ts';
import { resolveImage } from '../engine/images/resolve-image.ts';
import { saveImages } from '../engine/images/save-images.ts';
import { tagImage } from '../engine/images/tag-image.ts';
import type { PulledImage } from '../engine/registry/pull-image.ts';
import { type PushedImage, pushImage } from '../engine/registry/push-image.ts';
import { environmentObject } from './environment-object.ts';
import { type PullImageOptions, pullInto, type RegistryOptions } from './pull-into.ts';

/** An image of the store. */
export interface ImageInfo {
  /** `sha256:…`. */
  id: string;
  /** `name:tag` and `name@sha256:…`. */
  names: string[];
  /** Bytes of all its layers. */
  size: number;
  created: Date | undefined;
}

/** All that an image says of itself. */
export interface ImageDetails extends ImageInfo {
  /** `amd64`, `arm64`, … */
  architecture: string;
  os: string;
  author: string;
  /** Digests of its layers' content, the lowest first. */
  layers: string[];
  command: string[];
  entrypoint: string[];
  env: Record<string, string>;
  workingDirectory: string;
  user: string;
  labels: Record<string, string>;
  /** `80/tcp`. */
  ports: string[];
  /** Paths that get a volume. */
  volumes: string[];
}

/** One step of how an image was made. */
export interface ImageStep {
  created: Date | undefined;
  createdBy: string;
  comment: string;
  /** Bytes of its layer; 0 of a step without. */
  size: number;
}

/** The images of an engine. */
export class EngineImages {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** All, the newest first. */
  async list(): Promise<ImageInfo[]> {
    return (await listImages(this.#engine)).map(imageInfo);
  }

  /** @throws ERR_RUNDLET_NO_SUCH_OBJECT */
  async inspect(nameOrId: string): Promise<ImageDetails> {
    const image = await resolveImage(this.#engine, nameOrId);
    const { architecture = '', os = '', author = '', rootfs, config } = image.config;
    return {
      ...imageInfo(await summarize(this.#engine, image)),
      architecture,
      os,
      author,
      layers: [...(rootfs?.diff_ids ?? [])],
      command: config?.Cmd ?? [],
      entrypoint: config?.Entrypoint ?? [],
      env: environmentObject(config?.Env ?? []),
      workingDirectory: config?.WorkingDir ?? '',
      user: config?.User ?? '',
      labels: config?.Labels ?? {},
      ports: Object.keys(config?.ExposedPorts ?? {}),
      volumes: Object.keys(config?.Volumes ?? {}),
    };
  }

  /** How it was made, the last step first. */
  async history(nameOrId: string): Promise<ImageStep[]> {
    const image = await resolveImage(this.#engine, nameOrId);
    const rows = await imageHistory(this.#engine, image, { now: 0, noTrunc: true, human: false });
    return rows.map(imageStep);
  }

  /** Of an archive (`docker save`'s, or an OCI layout), from its path. */
  async load(path: string): Promise<{ id: string; names: string[] }[]> {
    const loaded = await loadImages(this.#engine, path);
    return loaded.map(({ id, names }) => ({ id, names: names.map(({ name }) => name) }));
  }

  /**
   * Fetches an image from its registry and gives it the name; what is here already is not fetched again.
   * With the passwords of `docker login`.
   */
  async pull(name: string, options: PullImageOptions = {}): Promise<PulledImage> {
    return pullInto(this.#engine, name, options);
  }

  /** Gives an image to the registry that its name says, under a tag (`latest` if none is said). */
  async push(name: string, { insecureRegistries }: RegistryOptions = {}): Promise<PushedImage> {
    const reference = withDefaultTag(parseReference(name));
    const options = { ...(insecureRegistries && { insecure: insecureRegistries }) };
    return pushImage(this.#engine, reference, options);
  }

  /** Writes images as one archive, which docker loads, too. */
  async save(names: readonly string[], path: string): Promise<void> {
    await saveImages(this.#engine, names, path);
  }

  /** One more name, which it takes from another image. */
  async tag(nameOrId: string, name: string): Promise<void> {
    await tagImage(this.#engine, nameOrId, name);
  }

  /** Takes a name from its image, and the image with its last name; with `force` also where it is used. */
  async remove(nameOrId: string, { force = false } = {}): Promise<void> {
    await removeImage(this.#engine, nameOrId, { force });
  }

  /** Removes images that nothing needs: those without a name or, with `all`, every one. Bytes that are free. */
  async prune({ all = false } = {}): Promise<number> {
    return (await pruneImages(this.#engine, { all, filters: [] })).space;
  }
}

function imageInfo(summary: {
  id: string;
  references: string[];
  size: number;
  created?: number | undefined;
}): ImageInfo {
  const { id, references: names, size, created } = summary;
  return { id, names, size, created: created === undefined ? undefined : new Date(created) };
}

function imageStep({ CreatedAt, CreatedBy, Comment, Size }: HistoryRow): ImageStep {
  return {
    created: CreatedAt === '' ? undefined : new Date(CreatedAt),
    createdBy: CreatedBy,
    comment: Comment,
    size: Number(Size),
  };
}
