import type { CommandTable } from './types.ts';

export const doctorTable = {
  name: 'doctor',
  summary: 'look whether this machine can run containers, and say what to do where it cannot',
  usage: '',
  description: 'Changes nothing. Exits with 1 when no container could start.',
  examples: [],
  args: { min: 0, max: 0 },
  flags: {
    json: { type: 'boolean', summary: 'print the list as JSON' },
  },
} as const satisfies CommandTable;
