import { stopContainer } from '../../../engine/life/stop-container.ts';
import { eachContainer } from '../each-container.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { stopFlags, stopOptions } from './stop-flags.ts';

export const stop = defineEngineCommand(
  {
    name: 'container stop',
    summary: 'stop one or more running containers',
    usage: '[OPTIONS] CONTAINER [CONTAINER...]',
    examples: [{ does: 'At once:', line: 'rundlet container stop -t 0 box' }],
    args: { min: 1 },
    flags: stopFlags,
  },
  (context, flags, names) =>
    eachContainer(
      context.engine,
      names,
      (id) => stopContainer(context.engine, id, stopOptions(flags)),
      { prefix: (name) => `Cannot stop container: ${name}: `, plainWhenMissing: true },
    ),
);
