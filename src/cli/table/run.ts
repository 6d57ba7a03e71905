import { createFlags } from './launch-flags.ts';
import type { CommandTable } from './types.ts';

export const runTable = {
  name: 'run',
  summary: 'create and run a container',
  usage: '<container-id>',
  notes: `Where "<container-id>" is your name for the instance of the container that you
are starting. The name you provide for the container instance must be unique on
your host.`,
  description: `The run command creates an instance of a container for a bundle, starts it, waits
for its process and removes it. The exit code is the process's, or 128 and the
signal that ended it.`,
  examples: [{ does: 'Run the bundle in the current directory:', line: 'rundlet run web1' }],
  args: { min: 1, max: 1 },
  flags: {
    ...createFlags,
    detach: { type: 'boolean', alias: 'd', summary: "detach from the container's process" },
    trace: {
      type: 'string',
      summary:
        'write what is done on the host, and how long it takes, to a file; see `rundlet trace`',
    },
    keep: { type: 'boolean', summary: 'do not delete the container after it exits' },
  },
} as const satisfies CommandTable;
