import { criuFlags } from './criu-flags.ts';
import type { CommandTable } from './types.ts';

export const checkpointTable = {
  name: 'checkpoint',
  summary: 'checkpoint a running container (not supported yet)',
  usage: '<container-id>',
  notes: `Where "<container-id>" is the name for the instance of the container to be
checkpointed.`,
  description: `The command line is read and checked; then the command ends with an error, and the
container goes on.`,
  args: { min: 1, max: 1 },
  unsupported: true,
  flags: {
    ...criuFlags,
    'parent-path': {
      type: 'string',
      summary: 'path for previous criu image files in pre-dump',
    },
    'leave-running': {
      type: 'boolean',
      summary: 'leave the process running after checkpointing',
    },
    'tcp-skip-in-flight': { type: 'boolean', summary: 'skip in-flight tcp connections' },
    'link-remap': {
      type: 'boolean',
      summary: 'allow one to link unlinked files back when possible',
    },
    'status-fd': {
      type: 'integer',
      default: '-1',
      summary: 'criu writes \\0 to this FD once lazy-pages is ready',
    },
    'page-server': { type: 'string', summary: 'ADDRESS:PORT of the page server' },
    'pre-dump': {
      type: 'boolean',
      summary: "dump container's memory information only, leave the container running after this",
    },
  },
} as const satisfies CommandTable;
