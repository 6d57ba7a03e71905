import { parseFilters } from '../../../engine/containers/parse-filters.ts';
import { listContainers } from '../../../engine/containers/store.ts';
import { fitsLabels } from '../../../engine/has-label.ts';
import { pruneNetworks } from '../../../engine/network/remove-network.ts';
import { print } from '../../print.ts';
import { confirm } from '../confirm.ts';
import { fromDaemon } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const prune = defineEngineCommand(
  {
    name: 'network prune',
    summary: 'remove all networks that no container uses',
    usage: '[OPTIONS]',
    examples: [{ does: 'Without a question:', line: 'rundlet network prune -f' }],
    args: { min: 0, max: 0 },
    flags: {
      filter: {
        type: 'string',
        value: 'filter',
        repeatable: true,
        summary: 'Only those with (or, label!, without) a label',
      },
      force: { type: 'boolean', alias: 'f', summary: 'Do not prompt for confirmation' },
    },
  },
  async ({ engine, host }, { filter, force }) => {
    const filters = await fromDaemon(
      Promise.resolve().then(() => parseFilters(filter, ['label', 'label!'])),
    );
    const warning =
      'WARNING! This will remove all custom networks not used by at least one container.';
    if (!force && !(await confirm(host, `${warning}\nAre you sure you want to continue?`))) {
      return 0;
    }
    const used = new Set(
      (await listContainers(engine)).flatMap(({ config }) =>
        Object.keys(config.NetworkSettings.Networks ?? {}),
      ),
    );
    const fits = ({ labels = {} }) => fitsLabels(labels, filters);
    const names = await fromDaemon(pruneNetworks(engine, fits, used));
    if (names.length > 0) await print(host, `Deleted Networks:\n${names.join('\n')}\n\n`);
    return 0;
  },
);
