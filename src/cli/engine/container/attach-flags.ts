import type { FlagTable } from '../../table/types.ts';

/** Flags of all verbs that attach. */
export const attachFlags = {
  'detach-keys': { type: 'string', summary: 'Keys that detach from the container' },
  'sig-proxy': {
    type: 'boolean',
    default: 'true',
    summary: 'Pass signals on to the process (without a terminal)',
  },
} as const satisfies FlagTable;
