import { systemError } from '../../errors/system-error.ts';
import type { ArchiveMember } from '../../host/generated/plan.ts';
import type { Engine } from '../context.ts';
import { dockerJson } from '../docker-json.ts';
import { noSuchImage } from '../engine-error.ts';
import { recordEvent } from '../events/record-event.ts';
import { type Digest, digestHex, withLayers } from '../layers/layer-store.ts';
import { findLayer } from '../layers/read-layer.ts';
import { findText } from '../layers/store-text.ts';
import { parseRfc3339 } from '../parse-rfc3339.ts';
import { byteLength } from './byte-length.ts';
import { chainIds } from './chain-ids.ts';
import type { Image } from './image.ts';
import { imageError } from './image-archive.ts';
import { imageHappening } from './image-event.ts';
import { findImage, maxConfigBytes } from './image-store.ts';
import { blobPath } from './oci-layout.ts';
import { asDigest, familiarName, parseReference } from './reference.ts';
import { repositoryOf } from './reference-match.ts';
import { readRepositories } from './repositories.ts';
import { resolveImage } from './resolve-image.ts';

const ociType = 'application/vnd.oci.image';

/**
 * Writes images as one archive, to the file `path` or, for an empty one, to standard output: an OCI layout
 * with Docker's manifest.json beside it, as docker save writes since 25; docker of any age loads it. A name
 * without a tag is all tags of its repository. Layers are the bytes that were loaded.
 */
export function saveImages(engine: Engine, names: readonly string[], path: string): Promise<void> {
  // Shared: no layer is removed meanwhile.
  return withLayers(engine, 'add', async () => {
    const wanted = await wantedImages(engine, names);
    const archive = new Archive(engine);
    for (const { image, tags } of wanted.values()) await archive.add(image, tags);
    try {
      await engine.host.call('writeArchive', { path, members: await archive.members() });
    } catch (error) {
      throw systemError(error, '', 'ERR_RUNDLET_IMAGE');
    }
    for (const { image } of wanted.values()) {
      await recordEvent(engine, imageHappening(image, 'save', image.id));
    }
  });
}

interface Wanted {
  image: Image;
  /** `name:tag`. */
  tags: Set<string>;
}

async function wantedImages(
  engine: Engine,
  names: readonly string[],
): Promise<Map<Digest, Wanted>> {
  const wanted = new Map<Digest, Wanted>();
  const add = (image: Image, tag?: string) => {
    const found = wanted.get(image.id) ?? { image, tags: new Set<string>() };
    wanted.set(image.id, found);
    if (tag !== undefined) found.tags.add(tag);
  };
  for (const name of names) {
    const tagged = await taggedImages(engine, name);
    for (const [tag, image] of tagged) add(image, tag);
    if (tagged.length === 0) add(await resolveImage(engine, name));
  }
  return wanted;
}

/** The tags that a name means; none for an id or a digest. */
async function taggedImages(engine: Engine, name: string): Promise<[string, Image][]> {
  if (asDigest(name) !== undefined) return [];
  const reference = parseReference(name);
  if (reference.digest !== undefined) return [];
  const repositories = await readRepositories(engine);
  const repository = familiarName(reference);
  const found: [string, Image][] = [];
  for (const [key, id] of repositories.get(repository) ?? []) {
    const tag = key.slice(repositoryOf(key).length + 1);
    if (key.includes('@') || (reference.tag !== undefined && reference.tag !== tag)) continue;
    const image = await findImage(engine, id, repositories);
    if (!image) throw noSuchImage(id);
    found.push([key, image]);
  }
  return found;
}

