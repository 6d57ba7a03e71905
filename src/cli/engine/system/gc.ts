import { formatRows } from '../../../engine/format/format-rows.ts';
import { findOrphans, type Orphan } from '../../../engine/system/find-orphans.ts';
import { removeOrphans } from '../../../engine/system/remove-orphans.ts';
import { print } from '../../print.ts';
import { confirm } from '../confirm.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const gc = defineEngineCommand(
  {
    name: 'system gc',
    summary: 'find, and remove, what nothing in the data root needs any more',
    usage: '[OPTIONS]',
    notes:
      'Layers that no image and no container stands on, links that lead to no layer, records of what is\nnot there, and what crashes have left of containers that do not run. Each with the reason.',
    examples: [{ does: 'Looks only, removes nothing:', line: 'rundlet system gc --dry-run' }],
    args: { min: 0, max: 0 },
    flags: {
      'dry-run': { type: 'boolean', summary: 'Name the orphans and why they are, remove nothing' },
      force: { type: 'boolean', alias: 'f', summary: 'Do not prompt for confirmation' },
      format: {
        type: 'string',
        summary: "Format of the output: 'table', 'table TEMPLATE', 'json' or a Go template",
      },
    },
  },
  async ({ engine, host }, { 'dry-run': dryRun, force, format }) => {
    const list = (orphans: readonly Orphan[]) => {
      const rows = orphans.map(({ kind, path, why }) => ({ Kind: kind, Path: path, Why: why }));
      const headers = { Kind: 'KIND', Path: 'PATH', Why: 'WHY' };
      const table = '{{.Kind}}\t{{.Path}}\t{{.Why}}';
      return print(host, formatRows({ format: format || 'table', table, headers, rows }));
    };
    if (dryRun) {
      await list(await findOrphans(engine));
      return 0;
    }
    if (!force) {
      const found = await findOrphans(engine);
      if (found.length === 0) return 0;
      await list(found);
      if (!(await confirm(host, 'Are you sure you want to remove them?'))) return 0;
    }
    await list(await removeOrphans(engine));
    return 0;
  },
);
