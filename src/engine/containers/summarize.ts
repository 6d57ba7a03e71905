import type { Engine } from '../context.ts';
import { asDigest, parseReference } from '../images/reference.ts';
import { type Repositories, readRepositories } from '../images/repositories.ts';
import { lookUp } from '../images/resolve-image.ts';
import { asItIs } from '../life/as-it-is.ts';
import { inspectMounts } from './inspect-mounts.ts';
import type { Container } from './record.ts';
import { listContainers } from './store.ts';
import type { Summary } from './summary.ts';

/** All containers as lists have them, in no order. */
export async function summaries(engine: Engine): Promise<Summary[]> {
  const repositories = await readRepositories(engine);
  const found: Summary[] = [];
  for (const container of await listContainers(engine)) {
    const now = await asItIs(engine, container);
    if (now) found.push(summarize(engine, now, repositories));
  }
  return found;
}

export function summarize(
  engine: Engine,
  container: Container,
  repositories: Repositories,
): Summary {
  const { id, config } = container;
  return {
    id,
    name: config.Name.replace(/^\//, ''),
    image: currentImage(config.Config.Image, config.Image, repositories),
    imageId: config.Image,
    command: [config.Path, ...(config.Args ?? []).map(inOneLine)].join(' '),
    created: config.Created,
    state: config.State,
    labels: config.Config.Labels ?? {},
    ports: config.NetworkSettings.Ports ?? {},
    exposed: Object.keys(config.Config.ExposedPorts ?? {}),
    mounts: inspectMounts(engine.paths, container).map((mount) => ({
      name: mount.Name ?? '',
      source: mount.Source,
      destination: mount.Destination,
      driver: mount.Driver ?? '',
    })),
    networks: Object.entries(config.NetworkSettings.Networks ?? {}).map(([name, endpoint]) => ({
      name,
      id: endpoint?.NetworkID ?? '',
    })),
  };
}

function inOneLine(word: string): string {
  return word.includes(' ') ? `'${word}'` : word;
}

/** As the user named it while that name still leads to the image; then the image's id. */
function currentImage(name: string, imageId: string, repositories: Repositories): string {
  if (name === imageId || asDigest(name) !== undefined) return name;
  const hex = imageId.replace(/^sha256:/, '');
  try {
    const found = lookUp(repositories, parseReference(name));
    if (found === imageId || (found === undefined && hex.startsWith(name))) return name;
    return imageId;
  } catch {
    // No reference at all: Docker shows what the record has.
    return name;
  }
}
