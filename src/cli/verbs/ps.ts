import { RundletError } from '../../errors/rundlet-error.ts';
import { ps as containerProcesses } from '../../lifecycle/ps.ts';
import { defineCommand } from '../command.ts';
import { hostPs } from '../host-ps.ts';
import { print } from '../print.ts';
import { usage } from '../scan-flags.ts';
import { psTable } from '../table/ps.ts';

export const ps = defineCommand(
  psTable,
  async ({ host, runtime }, { format }, [id = '', ...args]) => {
    if (format !== 'table' && format !== 'json') throw usage('invalid format option');
    const pids = await containerProcesses(runtime, id);
    const json = format === 'json';
    await print(
      host,
      json ? `${JSON.stringify(pids)}\n` : selectRows(await hostPs(host, args), pids),
    );
    return 0;
  },
);

/** The header and the rows of these processes, by the PID column. */
export function selectRows(output: string, pids: readonly number[]): string {
  const [header = '', ...rows] = output.split('\n');
  const column = header.split(/\s+/).filter(Boolean).indexOf('PID');
  if (column === -1)
    throw new RundletError('ERR_RUNDLET_SYSTEM', "couldn't find PID field in ps output");
  const wanted = new Set(pids.map(String));
  const kept = rows.filter((row) => wanted.has(row.split(/\s+/).filter(Boolean)[column] ?? ''));
  return [header, ...kept].map((row) => `${row}\n`).join('');
}
