import type { CommandTable } from './types.ts';

export const killTable = {
  name: 'kill',
  summary: "kill sends the specified signal (default: SIGTERM) to the container's init process",
  usage: '<container-id> [signal]',
  notes: `Where "<container-id>" is the name for the instance of the container and
"[signal]" is the signal to be sent to the init process.`,
  examples: [{ does: 'Send SIGKILL:', line: 'rundlet kill web1 KILL' }],
  args: { min: 1, max: 2 },
  stopAtArgument: true,
  flags: {
    all: {
      type: 'boolean',
      alias: 'a',
      hidden: true,
      summary: 'send the specified signal to all processes inside the container',
    },
    regex: {
      type: 'boolean',
      alias: 'r',
      summary: 'the argument is a regular expression: all containers whose ID it matches',
    },
  },
} as const satisfies CommandTable;
