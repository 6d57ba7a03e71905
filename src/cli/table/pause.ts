import type { CommandTable } from './types.ts';

export const pauseTable = {
  name: 'pause',
  summary: 'pause suspends all processes inside the container',
  usage: '<container-id>',
  notes: `Where "<container-id>" is the name for the instance of the container to be
paused.`,
  description: `The pause command suspends all processes in the instance of the container.
Use "rundlet list" to identify instances of containers and their current status.`,
  args: { min: 1, max: 1 },
  flags: {},
} as const satisfies CommandTable;
