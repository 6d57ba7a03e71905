import type { CommandTable } from '../../table/types.ts';
import { containerFlags } from './create-flags.ts';

const { 'detach-keys': _, ...flags } = containerFlags;

export const createTable = {
  name: 'container create',
  summary: 'create a container from an image, without starting it',
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  examples: [
    {
      does: 'A shell that waits to be started:',
      line: 'rundlet container create -it --name box busybox sh',
    },
  ],
  args: { min: 1 },
  stopAtArgument: true,
  flags,
} as const satisfies CommandTable;
