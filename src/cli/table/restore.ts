import { criuFlags } from './criu-flags.ts';
import type { CommandTable } from './types.ts';

export const restoreTable = {
  name: 'restore',
  summary: 'restore a container from a previous checkpoint (not supported yet)',
  usage: '<container-id>',
  notes: `Where "<container-id>" is the name for the instance of the container to be
restored.`,
  description: 'The command line is read and checked; then the command ends with an error.',
  args: { min: 1, max: 1 },
  unsupported: true,
  flags: {
    ...criuFlags,
    'console-socket': {
      type: 'string',
      summary:
        "path to an AF_UNIX socket which will receive a file descriptor referencing the master end of the console's pseudoterminal",
    },
    bundle: { type: 'string', alias: 'b', summary: 'path to the root of the bundle directory' },
    detach: { type: 'boolean', alias: 'd', summary: "detach from the container's process" },
    'pid-file': { type: 'string', summary: 'specify the file to write the process id to' },
    'no-subreaper': { type: 'boolean', hidden: true, summary: 'ignored' },
    'no-pivot': { type: 'boolean', summary: 'do not use pivot root' },
    'lsm-profile': {
      type: 'string',
      summary: 'LSM profile to be used during restore in the form of TYPE:NAME',
    },
    'lsm-mount-context': {
      type: 'string',
      summary: 'LSM mount context to be used during restore',
    },
  },
} as const satisfies CommandTable;
