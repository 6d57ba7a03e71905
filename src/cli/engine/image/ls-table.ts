import type { CommandTable } from '../../table/types.ts';

export const lsTable = {
  name: 'image ls',
  summary: 'list images',
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  args: { min: 0, max: 1 },
  flags: {
    all: {
      type: 'boolean',
      alias: 'a',
      summary: 'Also images without a name on which others were built',
    },
    digests: { type: 'boolean', summary: 'Show digests' },
    filter: {
      type: 'string',
      alias: 'f',
      repeatable: true,
      value: 'filter',
      summary: 'Only some: before, dangling, label, reference, since or until=VALUE',
    },
    format: {
      type: 'string',
      summary: "'table', 'json', or a Go template for each line",
    },
    'no-trunc': { type: 'boolean', summary: 'Show whole ids' },
    quiet: { type: 'boolean', alias: 'q', summary: 'Show only ids' },
  },
} as const satisfies CommandTable;
