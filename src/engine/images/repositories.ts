import type { Engine } from '../context.ts';
import { damagedRecord } from '../engine-error.ts';
import { type Digest, isDigest } from '../layers/layer-store.ts';
import { findText } from '../layers/store-text.ts';

/** Familiar name → reference (`name:tag` or `name@digest`) → image id. */
export type Repositories = Map<string, Map<string, Digest>>;

const maxBytes = 16 * 1024 * 1024;

/** Reads repositories.json; without it there are no names. */
export async function readRepositories(engine: Engine): Promise<Repositories> {
  const path = engine.paths.repositories;
  const text = await findText(engine.host, path, maxBytes);
  if (text === undefined || text === '') return new Map();
  let parsed: { Repositories?: Record<string, Record<string, string>> | null };
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw damagedRecord(path, cause);
  }
  const repositories: Repositories = new Map();
  for (const [name, references] of Object.entries(parsed?.Repositories ?? {})) {
    const known = Object.entries(references ?? {}).filter((entry): entry is [string, Digest] =>
      isDigest(entry[1]),
    );
    repositories.set(name, new Map(known));
  }
  return repositories;
}

/** Writes repositories.json as Go's encoder does: keys sorted, no spaces, no newline. */
export async function writeRepositories(engine: Engine, repositories: Repositories): Promise<void> {
  const sorted = [...repositories]
    .filter(([, references]) => references.size > 0)
    .sort(byKey)
    .map(([name, references]) => [name, Object.fromEntries([...references].sort(byKey))]);
  const text = JSON.stringify({ Repositories: Object.fromEntries(sorted) });
  const path = engine.paths.repositories;
  await engine.host.call('writeRecord', { path, text, mode: 0o600, durable: true });
}

/** All references of an image, sorted. */
export function referencesOf(repositories: Repositories, id: Digest): string[] {
  const found: string[] = [];
  for (const references of repositories.values()) {
    for (const [reference, image] of references) if (image === id) found.push(reference);
  }
  return found.sort();
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
