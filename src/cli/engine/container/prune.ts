import { humanSize } from '../../../engine/format/human-size.ts';
import { pruneContainers } from '../../../engine/life/prune-containers.ts';
import { print } from '../../print.ts';
import { confirm } from '../confirm.ts';
import { fromDaemon } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const prune = defineEngineCommand(
  {
    name: 'container prune',
    summary: 'remove all stopped containers',
    usage: '[OPTIONS]',
    args: { min: 0, max: 0 },
    flags: {
      filter: {
        type: 'string',
        value: 'filter',
        repeatable: true,
        summary: "Only some: label, label! or until ('until=24h')",
      },
      force: { type: 'boolean', alias: 'f', summary: 'Do not prompt for confirmation' },
    },
  },
  async ({ engine, host }, { filter, force }) => {
    const question =
      'WARNING! This will remove all stopped containers.\nAre you sure you want to continue?';
    if (!force && !(await confirm(host, question))) return 0;
    const { ids, space } = await fromDaemon(pruneContainers(engine, filter));
    const list = ids.length > 0 ? `Deleted Containers:\n${ids.join('\n')}\n\n` : '';
    await print(host, `${list}Total reclaimed space: ${humanSize(space)}\n`);
    return 0;
  },
);
