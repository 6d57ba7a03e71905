import { defaultDataRoot, defaultExecRoot } from '../../engine/engine-paths.ts';
import type { FlagTable } from '../table/types.ts';

/** Flags of every topic; they may stand before it, after it, and among the verb's flags. */
export const engineFlags = {
  'data-root': {
    type: 'string',
    value: 'dir',
    default: defaultDataRoot,
    summary: 'Directory of images, layers, containers and volumes',
  },
  'exec-root': {
    type: 'string',
    value: 'dir',
    default: defaultExecRoot,
    summary: 'Directory of what lives only while containers run',
  },
} as const satisfies FlagTable;
