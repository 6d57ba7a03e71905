import { parseFilters } from '../../../engine/containers/parse-filters.ts';
import { humanSize } from '../../../engine/format/human-size.ts';
import { pruneVolumes } from '../../../engine/volumes/prune-volumes.ts';
import { print } from '../../print.ts';
import { confirm } from '../confirm.ts';
import { daemonError } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const prune = defineEngineCommand(
  {
    name: 'volume prune',
    summary: 'remove anonymous volumes that no container uses',
    usage: '[OPTIONS]',
    examples: [{ does: 'Named ones too:', line: 'rundlet volume prune -a -f' }],
    args: { min: 0, max: 0 },
    flags: {
      all: { type: 'boolean', alias: 'a', summary: 'Remove all unused volumes, named ones too' },
      filter: {
        type: 'string',
        value: 'filter',
        repeatable: true,
        summary: 'Only those with (or, label!, without) a label',
      },
      force: { type: 'boolean', alias: 'f', summary: 'Do not prompt for confirmation' },
    },
  },
  async ({ engine, host }, { all, filter, force }) => {
    const filters = readFilters(filter);
    const kind = all ? 'all local' : 'anonymous local';
    const warning = `WARNING! This will remove ${kind} volumes not used by at least one container.`;
    if (!force && !(await confirm(host, `${warning}\nAre you sure you want to continue?`))) {
      return 0;
    }
    const { names, bytes } = await pruneVolumes(engine, {
      all: all || filters.all,
      labels: filters.labels,
      without: filters.without,
    });
    const list = names.length > 0 ? `Deleted Volumes:\n${names.join('\n')}\n\n` : '';
    await print(host, `${list}Total reclaimed space: ${humanSize(bytes)}\n`);
    return 0;
  },
);

function readFilters(words: readonly string[]) {
  try {
    const filters = parseFilters(words, ['all', 'label', 'label!']);
    return {
      all: ['1', 'true'].includes(filters.get('all')?.[0] ?? ''),
      labels: filters.get('label') ?? [],
      without: filters.get('label!') ?? [],
    };
  } catch (error) {
    throw daemonError(error);
  }
}
