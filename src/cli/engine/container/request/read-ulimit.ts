import type { Ulimit } from '../../../../engine/containers/record.ts';
import { FlagFault } from '../../scan-docker-flags.ts';
import { readInteger } from './flag-reader.ts';

const names: ReadonlySet<string> = new Set([
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
]);

/** `nofile=1024:2048`; -1 is no limit. */
export function readUlimit(given: string): Ulimit {
  const equals = given.indexOf('=');
  if (equals === -1) throw new FlagFault(`invalid ulimit argument: ${given}`);
  const Name = given.slice(0, equals);
  const limits = given.slice(equals + 1);
  if (!names.has(Name)) throw new FlagFault(`invalid ulimit type: ${Name}`);
  const parts = limits.split(':');
  if (parts.length > 2) {
    throw new FlagFault(
      `too many limit value arguments - ${limits}, can only have up to two, \`soft[:hard]\``,
    );
  }
  const [Soft = 0, Hard = Soft] = parts.map((part) => readInteger(part));
  const order = 'ulimit soft limit must be less than or equal to hard limit';
  if (Hard !== -1 && Soft === -1) {
    throw new FlagFault(`${order}: soft: -1 (unlimited), hard: ${Hard}`);
  }
  if (Hard !== -1 && Soft > Hard) throw new FlagFault(`${order}: ${Soft} > ${Hard}`);
  return { Name, Hard, Soft };
}

/** The last of each name, sorted. */
export function ulimitList(given: readonly Ulimit[]): Ulimit[] {
  const last = new Map(given.map((limit) => [limit.Name, limit]));
  return [...last.values()].sort((one, other) => (one.Name < other.Name ? -1 : 1));
}
