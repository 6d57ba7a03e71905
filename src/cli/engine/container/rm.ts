import { removeByUser } from '../../../engine/life/remove-by-user.ts';
import { eachContainer } from '../each-container.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const rm = defineEngineCommand(
  {
    name: 'container rm',
    summary: 'remove one or more containers',
    usage: '[OPTIONS] CONTAINER [CONTAINER...]',
    examples: [{ does: 'With its volumes, whether it runs or not:', line: 'rundlet rm -fv box' }],
    args: { min: 1 },
    flags: {
      force: { type: 'boolean', alias: 'f', summary: 'Kill the container first when it runs' },
      volumes: {
        type: 'boolean',
        alias: 'v',
        summary: 'Remove anonymous volumes associated with the container',
      },
    },
  },
  ({ engine }, { force, volumes }, names) =>
    eachContainer(engine, names, (id) => removeByUser(engine, id, { force, volumes }), {}),
);
