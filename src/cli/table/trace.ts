import type { CommandTable } from './types.ts';

export const traceTable = {
  name: 'trace',
  summary: 'draw what `run --trace FILE` recorded',
  usage: '<file>',
  description: `Every operation on the host with its beginning and its length, up to the moment in
which the container runs. The file is also read by Perfetto and chrome://tracing.`,
  examples: [
    { does: 'As a page for a browser:', line: 'rundlet trace --html start.json > start.html' },
  ],
  args: { min: 1, max: 1 },
  flags: { html: { type: 'boolean', summary: 'print a page that needs nothing else' } },
} as const satisfies CommandTable;
