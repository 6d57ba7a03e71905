import { inspectContainer } from '../../../engine/containers/inspect-container.ts';
import { lookedAt } from '../../../engine/life/looked-at.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { inspectAll } from '../inspect-all.ts';

export const inspect = defineEngineCommand(
  {
    name: 'container inspect',
    summary: 'display detailed information on containers',
    usage: '[OPTIONS] CONTAINER [CONTAINER...]',
    examples: [
      {
        does: 'One field:',
        line: "rundlet container inspect -f '{{.State.Status}}' box",
      },
    ],
    args: { min: 1 },
    flags: {
      format: { type: 'string', alias: 'f', summary: 'Format the output using a Go template' },
      size: { type: 'boolean', alias: 's', summary: 'Display total file sizes' },
    },
  },
  ({ engine, host }, { format, size }, names) =>
    inspectAll(host, names, format, async (name) =>
      inspectContainer(engine, await lookedAt(engine, name), { size }),
    ),
);
