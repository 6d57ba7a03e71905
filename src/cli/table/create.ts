import { createFlags } from './launch-flags.ts';
import type { CommandTable } from './types.ts';

export const createTable = {
  name: 'create',
  summary: 'create a container',
  usage: '<container-id>',
  notes: `Where "<container-id>" is your name for the instance of the container that you
are starting. The name you provide for the container instance must be unique on
your host.`,
  description: `The create command creates an instance of a container for a bundle. The bundle
is a directory with a specification file named "config.json" and a root
filesystem. Its program waits until "rundlet start".`,
  examples: [
    { does: 'Create from the bundle in /srv/web:', line: 'rundlet create -b /srv/web web1' },
  ],
  args: { min: 1, max: 1 },
  // go-runc may send --detach to create; it says nothing there.
  flags: {
    ...createFlags,
    detach: { type: 'boolean', alias: 'd', hidden: true, summary: 'ignored' },
  },
} as const satisfies CommandTable;
