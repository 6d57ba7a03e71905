import { humanSize } from '../../../engine/format/human-size.ts';
import { pruneImages } from '../../../engine/images/prune-images.ts';
import { print } from '../../print.ts';
import { confirm } from '../confirm.ts';
import { fromDaemon } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const prune = defineEngineCommand(
  {
    name: 'image prune',
    summary: 'remove unused images',
    usage: '[OPTIONS]',
    args: { min: 0, max: 0 },
    flags: {
      all: {
        type: 'boolean',
        alias: 'a',
        summary: 'Remove all unused images, not just dangling ones',
      },
      filter: {
        type: 'string',
        repeatable: true,
        value: 'filter',
        summary: 'Only some: label, label! or until=VALUE',
      },
      force: { type: 'boolean', alias: 'f', summary: 'Do not prompt for confirmation' },
    },
  },
  async ({ engine, host }, { all, filter, force }) => {
    const which = all
      ? 'all images without at least one container associated to them'
      : 'all dangling images';
    const question = `WARNING! This will remove ${which}.\nAre you sure you want to continue?`;
    if (!force && !(await confirm(host, question))) return 0;
    const { removed, space } = await fromDaemon(pruneImages(engine, { all, filters: filter }));
    const lines = removed.map((one) =>
      'untagged' in one ? `untagged: ${one.untagged}\n` : `deleted: ${one.deleted}\n`,
    );
    const list = lines.length > 0 ? `Deleted Images:\n${lines.join('')}\n` : '';
    await print(host, `${list}Total reclaimed space: ${humanSize(space, 4)}\n`);
    return 0;
  },
);
