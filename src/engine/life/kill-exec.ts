import { isHostError } from '../../host/host-error.ts';
import { SIGKILL } from '../../spec/signals.ts';
import { containerPids } from '../containers/container-pids.ts';
import type { Container } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { isEngineError } from '../engine-error.ts';
import { readStat } from './first-process.ts';

interface Row {
  pid: number;
  parent: number;
  session: number;
  startTime: number;
}

/**
 * Kills a further process with all that it started: its session (init makes it the leader of one, and orphans
 * keep theirs) and their descendants. Looks again until there is none, since they may fork meanwhile.
 */
export async function killExec(
  engine: Engine,
  container: Container,
  leader: number,
): Promise<void> {
  const { host } = engine;
  for (;;) {
    const rows = startedBy(leader, await processRows(engine, container));
    if (rows.length === 0) return;
    for (const { pid, startTime } of rows) {
      try {
        await host.call('signal', { process: { pid, startTime }, signal: SIGKILL });
      } catch (error) {
        if (!isHostError(error, 'ESRCH')) throw error;
      }
    }
  }
}

/** Pure. */
export function startedBy(leader: number, rows: readonly Row[]): Row[] {
  const found = new Set<number>();
  const belongs = ({ pid, parent, session }: Row) =>
    pid === leader || session === leader || found.has(parent);
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const row of rows) if (belongs(row)) found.add(row.pid);
  }
  return rows.filter(({ pid }) => found.has(pid));
}

/** Of the container's processes that live; none when it has ended. */
async function processRows(engine: Engine, container: Container): Promise<Row[]> {
  let pids: number[];
  try {
    pids = await containerPids(engine, container);
  } catch (error) {
    if (isEngineError(error, 'ERR_RUNDLET_WRONG_STATUS')) return [];
    throw error;
  }
  const rows = await Promise.all(pids.map((pid) => processRow(engine, pid)));
  return rows.filter((row) => row !== undefined);
}

async function processRow({ host }: Engine, pid: number): Promise<Row | undefined> {
  const stat = await readStat(host, pid);
  // After the name in parentheses: state, parent, group, session, …; the start time is the 20th.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state = 'X', parent, , session] = fields;
  if (state === 'Z' || state === 'X') return undefined;
  return { pid, parent: Number(parent), session: Number(session), startTime: Number(fields[19]) };
}
