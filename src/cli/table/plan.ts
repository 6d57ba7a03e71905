import type { CommandTable } from './types.ts';

export const planTable = {
  name: 'plan',
  summary: 'show every step that create would do for a bundle, without doing any',
  usage: '',
  description: `Each step is one act in the kernel, with the place in config.json that asks for it.`,
  examples: [
    { does: 'As JSON, the way it is handed to the mechanism:', line: 'rundlet plan --json' },
  ],
  args: { min: 0, max: 1 },
  flags: {
    bundle: {
      type: 'string',
      alias: 'b',
      summary: 'path to the root of the bundle directory, defaults to the current directory',
    },
    json: { type: 'boolean', summary: 'print the plan as JSON' },
  },
} as const satisfies CommandTable;
