import type { CommandTable } from './types.ts';

export const startTable = {
  name: 'start',
  summary: 'executes the user defined process in a created container',
  usage: '<container-id>',
  notes: `Where "<container-id>" is your name for the instance of the container that you
are starting.`,
  args: { min: 1, max: 1 },
  flags: {},
} as const satisfies CommandTable;
