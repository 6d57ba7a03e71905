import { restartContainer } from '../../../engine/life/restart-container.ts';
import { eachContainer } from '../each-container.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { stopFlags, stopOptions } from './stop-flags.ts';

export const restart = defineEngineCommand(
  {
    name: 'container restart',
    summary: 'restart one or more containers',
    usage: '[OPTIONS] CONTAINER [CONTAINER...]',
    args: { min: 1 },
    flags: stopFlags,
  },
  ({ engine }, flags, names) =>
    eachContainer(engine, names, (id) => restartContainer(engine, id, stopOptions(flags)), {
      prefix: (name) => `Cannot restart container ${name}: `,
      plainWhenMissing: true,
    }),
);
