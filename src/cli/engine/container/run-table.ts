import type { CommandTable } from '../../table/types.ts';
import { containerFlags } from './create-flags.ts';

export const runTable = {
  name: 'container run',
  summary: 'run a command in a new container',
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  examples: [
    { does: 'One command, and nothing stays:', line: 'rundlet container run --rm busybox ls' },
    { does: 'A shell:', line: 'rundlet container run -it --rm busybox sh' },
    {
      does: 'A service in the background, reached at port 8080:',
      line: 'rundlet container run -d --name web -p 8080:80 httpd',
    },
  ],
  args: { min: 1 },
  stopAtArgument: true,
  flags: {
    ...containerFlags,
    detach: { type: 'boolean', alias: 'd', summary: 'Run in the background and print its ID' },
    'sig-proxy': {
      type: 'boolean',
      default: 'true',
      summary: 'Pass signals on to the process (without a terminal)',
    },
  },
} as const satisfies CommandTable;
