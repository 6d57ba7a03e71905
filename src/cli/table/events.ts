import type { CommandTable } from './types.ts';

export const eventsTable = {
  name: 'events',
  summary:
    'display container events such as OOM notifications, cpu, memory, and IO usage statistics',
  usage: '<container-id>',
  notes: `Where "<container-id>" is the name for the instance of the container.`,
  description: `The events command displays information about the container, one JSON object a
line, until the container's process ends. By default statistics are displayed
once every 5 seconds.`,
  examples: [{ does: 'What it uses now:', line: 'rundlet events --stats web1' }],
  args: { min: 1, max: 1 },
  flags: {
    interval: {
      type: 'string',
      default: '5s',
      summary: 'set the stats collection interval, as 1m30s or 100ms',
    },
    stats: { type: 'boolean', summary: "display the container's stats then exit" },
  },
} as const satisfies CommandTable;
