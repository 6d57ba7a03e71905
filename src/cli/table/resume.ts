import type { CommandTable } from './types.ts';

export const resumeTable = {
  name: 'resume',
  summary: 'resumes all processes that have been previously paused',
  usage: '<container-id>',
  notes: `Where "<container-id>" is the name for the instance of the container to be
resumed.`,
  description: `The resume command resumes all processes in the instance of the container.
Use "rundlet list" to identify instances of containers and their current status.`,
  args: { min: 1, max: 1 },
  flags: {},
} as const satisfies CommandTable;
