import { inspectVolume } from '../../../engine/volumes/inspect-volume.ts';
import { readVolume } from '../../../engine/volumes/volume-store.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { inspectAll } from '../inspect-all.ts';

export const inspect = defineEngineCommand(
  {
    name: 'volume inspect',
    summary: 'display detailed information on volumes',
    usage: '[OPTIONS] VOLUME [VOLUME...]',
    examples: [
      {
        does: 'Where its files are:',
        line: "rundlet volume inspect -f '{{.Mountpoint}}' data",
      },
    ],
    args: { min: 1 },
    flags: {
      format: { type: 'string', alias: 'f', summary: 'Format the output using a Go template' },
    },
  },
  ({ engine, host }, { format }, names) =>
    inspectAll(host, names, format, async (name) => inspectVolume(await readVolume(engine, name))),
);