/** The members of an archive as they come together. */
class Archive {
  readonly #engine: Engine;
  readonly #blobs = new Map<Digest, ArchiveMember>();
  readonly #manifests: object[] = [];
  readonly #items: object[] = [];
  readonly #repositories: Record<string, Record<string, string>> = {};

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async add(image: Image, tags: ReadonlySet<string>): Promise<void> {
    const { host, paths } = this.#engine;
    const path = `${paths.imageContent}/${digestHex(image.id)}`;
    const config = (await findText(host, path, maxConfigBytes)) ?? '';
    const mtime = Math.floor((parseRfc3339(image.config.created ?? '') ?? 0) / 1000);
    const layers = await this.#layers(image, mtime);
    this.#blobs.set(image.id, text(blobPath(image.id), config, mtime));
    const manifest = dockerJson({
      schemaVersion: 2,
      mediaType: `${ociType}.manifest.v1+json`,
      config: {
        mediaType: `${ociType}.config.v1+json`,
        digest: image.id,
        size: byteLength(config),
      },
      layers,
    });
    const digest: Digest = `sha256:${await host.call('sha256', { text: manifest })}`;
    this.#blobs.set(digest, text(blobPath(digest), manifest, mtime));
    this.#name(image, tags, { digest, size: byteLength(manifest) });
    this.#items.push({
      Config: blobPath(image.id),
      RepoTags: tags.size > 0 ? [...tags] : null,
      Layers: layers.map((layer) => blobPath(layer.digest)),
    });
  }

  async members(): Promise<ArchiveMember[]> {
    const index = {
      schemaVersion: 2,
      mediaType: `${ociType}.index.v1+json`,
      manifests: this.#manifests,
    };
    const named = Object.keys(this.#repositories).length > 0;
    return [
      directory('blobs/'),
      directory('blobs/sha256/'),
      ...this.#blobs.values(),
      text('index.json', dockerJson(index)),
      text('manifest.json', dockerJson(this.#items)),
      text('oci-layout', '{"imageLayoutVersion": "1.0.0"}'),
      ...(named ? [text('repositories', `${dockerJson(this.#repositories)}\n`)] : []),
    ];
  }

  #name(
    image: Image,
    tags: ReadonlySet<string>,
    { digest, size }: { digest: Digest; size: number },
  ) {
    const entry = { mediaType: `${ociType}.manifest.v1+json`, digest, size };
    if (tags.size === 0) this.#manifests.push(entry);
    const top = image.config.rootfs?.diff_ids?.at(-1);
    for (const name of tags) {
      const repository = repositoryOf(name);
      const tag = name.slice(repository.length + 1);
      const { domain, path } = parseReference(name);
      this.#manifests.push({
        ...entry,
        annotations: {
          'io.containerd.image.name': `${domain}/${path}:${tag}`,
          'org.opencontainers.image.ref.name': tag,
        },
      });
      const tagsOf = this.#repositories[repository] ?? {};
      this.#repositories[repository] = tagsOf;
      if (top !== undefined) tagsOf[tag] = digestHex(top);
    }
  }

  /** Descriptors of the layers, whose tars become members. */
  async #layers(image: Image, mtime: number) {
    const { host, paths } = this.#engine;
    const diffIds = image.config.rootfs?.diff_ids ?? [];
    const descriptors: { mediaType: string; digest: Digest; size: number }[] = [];
    for (const [place, chain] of (await chainIds(host, diffIds)).entries()) {
      const layer = await findLayer(this.#engine, chain);
      const diffId = diffIds[place] as Digest;
      if (layer === undefined) throw imageError(`layer does not exist: ${chain}`);
      const record = `${paths.layers}/${digestHex(chain)}`;
      const split = `${record}/tar-split.json.gz`;
      const { size } = await host.call('tarSize', { path: split });
      descriptors.push({ mediaType: `${ociType}.layer.v1.tar`, digest: diffId, size });
      this.#blobs.set(diffId, {
        name: blobPath(diffId),
        mtime,
        kind: 'layer',
        text: '',
        root: `${paths.overlay2}/${layer.cacheId}/diff`,
        split,
        diffId,
      });
    }
    return descriptors;
  }
}

function text(name: string, content: string, mtime = 0): ArchiveMember {
  return { name, mtime, kind: 'text', text: content, root: '', split: '', diffId: '' };
}

function directory(name: string): ArchiveMember {
  return { ...text(name, ''), kind: 'directory' };
}
