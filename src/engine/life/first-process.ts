import type { ProcessRef } from '../../host/generated/plan.ts';
import type { Host } from '../../host/host.ts';
import { isHostError } from '../../host/host-error.ts';
import type { Container } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { containerPaths } from '../engine-paths.ts';
import { findText } from '../layers/store-text.ts';

/** undefined when the process has ended. */
export async function processOf({ host }: Engine, pid: number): Promise<ProcessRef | undefined> {
  const stat = await readStat(host, pid);
  // After the name in parentheses: the state, and as the 20th the start time.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const start = fields?.[19];
  if (start === undefined || fields?.[0] === 'Z' || fields?.[0] === 'X') return undefined;
  return { pid, startTime: Number(start) };
}

/** `/proc/<pid>/stat`; nothing when there is no such process. */
export async function readStat(host: Host, pid: number): Promise<string | null | undefined> {
  try {
    return (await host.call('readFiles', { paths: [`/proc/${pid}/stat`] })).texts[0];
  } catch (error) {
    // It ended between the opening and the reading.
    if (isHostError(error, 'ESRCH')) return undefined;
    throw error;
  }
}

/** The container's first process as its runtime wrote it in the bundle. */
export async function bundleProcess(
  engine: Engine,
  { id }: Pick<Container, 'id'>,
): Promise<ProcessRef | undefined> {
  const text = await findText(engine.host, `${containerPaths(engine.paths, id).bundle}/init.pid`);
  return text === undefined ? undefined : processOf(engine, Number(text));
}
