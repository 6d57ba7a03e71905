import { waitContainer } from '../../../engine/life/wait-container.ts';
import { eachContainer } from '../each-container.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const wait = defineEngineCommand(
  {
    name: 'container wait',
    summary: 'block until one or more containers stop, then print their exit codes',
    usage: 'CONTAINER [CONTAINER...]',
    args: { min: 1 },
    flags: {},
  },
  ({ engine }, _flags, names) =>
    eachContainer(engine, names, async (id) => String(await waitContainer(engine, id))),
);
