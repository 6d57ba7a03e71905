import type { CommandTable } from './types.ts';

export const deleteTable = {
  name: 'delete',
  summary: 'delete any resources held by the container often used with detached container',
  usage: '<container-id>',
  notes: `Where "<container-id>" is the name for the instance of the container.`,
  examples: [{ does: 'Remove a stopped container:', line: 'rundlet delete web1' }],
  args: { min: 1, max: 1 },
  flags: {
    force: {
      type: 'boolean',
      alias: 'f',
      summary: 'forcibly deletes the container if it is still running (uses SIGKILL)',
    },
    regex: {
      type: 'boolean',
      alias: 'r',
      summary: 'the argument is a regular expression: all containers whose ID it matches',
    },
  },
} as const satisfies CommandTable;
