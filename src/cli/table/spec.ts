import type { CommandTable } from './types.ts';

export const specTable = {
  name: 'spec',
  summary: 'create a new specification file',
  usage: '',
  description: `The spec command creates the new specification file named "config.json" for the
bundle. It is a starter file: edit it, "args" for example, for what you need.`,
  examples: [{ does: 'A bundle that an ordinary user can run:', line: 'rundlet spec --rootless' }],
  args: { min: 0, max: 0 },
  flags: {
    bundle: { type: 'string', alias: 'b', summary: 'path to the root of the bundle directory' },
    rootless: { type: 'boolean', summary: 'generate a configuration for a rootless container' },
  },
} as const satisfies CommandTable;
