import type { Container } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { stagingPath, undoCreate } from '../create/undo-create.ts';
import { containerPaths } from '../engine-paths.ts';
import { containerHappening, recordEvent } from '../events/record-event.ts';
import { beginJournal } from '../journal.ts';
import { forgetRestart } from './restart-plan.ts';

/**
 * Removes a container that does not run: its record goes first, in one step, with its name; a removal that
 * is killed after that is finished by the next command. The caller holds its lock.
 */
export async function removeContainer(
  engine: Engine,
  container: Container,
  { volumes }: { volumes: boolean },
): Promise<void> {
  const { host, paths } = engine;
  const { id } = container;
  const entry = {
    kind: 'remove',
    id,
    ...(volumes && { volumes: anonymousVolumes(container) }),
  };
  const journal = await beginJournal(engine, entry);
  const { directory, mounts } = containerPaths(paths, id);
  await host.call('unmount', { path: `${mounts}/shm` });
  await host.call('rename', { from: directory, to: stagingPath(engine, id) });
  await undoCreate(engine, entry);
  await forgetRestart(engine, id);
  await journal.close();
  await recordEvent(engine, containerHappening(container, 'destroy'));
}

/** Those that the engine named itself. */
function anonymousVolumes({ config }: Container): string[] {
  return Object.values(config.MountPoints)
    .filter(({ Type, Spec }) => Type === 'volume' && !Spec?.Source)
    .map(({ Name }) => Name);
}
