import { ellipsis } from '../containers/ps-row.ts';
import type { Engine } from '../context.ts';
import { humanDuration } from '../format/human-duration.ts';
import { humanSize } from '../format/human-size.ts';
import type { Digest } from '../layers/layer-store.ts';
import { findLayer } from '../layers/read-layer.ts';
import { parseRfc3339 } from '../parse-rfc3339.ts';
import { chainIds } from './chain-ids.ts';
import type { HistoryEntry, Image } from './image.ts';

/** The fields of `image history --format`, by Docker's names. */
export interface HistoryRow {
  Comment: string;
  CreatedAt: string;
  CreatedBy: string;
  CreatedSince: string;
  ID: string;
  Size: string;
}

export interface HistoryOptions {
  /** Milliseconds since 1970. */
  now: number;
  noTrunc: boolean;
  /** Sizes and times for people. */
  human: boolean;
}

const missing = '<missing>';

/** How an image was made, the last step first; only the last has an id. */
export async function imageHistory(
  engine: Engine,
  { id, config }: Image,
  options: HistoryOptions,
): Promise<HistoryRow[]> {
  const chains = await chainIds(engine.host, config.rootfs?.diff_ids ?? []);
  const entries = config.history ?? [];
  const rows: HistoryRow[] = [];
  let layer = 0;
  for (const [place, entry] of entries.entries()) {
    const chain: Digest | undefined = entry.empty_layer ? undefined : chains[layer++];
    const size = chain === undefined ? 0 : ((await findLayer(engine, chain))?.size ?? 0);
    rows.push(row(entry, size, place === entries.length - 1 ? id : undefined, options));
  }
  return rows.reverse();
}

function row(
  entry: HistoryEntry,
  size: number,
  id: Digest | undefined,
  { now, noTrunc, human }: HistoryOptions,
): HistoryRow {
  const created = parseRfc3339(entry.created ?? '');
  const command = (entry.created_by ?? '').replaceAll('\t', ' ');
  const since = created === undefined ? 'N/A' : `${humanDuration(now - created)} ago`;
  const at = created === undefined ? '' : new Date(created).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    Comment: entry.comment ?? '',
    CreatedAt: at,
    CreatedBy: noTrunc ? command : ellipsis(command, 45),
    CreatedSince: human ? since : at,
    ID: id === undefined ? missing : noTrunc ? id : id.slice(7, 19),
    Size: human ? humanSize(size, 3) : String(size),
  };
}
