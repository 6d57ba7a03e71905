import { goTime } from '../format/go-time.ts';
import { humanDuration } from '../format/human-duration.ts';
import { humanSize } from '../format/human-size.ts';
import type { ImageSummary } from './list-images.ts';
import { repositoryOf } from './reference-match.ts';

/** The fields of `image ls --format`, by Docker's names. */
export interface ImageRow {
  Containers: string;
  CreatedAt: string;
  CreatedSince: string;
  Digest: string;
  ID: string;
  Repository: string;
  SharedSize: string;
  Size: string;
  Tag: string;
  UniqueSize: string;
  VirtualSize: string;
}

export interface ImageRowOptions {
  /** Milliseconds since 1970. */
  now: number;
  noTrunc: boolean;
  /** A line for each tag with each digest of its repository. */
  digests: boolean;
}

const none = '<none>';

/** The lines of an image: one for each of its names. */
export function imageRows(image: ImageSummary, options: ImageRowOptions): ImageRow[] {
  return names(image.references, options.digests).map(([repository, tag, digest]) => ({
    ...common(image, options),
    Digest: digest,
    Repository: repository,
    Tag: tag,
  }));
}

function common({ id, created, size }: ImageSummary, { now, noTrunc }: ImageRowOptions) {
  const shown = humanSize(size, 3);
  return {
    Containers: 'N/A',
    CreatedAt: created === undefined ? 'N/A' : goTime(created),
    CreatedSince: created === undefined ? 'N/A' : `${humanDuration(now - created)} ago`,
    ID: noTrunc ? id : id.slice('sha256:'.length, 'sha256:'.length + 12),
    SharedSize: 'N/A',
    Size: shown,
    UniqueSize: 'N/A',
    VirtualSize: shown,
  };
}

/** Repository, tag and digest of each line. */
function names(references: readonly string[], digests: boolean): [string, string, string][] {
  const repositories = new Map<string, { tags: string[]; digests: string[] }>();
  for (const reference of references) {
    const repository = repositoryOf(reference);
    const found = repositories.get(repository) ?? { tags: [], digests: [] };
    repositories.set(repository, found);
    const rest = reference.slice(repository.length + 1);
    (reference[repository.length] === '@' ? found.digests : found.tags).push(rest);
  }
  const lines = [...repositories].flatMap(([repository, { tags, digests: pinned }]) => {
    const withTag = tags.length > 0 ? tags : [none];
    const withDigest = digests && pinned.length > 0 ? pinned : [pinned[0] ?? none];
    return withTag.flatMap((tag) =>
      withDigest.map((digest): [string, string, string] => [repository, tag, digest]),
    );
  });
  return lines.length > 0 ? lines : [[none, none, none]];
}
