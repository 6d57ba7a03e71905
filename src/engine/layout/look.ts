import type { FileStat } from '../../host/generated/plan.ts';
import type { Host } from '../../host/host.ts';
import { isHostError } from '../../host/host-error.ts';
import { humanSize } from '../format/human-size.ts';
import { mountPoints } from '../mount-points.ts';
import type { Place } from './layout-tree.ts';
import { readOne } from './process-facts.ts';

/** Fills in which places exist now, and what a glance at them shows. */
export async function look(host: Host, places: readonly Place[]): Promise<void> {
  const mounts = await mountPoints(host);
  for (const place of places) await lookAt(host, place, mounts);
}

async function lookAt(host: Host, place: Place, mounts: ReadonlySet<string>): Promise<void> {
  for (const child of place.children) await lookAt(host, child, mounts);
  if (place.path === '') {
    place.exists = place.children.some(({ exists }) => exists);
    return;
  }
  const stat = await statOf(host, place.path);
  place.exists = stat !== undefined;
  if (stat === undefined) return;
  if (place.kind === 'mount' && !mounts.has(place.path)) place.detail = 'not mounted';
  const detail = await detailOf(host, place, stat);
  if (detail !== '') place.detail = detail;
}

async function statOf(host: Host, path: string): Promise<FileStat | undefined> {
  try {
    return await host.call('stat', { path, follow: false });
  } catch (error) {
    if (isHostError(error)) return undefined;
    throw error;
  }
}

/** Files whose one word is worth showing. */
const shown: ReadonlySet<string> = new Set([
  'link',
  'init.pid',
  'hostname',
  'mount-id',
  'init-id',
  'parent',
]);

async function detailOf(host: Host, { kind, path, name }: Place, stat: FileStat): Promise<string> {
  if (kind === 'process') {
    const line = (await readOne(host, `${path}/cmdline`)).replaceAll('\0', ' ').trim();
    return line.length > 60 ? `${line.slice(0, 59)}…` : line;
  }
  if (kind === 'cgroup') {
    const count = (await readOne(host, `${path}/cgroup.procs`)).split('\n').filter(Boolean).length;
    return `${count} process${count === 1 ? '' : 'es'}`;
  }
  if (stat.kind !== 'file') return '';
  if (shown.has(name)) return (await readOne(host, path)).trim().split(/\s/)[0] ?? '';
  return Number(stat.size) === 0 ? '' : humanSize(Number(stat.size), 3);
}
