import { inspectImage } from '../../../engine/images/inspect-image.ts';
import { resolveImage } from '../../../engine/images/resolve-image.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { inspectAll } from '../inspect-all.ts';

export const inspect = defineEngineCommand(
  {
    name: 'image inspect',
    summary: 'display detailed information on images',
    usage: '[OPTIONS] IMAGE [IMAGE...]',
    args: { min: 1 },
    flags: {
      format: { type: 'string', alias: 'f', summary: 'Format the output using a Go template' },
    },
  },
  ({ engine, host }, { format }, names) =>
    inspectAll(host, names, format, async (name) =>
      inspectImage(engine, await resolveImage(engine, name)),
    ),
);
