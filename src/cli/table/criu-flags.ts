import type { FlagTable } from './types.ts';

/** What checkpoint and restore have in common. */
export const criuFlags = {
  'image-path': { type: 'string', summary: 'path for the criu image files' },
  'work-path': { type: 'string', summary: 'path for saving work files and logs' },
  'tcp-established': { type: 'boolean', summary: 'allow open tcp connections' },
  'ext-unix-sk': { type: 'boolean', summary: 'allow external unix sockets' },
  'shell-job': { type: 'boolean', summary: 'allow shell jobs' },
  'lazy-pages': {
    type: 'boolean',
    summary: 'use userfaultfd to lazily restore memory pages',
  },
  'file-locks': { type: 'boolean', summary: 'handle file locks, for safety' },
  'manage-cgroups-mode': {
    type: 'string',
    summary: 'cgroups mode: soft|full|strict|ignore (default: soft)',
  },
  'empty-ns': {
    type: 'string',
    repeatable: true,
    summary: "create a namespace, but don't restore its properties",
  },
  'auto-dedup': { type: 'boolean', summary: 'enable auto deduplication of memory images' },
} as const satisfies FlagTable;
