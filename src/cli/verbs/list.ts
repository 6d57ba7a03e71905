import { list as listContainers } from '../../lifecycle/list.ts';
import type { ContainerState } from '../../lifecycle/types.ts';
import { defineCommand } from '../command.ts';
import { print } from '../print.ts';
import { usage } from '../scan-flags.ts';
import { listTable } from '../table/list.ts';
import { formatTable } from '../table-writer.ts';

export const list = defineCommand(
  listTable,
  async ({ host, runtime, globals }, { format, quiet }) => {
    if (!quiet && format !== 'table' && format !== 'json') throw usage('invalid format option');
    const states = await listContainers(runtime, { strict: Boolean(globals.root) });
    await print(host, quiet ? states.map(({ id }) => `${id}\n`).join('') : render(states, format));
    return 0;
  },
);

function render(states: ContainerState[], format: string): string {
  // Go's nil slice; callers decode both null and [].
  if (format === 'json') return `${states.length === 0 ? 'null' : JSON.stringify(states)}\n`;
  const rows = states.map(({ id, pid, status, bundle, created, owner }) => [
    id,
    String(pid),
    status,
    bundle,
    created,
    owner,
  ]);
  return formatTable([['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER'], ...rows]);
}
