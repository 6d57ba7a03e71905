import type { CommandTable } from './types.ts';

export const stateTable = {
  name: 'state',
  summary: 'output the state of a container',
  usage: '<container-id>',
  notes: `Where "<container-id>" is your name for the instance of the container.`,
  args: { min: 1, max: 1 },
  flags: {},
} as const satisfies CommandTable;
