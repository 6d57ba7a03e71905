import { containerPids } from '../../../engine/containers/container-pids.ts';
import { readContainer } from '../../../engine/containers/store.ts';
import type { Engine } from '../../../engine/context.ts';
import { tabColumns } from '../../../engine/format/tab-columns.ts';
import { RundletError } from '../../../errors/rundlet-error.ts';
import { hostPs } from '../../host-ps.ts';
import { print } from '../../print.ts';
import { fromDaemon } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const top = defineEngineCommand(
  {
    name: 'container top',
    summary: 'display the running processes of a container',
    usage: 'CONTAINER [ps OPTIONS]',
    notes: "The host's ps is asked, with -ef unless options are given; pids are those of the host.",
    args: { min: 1 },
    stopAtArgument: true,
    flags: {},
  },
  async ({ engine, host }, _flags, [name = '', ...options]) => {
    const pids = await fromDaemon(pidsOf(engine, name));
    const rows = processRows(await hostPs(host, options), pids);
    await print(host, tabColumns(rows.map((row) => `${row.join('\t')}\n`).join(''), 20));
    return 0;
  },
);

async function pidsOf(engine: Engine, name: string): Promise<readonly number[]> {
  return containerPids(engine, await readContainer(engine, name));
}

/** Cells of ps's header and of the lines with these pids; the last column may have spaces. */
export function processRows(output: string, pids: readonly number[]): string[][] {
  const [header = '', ...lines] = output.split('\n');
  const titles = header.split(/\s+/).filter(Boolean);
  const column = titles.indexOf('PID');
  if (column === -1) {
    throw new RundletError('ERR_RUNDLET_INVALID_PARAMETER', "Couldn't find PID field in ps output");
  }
  const wanted = new Set(pids.map(String));
  const rows = lines.map((line) => line.split(/\s+/).filter(Boolean));
  const kept = rows.filter((cells) => wanted.has(cells[column] ?? ''));
  const last = titles.length - 1;
  return [titles, ...kept.map((cells) => [...cells.slice(0, last), cells.slice(last).join(' ')])];
}
