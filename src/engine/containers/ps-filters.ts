import { RundletError } from '../../errors/rundlet-error.ts';
import { invalidParameter } from '../engine-error.ts';
import { hasLabel } from '../has-label.ts';
import { type Filters, parseFilters } from './parse-filters.ts';
import { stateWord } from './run-state.ts';
import { healthWord, isUp, newestFirst, type Summary } from './summary.ts';

const keys = [
  'ancestor',
  'before',
  'exited',
  'expose',
  'health',
  'id',
  'is-task',
  'isolation',
  'label',
  'name',
  'network',
  'publish',
  'since',
  'status',
  'volume',
];
const statusWords = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'];
const healthWords = ['none', 'starting', 'healthy', 'unhealthy'];

export interface PsOptions {
  all: boolean;
  /** The latest so many, in any state; 0 for no limit. */
  last: number;
  filters: Filters;
}

/** `--filter` words of `ps`. Throws for keys and values that Docker refuses. */
export function psFilters(words: readonly string[]): Filters {
  const filters = parseFilters(words, keys);
  check(filters, 'status', statusWords);
  check(filters, 'health', healthWords);
  for (const value of filters.get('exited') ?? []) {
    if (!/^-?\d+$/.test(value)) throw invalidParameter(`invalid filter 'exited=${value}'`);
  }
  return filters;
}

function check(filters: Filters, key: string, words: readonly string[]): void {
  const wrong = filters.get(key)?.find((value) => !words.includes(value));
  if (wrong !== undefined) throw invalidParameter(`invalid filter '${key}=${wrong}'`);
}

/**
 * Containers that `ps` lists, newest first. `ancestors` are the image ids (with all that were built on
 * them) that the ancestor filters name.
 */
export function listed(
  containers: readonly Summary[],
  { all, last, filters }: PsOptions,
  ancestors: ReadonlySet<string>,
): Summary[] {
  const sorted = [...containers].sort(newestFirst);
  const stateAsked = ['status', 'exited'].some((key) => filters.has(key));
  const shown = between(sorted, filters)
    .filter((container) => all || last > 0 || stateAsked || isUp(container))
    .filter((container) => fits(container, filters, ancestors));
  return last > 0 ? shown.slice(0, last) : shown;
}

/** Older than `before`, newer than `since`. */
function between(sorted: readonly Summary[], filters: Filters): readonly Summary[] {
  const place = (key: string) => {
    const name = filters.get(key)?.at(-1);
    if (name === undefined) return undefined;
    const at = sorted.findIndex(({ id, name: own }) => id.startsWith(name) || own === name);
    if (at !== -1) return at;
    throw new RundletError('ERR_RUNDLET_NO_SUCH_OBJECT', `No such container: ${name}`);
  };
  return sorted.slice((place('before') ?? -1) + 1, place('since'));
}

function fits(container: Summary, filters: Filters, ancestors: ReadonlySet<string>): boolean {
  return [...filters].every(
    ([key, values]) =>
      (key === 'label' && values.every((value) => hasLabel(container.labels, value))) ||
      (key !== 'label' && values.some((value) => accepts(container, key, value, ancestors))),
  );
}

function accepts(
  container: Summary,
  key: string,
  value: string,
  ancestors: ReadonlySet<string>,
): boolean {
  const { state } = container;
  switch (key) {
    case 'ancestor':
      return ancestors.has(container.imageId);
    case 'exited': {
      const over = stateWord(state) === 'exited';
      return over && state.ExitCode === Number(value);
    }
    case 'expose':
      return container.exposed.includes(withProtocol(value));
    case 'health':
      return healthWord(container) === value;
    case 'id':
      return container.id.startsWith(value);
    case 'name':
      return matches(value, container.name) || matches(value, `/${container.name}`);
    case 'network':
      return container.networks.some(
        ({ name, id }) => name === value || (id !== '' && id.startsWith(value)),
      );
    case 'publish':
      return published(container).includes(withProtocol(value));
    case 'status':
      return stateWord(state) === value;
    case 'volume':
      return container.mounts.some((mount) =>
        [mount.name, mount.source, mount.destination].includes(value),
      );
    case 'is-task':
      return value === 'false';
    default:
      return true;
  }
}

/** Docker takes a name as a regular expression; what is none is a part of the name. */
function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern).test(name);
  } catch {
    return name.includes(pattern);
  }
}

function withProtocol(port: string): string {
  return port.includes('/') ? port : `${port}/tcp`;
}

function published({ ports }: Summary): string[] {
  return Object.entries(ports).flatMap(([key, places]) =>
    (places ?? []).map(({ HostPort }) => `${HostPort}/${key.split('/')[1] ?? 'tcp'}`),
  );
}
