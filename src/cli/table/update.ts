import type { CommandTable } from './types.ts';

export const updateTable = {
  name: 'update',
  summary: 'update container resource constraints',
  usage: '<container-id>',
  notes: `Where "<container-id>" is the name for the instance of the container.`,
  description: `The update command changes the limits of a container. What is not given, and what
is 0, stays as it is. Sizes are bytes, or have a unit: 64m, 1.5GiB. Either all is
changed or, where the kernel refuses a part, nothing.`,
  examples: [
    { does: 'Give it more memory:', line: 'rundlet update --memory 512m web1' },
    {
      does: 'From a file, or from standard input:',
      line: 'echo \'{"cpu":{"shares":512}}\' | rundlet update -r - web1',
    },
  ],
  args: { min: 1, max: 1 },
  flags: {
    resources: {
      type: 'string',
      alias: 'r',
      summary:
        "path to the file containing the resources to update, as linux.resources of config.json, or '-' to read from the standard input; other options are then ignored",
    },
    'blkio-weight': {
      type: 'integer',
      summary: 'specifies per cgroup weight, range is from 10 to 1000',
    },
    'cpu-period': {
      type: 'string',
      summary: 'CPU CFS period to be used for hardcapping (in usecs). 0 to use system default',
    },
    'cpu-quota': {
      type: 'string',
      summary: 'CPU CFS hardcap limit (in usecs). Allowed cpu time in a given period',
    },
    'cpu-burst': {
      type: 'string',
      summary:
        'CPU CFS hardcap burst limit (in usecs). Allowed accumulated cpu time additionally for burst a given period',
    },
    'cpu-share': { type: 'string', summary: 'CPU shares (relative weight vs. other containers)' },
    'cpu-rt-period': {
      type: 'string',
      summary: 'CPU realtime period to be used for hardcapping (in usecs). 0 to use system default',
    },
    'cpu-rt-runtime': {
      type: 'string',
      summary: 'CPU realtime hardcap limit (in usecs). Allowed cpu time in a given period',
    },
    'cpuset-cpus': { type: 'string', summary: 'CPU(s) to use' },
    'cpuset-mems': { type: 'string', summary: 'memory node(s) to use' },
    'cpu-idle': {
      type: 'string',
      summary: 'set cgroup SCHED_IDLE or not, 0: default behavior, 1: SCHED_IDLE',
    },
    memory: { type: 'string', summary: 'memory limit (in bytes); -1 for none' },
    'memory-reservation': {
      type: 'string',
      summary: 'memory reservation or soft_limit (in bytes)',
    },
    'memory-swap': {
      type: 'string',
      summary: "total memory usage (memory + swap); set '-1' to enable unlimited swap",
    },
    'kernel-memory': { type: 'string', hidden: true, summary: 'ignored' },
    'kernel-memory-tcp': { type: 'string', hidden: true, summary: 'ignored' },
    'pids-limit': {
      type: 'integer',
      summary: 'maximum number of pids allowed in the container; -1 for no limit',
    },
    'l3-cache-schema': { type: 'string', summary: 'the string of Intel RDT/CAT L3 cache schema' },
    'mem-bw-schema': {
      type: 'string',
      summary: 'the string of Intel RDT/MBA memory bandwidth schema',
    },
  },
} as const satisfies CommandTable;
