import type { FlagTable } from './types.ts';

/** What create and run have in common. */
export const createFlags = {
  bundle: {
    type: 'string',
    alias: 'b',
    summary: 'path to the root of the bundle directory, defaults to the current directory',
  },
  config: {
    type: 'string',
    alias: 'f',
    summary: 'path to the configuration, instead of config.json in the bundle',
  },
  'console-socket': {
    type: 'string',
    summary:
      "path to an AF_UNIX socket which will receive a file descriptor referencing the master end of the console's pseudoterminal",
  },
  'pidfd-socket': {
    type: 'string',
    summary:
      'path to an AF_UNIX socket which will receive a file descriptor referencing the init process',
  },
  'pid-file': { type: 'string', summary: 'specify the file to write the process id to' },
  'no-pivot': {
    type: 'boolean',
    summary:
      'do not use pivot root to jail process inside rootfs. This should be used whenever the rootfs is on top of a ramdisk',
  },
  'no-new-keyring': {
    type: 'boolean',
    summary:
      'do not create a new session keyring for the container. This will cause the container to inherit the calling processes session key',
  },
  'preserve-fds': {
    type: 'integer',
    default: '0',
    summary:
      'pass N additional file descriptors to the container (stdio + $LISTEN_FDS + N in total)',
  },
  'no-subreaper': { type: 'boolean', hidden: true, summary: 'ignored' },
} as const satisfies FlagTable;
