import { RundletError } from '../../errors/rundlet-error.ts';
import { systemError } from '../../errors/system-error.ts';
import { checkName, generateName } from '../containers/container-name.ts';
import type { Container } from '../containers/record.ts';
import { claimName } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { containerPaths } from '../engine-paths.ts';
import { containerHappening, recordEvent } from '../events/record-event.ts';
import { beginJournal, type Journal } from '../journal.ts';
import { buildContainer } from './build-container.ts';
import type { CreateRequest } from './create-request.ts';
import { planContainer } from './plan-container.ts';
import { prepareDataRoot } from './prepare-data-root.ts';
import { stagingPath, undoCreate } from './undo-create.ts';

export interface Created {
  id: string;
  /** Docker's, to be shown with `WARNING: `. */
  warnings: string[];
}

/** How often a generated name may be taken before the id has to do. */
const nameAttempts = 6;

/**
 * What dockerd does at `POST /containers/create`: checks, name, layers, volumes, records. Nothing of it
 * is seen before all is there; after an error, and after a crash with the next command, nothing stays.
 * @param beforeSeen the last that may fail.
 */
export async function createContainer(
  engine: Engine,
  request: CreateRequest,
  beforeSeen: (id: string) => Promise<void> = async () => {},
): Promise<Created> {
  const name = request.name === '' ? undefined : checkName(request.name);
  const plan = await planContainer(engine, request);
  const { container, warnings } = plan;
  await prepareDataRoot(engine);
  const journal = await beginNamed(engine, container, name);
  try {
    await buildContainer(engine, plan, journal);
    await beforeSeen(container.id);
    await show(engine, container.id);
  } catch (error) {
    await undo(engine, journal);
    throw systemError(error);
  }
  await journal.close();
  await recordEvent(engine, containerHappening(container, 'create'));
  return { id: container.id, warnings };
}

/** The name is taken by the journal's entry until the record has it. */
async function beginNamed(
  engine: Engine,
  container: Container,
  wished: string | undefined,
): Promise<Journal> {
  const { id } = container;
  const begin = (name: string) =>
    claimName(engine, name, id, async () => {
      container.config.Name = `/${name}`;
      return beginJournal(engine, { kind: 'create', id, name });
    });
  if (wished !== undefined) return begin(wished);
  for (let attempt = 0; attempt < nameAttempts; attempt++) {
    try {
      return await begin(await generateName(engine.host, attempt));
    } catch (error) {
      if (!(error instanceof RundletError) || error.code !== 'ERR_RUNDLET_CONFLICT') throw error;
    }
  }
  return begin(id.slice(0, 12));
}

/** One rename: no command sees half a container. */
async function show(engine: Engine, id: string): Promise<void> {
  const { directory } = containerPaths(engine.paths, id);
  await engine.host.call('rename', { from: stagingPath(engine, id), to: directory });
}

/** The error that led here is the one to tell; what cannot be undone now, the next command undoes. */
async function undo(engine: Engine, journal: Journal): Promise<void> {
  try {
    await undoCreate(engine, journal.entry);
    await journal.close();
  } catch (error) {
    engine.warn(`cannot undo the create: ${(systemError(error) as Error).message}`);
    await journal.leave();
  }
}
