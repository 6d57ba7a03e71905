import { type Filters, parseFilters } from '../containers/parse-filters.ts';
import type { Engine } from '../context.ts';
import { invalidParameter } from '../engine-error.ts';
import { hasLabel } from '../has-label.ts';
import { parseRfc3339 } from '../parse-rfc3339.ts';
import type { ImageSummary } from './list-images.ts';
import { matchesReference } from './reference-match.ts';
import { resolveImage } from './resolve-image.ts';

const known = ['before', 'dangling', 'label', 'reference', 'since', 'until'];

export interface ImageFilterOptions {
  /** `key=value` each. */
  words: readonly string[];
  /** Images on which others were built, without a name of their own, too. */
  all: boolean;
}

/** The images that `image ls` shows; their references are only those that the filters leave. */
export async function filterImages(
  engine: Engine,
  images: readonly ImageSummary[],
  { words, all }: ImageFilterOptions,
): Promise<ImageSummary[]> {
  const filters = parseFilters(words, known);
  const wantDangling = dangling(filters);
  const [before, since] = [
    await moments(engine, filters, 'before'),
    await moments(engine, filters, 'since'),
  ];
  const until = (filters.get('until') ?? []).map(
    (text) => parseRfc3339(text) ?? Number(text) * 1000,
  );
  if (until.some(Number.isNaN)) throw invalidParameter("invalid filter 'until'");
  const patterns = filters.get('reference') ?? [];
  const parents = new Set(images.map(({ parent }) => parent));
  const shown: ImageSummary[] = [];
  for (const image of images) {
    const { references, created = 0, id } = image;
    const named = references.length > 0;
    const isDangling = !named && !parents.has(id);
    if (wantDangling === undefined ? !named && !all && !isDangling : wantDangling !== isDangling) {
      continue;
    }
    if ([...before, ...until].some((moment) => created >= moment)) continue;
    if (since.some((moment) => created <= moment)) continue;
    if (
      !(filters.get('label') ?? []).every((label) =>
        hasLabel(image.config.config?.Labels ?? {}, label),
      )
    )
      continue;
    const left =
      patterns.length === 0
        ? references
        : references.filter((reference) =>
            patterns.some((one) => matchesReference(one, reference)),
          );
    if (patterns.length > 0 && left.length === 0) continue;
    shown.push({ ...image, references: left });
  }
  return shown;
}

function dangling(filters: Filters): boolean | undefined {
  const value = filters.get('dangling')?.at(-1)?.toLowerCase();
  if (value === undefined) return undefined;
  if (['1', 't', 'true'].includes(value)) return true;
  if (['0', 'f', 'false'].includes(value)) return false;
  throw invalidParameter(`invalid filter 'dangling=[${value}]'`);
}

async function moments(engine: Engine, filters: Filters, key: string): Promise<number[]> {
  const images = await Promise.all(
    (filters.get(key) ?? []).map((reference) => resolveImage(engine, reference)),
  );
  return images.map(({ config }) => parseRfc3339(config.created ?? '') ?? 0);
}
