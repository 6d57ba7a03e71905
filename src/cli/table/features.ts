import type { CommandTable } from './types.ts';

export const featuresTable = {
  name: 'features',
  summary: 'show the enabled features',
  usage: '',
  description: `Show the enabled features, as features.md of the runtime-spec defines it.`,
  args: { min: 0, max: 0 },
  flags: {},
} as const satisfies CommandTable;
