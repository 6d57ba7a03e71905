import type { Host } from '../host/host.ts';
import type { BlockEntry, BlockTable } from './stats-types.ts';

type Int = number | bigint;

/** Files of cgroups, read in one call; asked for by path. */
export class StatsFiles {
  readonly #texts: ReadonlyMap<string, string>;

  constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = texts;
  }

  static async read(host: Host, paths: readonly string[]): Promise<StatsFiles> {
    const { texts } = await host.call('readFiles', { paths: [...paths] });
    const found = paths.flatMap((path, index): [string, string][] => {
      const text = texts[index];
      return typeof text === 'string' ? [[path, text]] : [];
    });
    return new StatsFiles(new Map(found));
  }

  /** Nothing could be read: the container is gone. */
  get empty(): boolean {
    return this.#texts.size === 0;
  }

  text(path: string): string | undefined {
    return this.#texts.get(path);
  }

  /** The one number of a file: `max` is 2^64-1, what is negative 0, a missing file undefined. */
  number(path: string): Int | undefined {
    const text = this.text(path)?.trim();
    return text === undefined ? undefined : parseCount(text);
  }

  /** `key number` lines. */
  table(path: string): Record<string, Int> | undefined {
    const text = this.text(path);
    if (text === undefined) return undefined;
    return Object.fromEntries(
      lines(text).map((line) => {
        const space = line.indexOf(' ');
        return [line.slice(0, space), parseCount(line.slice(space + 1))];
      }),
    );
  }

  /** All numbers of a file, `0 1\n2` */
  list(path: string): Int[] {
    return words(this.text(path) ?? '').map(parseCount);
  }
}

export const unlimited = 18446744073709551615n;

export function parseCount(text: string): Int {
  if (text === 'max') return unlimited;
  const plain = Number(text);
  if (Number.isSafeInteger(plain)) return Math.max(plain, 0);
  return /^\d+$/.test(text) ? BigInt(text) : 0;
}

/** In a number where it fits. */
export function exact(value: bigint): Int {
  const plain = Number(value);
  return Number.isSafeInteger(plain) ? plain : value;
}

export function lines(text: string): string[] {
  return text.split('\n').filter(Boolean);
}

export function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}

/** Go's omitempty: no zeros, no empty texts, lists and objects. */
export function omitEmpty<T extends object>(
  fields: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const full = ([, value]: [string, unknown]) =>
    value !== undefined &&
    value !== 0 &&
    value !== '' &&
    !(typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(fields).filter(full)) as ReturnType<typeof omitEmpty<T>>;
}

/** Keys in the order of their bytes, as Go prints maps. */
export function sorted<T>(fields: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `hugepages-2048kB` of /sys/kernel/mm/hugepages as cgroup files have it: `2MB`. */
export function hugepageSize(name: string): string | undefined {
  const kilobytes = Number(/^hugepages-(\d+)kB$/.exec(name)?.[1]);
  if (!kilobytes) return undefined;
  if (kilobytes >= 1 << 20) return `${kilobytes >> 20}GB`;
  return kilobytes >= 1 << 10 ? `${kilobytes >> 10}MB` : `${kilobytes}KB`;
}

const tableOrder: readonly BlockTable[] = [
  'ioServiceBytesRecursive',
  'ioServicedRecursive',
  'ioQueueRecursive',
  'ioServiceTimeRecursive',
  'ioWaitTimeRecursive',
  'ioMergedRecursive',
  'ioTimeRecursive',
  'sectorsRecursive',
];

/** In runc's order. */
export function ordered(
  tables: Partial<Record<BlockTable, BlockEntry[]>>,
): Partial<Record<BlockTable, BlockEntry[]>> {
  return omitEmpty(Object.fromEntries(tableOrder.map((name) => [name, tables[name]])));
}
