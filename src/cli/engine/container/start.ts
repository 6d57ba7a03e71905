import { startContainer } from '../../../engine/start/start-container.ts';
import { printError } from '../../print.ts';
import { eachContainer } from '../each-container.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const start = defineEngineCommand(
  {
    name: 'container start',
    summary: 'start one or more stopped containers',
    usage: '[OPTIONS] CONTAINER [CONTAINER...]',
    args: { min: 1 },
    flags: {},
  },
  async ({ engine, host }, _flags, names) =>
    eachContainer(engine, names, (id) => startContainer(engine, id), {
      failed: (failed) =>
        printError(host, `Error: failed to start containers: ${failed.join(', ')}\n`),
    }),
);
