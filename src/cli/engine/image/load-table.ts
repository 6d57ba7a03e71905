import type { CommandTable } from '../../table/types.ts';

export const loadTable = {
  name: 'image load',
  summary: 'load images from an archive',
  usage: '[OPTIONS]',
  notes:
    'Reads the archive of docker save, or an OCI layout as tar file or directory; plain, or compressed by gzip or zstd.',
  examples: [
    { does: 'From a file:', line: 'rundlet image load -i busybox.tar' },
    { does: 'From standard input:', line: 'docker save busybox | rundlet load' },
  ],
  args: { min: 0, max: 0 },
  flags: {
    input: {
      type: 'string',
      alias: 'i',
      value: 'file',
      summary: 'Read from a file or a directory, instead of standard input',
    },
    quiet: { type: 'boolean', alias: 'q', summary: 'Say only which images were loaded' },
  },
} as const satisfies CommandTable;
