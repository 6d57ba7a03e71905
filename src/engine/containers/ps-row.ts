import { quote } from '../../errors/quote.ts';
import { goTime } from '../format/go-time.ts';
import { humanDuration } from '../format/human-duration.ts';
import { humanSize } from '../format/human-size.ts';
import { portColumn } from '../network/ports.ts';
import { parseRfc3339 } from '../parse-rfc3339.ts';
import { stateWord, statusText } from './run-state.ts';
import type { Summary } from './summary.ts';

/** The fields of `ps --format`, by Docker's names, in the order of `--format json`. */
export interface PsRow {
  Command: string;
  CreatedAt: string;
  ID: string;
  Image: string;
  Labels: string;
  LocalVolumes: string;
  Mounts: string;
  Names: string;
  Networks: string;
  Ports: string;
  RunningFor: string;
  Size: string;
  State: string;
  Status: string;
}

export interface PsRowOptions {
  /** Milliseconds since 1970. */
  now: number;
  noTrunc: boolean;
  /** Bytes: of the container's own layer, and with its image's. */
  size?: { own: number; all: number };
}

export function psRow(container: Summary, { now, noTrunc, size }: PsRowOptions): PsRow {
  const created = parseRfc3339(container.created) ?? now;
  const names = container.mounts.map(({ name, source }) => name || source);
  return {
    Command: quote(noTrunc ? container.command : ellipsis(container.command, 20)),
    CreatedAt: goTime(created),
    ID: noTrunc ? container.id : container.id.slice(0, 12),
    Image: imageName(container, noTrunc),
    Labels: Object.entries(container.labels)
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(','),
    LocalVolumes: String(container.mounts.filter(({ driver }) => driver === 'local').length),
    Mounts: names.map((name) => (noTrunc ? name : ellipsis(name, 15))).join(','),
    Names: container.name,
    Networks: container.networks.map(({ name }) => name).join(','),
    Ports: portColumn(container.ports),
    RunningFor: `${humanDuration(now - created)} ago`,
    Size: size ? `${humanSize(size.own, 3)} (virtual ${humanSize(size.all, 3)})` : '0B',
    State: stateWord(container.state),
    Status: statusText(container.state, now),
  };
}

/** Ids are cut; a digest after a name is left out. */
function imageName({ image, imageId }: Summary, noTrunc: boolean): string {
  if (image === '') return '<no image>';
  if (noTrunc) return image;
  const short = shortId(imageId);
  if (shortId(image) === short) return short;
  return image.replace(/@.*$/s, '');
}

function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}

/** At most `length` characters, with `…` as the last where some are left out. */
export function ellipsis(text: string, length: number): string {
  const characters = [...text];
  if (characters.length <= length) return text;
  return `${characters.slice(0, length - 1).join('')}…`;
}
