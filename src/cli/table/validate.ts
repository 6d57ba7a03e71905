import type { CommandTable } from './types.ts';

export const validateTable = {
  name: 'validate',
  summary: "judge a bundle's config.json, without running anything",
  usage: '',
  description:
    'Lists everything that is wrong or doubtful, each with its line and column. Exits with 1 when the config would be refused.',
  examples: [
    { does: 'Refuse also what a runtime would ignore:', line: 'rundlet validate --strict' },
  ],
  args: { min: 0, max: 0 },
  flags: {
    bundle: {
      type: 'string',
      alias: 'b',
      summary: 'path to the root of the bundle directory, defaults to the current directory',
    },
    config: { type: 'string', alias: 'f', summary: 'another config file than the bundle’s' },
    json: { type: 'boolean', summary: 'print the list as JSON' },
    strict: { type: 'boolean', summary: 'warnings are faults: exit with 1' },
  },
} as const satisfies CommandTable;
