import { unpauseContainer } from '../../../engine/life/freeze-container.ts';
import { eachContainer } from '../each-container.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const unpause = defineEngineCommand(
  {
    name: 'container unpause',
    summary: 'unpause all processes within one or more containers',
    usage: 'CONTAINER [CONTAINER...]',
    args: { min: 1 },
    flags: {},
  },
  ({ engine }, _flags, names) => eachContainer(engine, names, (id) => unpauseContainer(engine, id)),
);
