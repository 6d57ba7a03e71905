import type { CommandTable } from './types.ts';

export const psTable = {
  name: 'ps',
  summary: 'ps displays the processes running inside a container',
  usage: '<container-id> [ps options]',
  args: { min: 1 },
  stopAtArgument: true,
  flags: {
    format: {
      type: 'string',
      alias: 'f',
      default: 'table',
      summary: 'select one of: table or json',
    },
  },
} as const satisfies CommandTable;
