import { ellipsis } from '../containers/ps-row.ts';
import { statusText } from '../containers/run-state.ts';
import type { Row } from '../format/format-rows.ts';
import { humanDuration } from '../format/human-duration.ts';
import { humanSize } from '../format/human-size.ts';
import { repositoryOf } from '../images/reference-match.ts';
import { parseRfc3339 } from '../parse-rfc3339.ts';
import type { DiskUsage } from './disk-usage.ts';

/** The four lines of `system df`, as docker counts. */
export function usageRows(usage: DiskUsage): Row[] {
  const { images, containers, volumes } = usage;
  const inUse = images.filter((image) => image.containers > 0);
  const used = inUse.reduce((sum, { image, shared }) => sum + image.size - shared, 0);
  const own = total(containers.map((container) => container.own));
  const idle = total(containers.filter(({ up }) => !up).map((container) => container.own));
  const volumeBytes = total(volumes.map(({ size }) => size));
  const unused = total(volumes.filter(({ links }) => links === 0).map(({ size }) => size));
  return [
    row('Images', images.length, inUse.length, usage.layers, usage.layers - used),
    row('Containers', containers.length, containers.filter(({ up }) => up).length, own, idle),
    row(
      'Local Volumes',
      volumes.length,
      volumes.filter(({ links }) => links > 0).length,
      volumeBytes,
      unused,
    ),
    row('Build Cache', 0, 0, 0, undefined),
  ];
}

function row(
  Type: string,
  count: number,
  active: number,
  size: number,
  reclaimable: number | undefined,
): Row {
  const percent =
    size > 0 && reclaimable !== undefined ? ` (${Math.trunc((reclaimable / size) * 100)}%)` : '';
  return {
    Active: String(active),
    Reclaimable: `${humanSize(reclaimable ?? 0)}${percent}`,
    Size: humanSize(size),
    TotalCount: String(count),
    Type,
  };
}

function total(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The lines of `system df -v`: images, containers, volumes. @param now milliseconds since 1970. */
export function detailRows(
  usage: DiskUsage,
  now: number,
): { images: Row[]; containers: Row[]; volumes: Row[] } {
  const ago = (time: number | undefined) => `${humanDuration(now - (time ?? now))} ago`;
  return {
    images: usage.images.map(({ image, shared, containers }) => {
      const name = image.references.find((reference) => !reference.includes('@'));
      const repository = name === undefined ? '<none>' : repositoryOf(name);
      return {
        Repository: repository,
        Tag: name === undefined ? '<none>' : name.slice(repository.length + 1),
        ID: image.id.slice(7, 19),
        CreatedSince: ago(image.created),
        Size: humanSize(image.size),
        SharedSize: humanSize(shared),
        UniqueSize: humanSize(image.size - shared),
        Containers: String(containers),
      };
    }),
    containers: usage.containers.map(({ summary, own }) => ({
      ID: summary.id.slice(0, 12),
      Image: summary.image.replace(/^sha256:([0-9a-f]{12}).*/, '$1'),
      Command: JSON.stringify(ellipsis(summary.command, 20)),
      LocalVolumes: String(summary.mounts.filter(({ driver }) => driver === 'local').length),
      Size: humanSize(own),
      RunningFor: ago(parseRfc3339(summary.created)),
      Status: statusText(summary.state, now),
      Names: summary.name,
    })),
    volumes: usage.volumes.map(({ name, links, size }) => ({
      Name: name,
      Links: String(links),
      Size: humanSize(size),
    })),
  };
}
