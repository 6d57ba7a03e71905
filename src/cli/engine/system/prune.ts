import { humanSize } from '../../../engine/format/human-size.ts';
import { pruneImages } from '../../../engine/images/prune-images.ts';
import { pruneContainers } from '../../../engine/life/prune-containers.ts';
import { pruneVolumes } from '../../../engine/volumes/prune-volumes.ts';
import { print } from '../../print.ts';
import { confirm } from '../confirm.ts';
import { fromDaemon } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const prune = defineEngineCommand(
  {
    name: 'system prune',
    summary: 'remove unused data',
    usage: '[OPTIONS]',
    args: { min: 0, max: 0 },
    flags: {
      all: {
        type: 'boolean',
        alias: 'a',
        summary: 'Remove all unused images not just dangling ones',
      },
      filter: {
        type: 'string',
        value: 'filter',
        repeatable: true,
        summary: "Only some: label or label! ('label=<key>=<value>')",
      },
      force: { type: 'boolean', alias: 'f', summary: 'Do not prompt for confirmation' },
      volumes: { type: 'boolean', summary: 'Prune anonymous volumes' },
    },
  },
  async ({ engine, host }, { all, filter, force, volumes }) => {
    if (!force && !(await confirm(host, warning(all, volumes)))) return 0;
    const containers = await fromDaemon(pruneContainers(engine, filter));
    const parts = [section('Deleted Containers', containers.ids)];
    let space = containers.space;
    if (volumes) {
      const [labels, without] = [values(filter, 'label'), values(filter, 'label!')];
      const pruned = await fromDaemon(pruneVolumes(engine, { all: false, labels, without }));
      parts.push(section('Deleted Volumes', pruned.names));
      space += pruned.bytes;
    }
    const images = await fromDaemon(pruneImages(engine, { all, filters: filter }));
    const lines = images.removed.map((one) =>
      'untagged' in one ? `untagged: ${one.untagged}` : `deleted: ${one.deleted}`,
    );
    parts.push(section('Deleted Images', lines));
    space += images.space;
    await print(host, `${parts.join('')}Total reclaimed space: ${humanSize(space)}\n`);
    return 0;
  },
);

function warning(all: boolean, volumes: boolean): string {
  const lines = [
    'all stopped containers',
    ...(volumes ? ['all anonymous volumes not used by at least one container'] : []),
    all ? 'all images without at least one container associated to them' : 'all dangling images',
  ];
  const list = lines.map((line) => `  - ${line}\n`).join('');
  return `WARNING! This will remove:\n${list}\nAre you sure you want to continue?`;
}

function section(title: string, lines: readonly string[]): string {
  return lines.length > 0 ? `${title}:\n${lines.join('\n')}\n\n` : '';
}

function values(words: readonly string[], key: string): string[] {
  return words
    .filter((word) => word.startsWith(`${key}=`))
    .map((word) => word.slice(key.length + 1));
}
