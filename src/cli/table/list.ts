import type { CommandTable } from './types.ts';

export const listTable = {
  name: 'list',
  summary: 'lists containers started by rundlet with the given root',
  usage: '',
  notes: `Where the given root is specified via the global option "--root"
(default: "/run/rundlet").`,
  examples: [
    { does: 'List the containers of the default root:', line: 'rundlet list' },
    { does: 'List those of another root:', line: 'rundlet --root value list' },
  ],
  args: { min: 0, max: 0 },
  flags: {
    format: {
      type: 'string',
      alias: 'f',
      default: 'table',
      summary: 'select one of: table or json',
    },
    quiet: { type: 'boolean', alias: 'q', summary: 'display only container IDs' },
  },
} as const satisfies CommandTable;
