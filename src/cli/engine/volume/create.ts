import { createVolume } from '../../../engine/volumes/create-volume.ts';
import { print } from '../../print.ts';
import type { CommandTable } from '../../table/types.ts';
import { splitPair } from '../container/request/flag-reader.ts';
import { daemonError } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { readLabels } from '../label-flag.ts';

const table = {
  name: 'volume create',
  summary: 'create a volume',
  usage: '[OPTIONS] [VOLUME]',
  examples: [
    {
      does: 'A file system in memory:',
      line: 'rundlet volume create -o type=tmpfs -o device=tmpfs -o o=size=16m scratch',
    },
  ],
  args: { min: 0, max: 1 },
  flags: {
    driver: {
      type: 'string',
      alias: 'd',
      default: 'local',
      summary: "Volume driver; there is 'local'",
    },
    label: { type: 'string', repeatable: true, summary: 'Label of the volume' },
    opt: {
      type: 'string',
      alias: 'o',
      value: 'map',
      repeatable: true,
      summary: 'Option of the driver: type, o, device',
    },
  },
} as const satisfies CommandTable;

export const create = defineEngineCommand(table, async ({ engine, host }, flags, [name = '']) => {
  const { driver, opt } = flags;
  const options = Object.fromEntries(opt.map((pair) => splitPair(pair)));
  const volume = await createVolume(engine, {
    name,
    driver,
    options,
    labels: readLabels(table, flags.label),
  }).catch((error: unknown) => {
    throw daemonError(error);
  });
  await print(host, `${volume.name}\n`);
  return 0;
});
