import { killContainer, readSignal } from '../../../engine/life/kill-container.ts';
import { eachContainer } from '../each-container.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const kill = defineEngineCommand(
  {
    name: 'container kill',
    summary: 'kill one or more running containers',
    usage: '[OPTIONS] CONTAINER [CONTAINER...]',
    examples: [{ does: 'A signal of your choice:', line: 'rundlet container kill -s HUP box' }],
    args: { min: 1 },
    flags: {
      signal: {
        type: 'string',
        alias: 's',
        default: 'KILL',
        summary: 'Signal to send to the container',
      },
    },
  },
  ({ engine }, { signal }, names) =>
    eachContainer(engine, names, (id) => killContainer(engine, id, readSignal(signal)), {
      prefix: (name) => `Cannot kill container: ${name}: `,
    }),
);
