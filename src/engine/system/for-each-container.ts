import type { Container } from '../containers/record.ts';
import { listContainers } from '../containers/store.ts';
import type { Engine } from '../context.ts';

/** What came of one container. */
export interface Attempt {
  id: string;
  /** Without slash. */
  name: string;
  error?: unknown;
}

/**
 * Does the same to every container, one after the other, older ones first among equals; goes on after
 * errors. @returns those for which `act` did something, or failed.
 */
export async function forEach(
  engine: Engine,
  order: 'hosts first' | 'guests first',
  act: (container: Container) => Promise<boolean>,
): Promise<Attempt[]> {
  const containers = hostsFirst(await listContainers(engine));
  const attempts: Attempt[] = [];
  for (const container of order === 'hosts first' ? containers : containers.reverse()) {
    const of = { id: container.id, name: container.config.Name.slice(1) };
    try {
      if (await act(container)) attempts.push(of);
    } catch (error) {
      attempts.push({ ...of, error });
    }
  }
  return attempts;
}

/** By age, but each after those whose namespaces it joins and to which it is linked. */
export function hostsFirst(containers: readonly Container[]): Container[] {
  const aged = [...containers].sort((one, other) =>
    one.config.Created < other.config.Created ? -1 : 1,
  );
  const ordered = new Set<Container>();
  const seen = new Set<Container>();
  const add = (container: Container) => {
    if (seen.has(container)) return;
    seen.add(container);
    for (const name of neededBy(container)) {
      const found = aged.find(({ id, config }) => id === name || config.Name === `/${name}`);
      if (found) add(found);
    }
    ordered.add(container);
  };
  for (const container of aged) add(container);
  return [...ordered];
}

function neededBy({ hostConfig }: Container): string[] {
  const { NetworkMode, PidMode, IpcMode, Links } = hostConfig;
  const joined = [NetworkMode, PidMode, IpcMode]
    .filter((mode) => mode.startsWith('container:'))
    .map((mode) => mode.slice('container:'.length));
  const linked = (Links ?? []).map((link) => (link.split(':')[0] ?? '').replace(/^\//, ''));
  return [...joined, ...linked];
}
