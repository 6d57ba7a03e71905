import { readSignal } from '../../../engine/life/kill-container.ts';
import type { StopOptions } from '../../../engine/life/stop-container.ts';
import type { FlagTable, FlagValues } from '../../table/types.ts';

/** Flags of `stop` and `restart`. */
export const stopFlags = {
  signal: { type: 'string', alias: 's', summary: 'Signal to send to the container' },
  time: {
    type: 'integer',
    alias: 't',
    summary: 'Seconds to wait before killing the container (default 10)',
  },
  timeout: { type: 'integer', hidden: true, summary: 'Seconds to wait before killing it' },
} as const satisfies FlagTable;

export function stopOptions({
  signal,
  time,
  timeout = time,
}: FlagValues<typeof stopFlags>): StopOptions {
  return {
    ...(signal !== undefined && { signal: readSignal(signal) }),
    ...(timeout !== undefined && { timeout }),
  };
}
