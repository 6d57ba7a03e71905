import type { CommandTable } from './types.ts';

export const execTable = {
  name: 'exec',
  summary: 'execute new process inside the container',
  usage: '<container-id> <command> [command options]  || -p process.json <container-id>',
  notes: `Where "<container-id>" is the name for the instance of the container and
"<command>" is the command to be executed in the container.
"<command>" can't be empty unless a "-p" flag provided.`,
  examples: [
    { does: 'List the processes of a container:', line: 'rundlet exec web1 ps' },
    {
      does: 'With a variable and another user:',
      line: 'rundlet exec -e A=B -u 1000:1000 web1 env',
    },
  ],
  args: { min: 1 },
  stopAtArgument: true,
  flags: {
    'console-socket': {
      type: 'string',
      summary:
        "path to an AF_UNIX socket which will receive a file descriptor referencing the master end of the console's pseudoterminal",
    },
    'pidfd-socket': {
      type: 'string',
      summary:
        'path to an AF_UNIX socket which will receive a file descriptor referencing the exec process',
    },
    cwd: { type: 'string', summary: 'current working directory in the container' },
    env: { type: 'string', alias: 'e', repeatable: true, summary: 'set environment variables' },
    tty: { type: 'boolean', alias: 't', summary: 'allocate a pseudo-TTY' },
    user: { type: 'string', alias: 'u', summary: 'UID (format: <uid>[:<gid>])' },
    'additional-gids': {
      type: 'string',
      alias: 'g',
      repeatable: true,
      summary: 'additional gids',
    },
    process: { type: 'string', alias: 'p', summary: 'path to the process.json' },
    detach: { type: 'boolean', alias: 'd', summary: "detach from the container's process" },
    'pid-file': { type: 'string', summary: 'specify the file to write the process id to' },
    'process-label': {
      type: 'string',
      summary: 'set the asm process label for the process commonly used with selinux',
    },
    apparmor: { type: 'string', summary: 'set the apparmor profile for the process' },
    'no-new-privs': {
      type: 'boolean',
      summary: 'set the no new privileges value for the process',
    },
    cap: {
      type: 'string',
      alias: 'c',
      repeatable: true,
      summary: 'add a capability to the bounding set for the process',
    },
    'preserve-fds': {
      type: 'integer',
      default: '0',
      summary:
        'pass N additional file descriptors to the container (stdio + $LISTEN_FDS + N in total)',
    },
    cgroup: {
      type: 'string',
      repeatable: true,
      summary: 'run the process in an (existing) sub-cgroup(s). Format is [<controller>:]<cgroup>.',
    },
    'ignore-paused': { type: 'boolean', summary: 'allow exec in a paused container' },
    'no-subreaper': { type: 'boolean', hidden: true, summary: 'ignored' },
  },
} as const satisfies CommandTable;
