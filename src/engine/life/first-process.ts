import type { ProcessRef } from '../../host/generated/plan.ts';
import type { Container } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { containerPaths } from '../engine-paths.ts';
import { findText } from '../layers/store-text.ts';

/** undefined when the process has ended. */
export async function processOf({ host }: Engine, pid: number): Promise<ProcessRef | undefined> {
  const { texts } = await host.call('readFiles', { paths: [`/proc/${pid}/stat`] });
  const stat = texts[0];
  // After the name in parentheses: the state, and as the 20th the start time.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const start = fields?.[19];
  if (start === undefined || fields?.[0] === 'Z' || fields?.[0] === 'X') return undefined;
  return { pid, startTime: Number(start) };
}

/** The container's first process as its runtime wrote it in the bundle. */
export async function bundleProcess(
  engine: Engine,
  { id }: Pick<Container, 'id'>,
): Promise<ProcessRef | undefined> {
  const text = await findText(engine.host, `${containerPaths(engine.paths, id).bundle}/init.pid`);
  return text === undefined ? undefined : processOf(engine, Number(text));
}
