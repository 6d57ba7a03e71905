import { capabilities } from './capabilities.ts';
import { consoleSize, oomScoreAdj, processCommand, processEnv, processUser } from './process.ts';
import { rlimits } from './rlimits.ts';
import type { ProcessRule } from './rule.ts';
import { execCpuAffinity, scheduler } from './scheduler.ts';

/** Rules on a process, of a config or for exec. */
export const processRules: readonly ProcessRule[] = [
  processCommand,
  processEnv,
  processUser,
  capabilities,
  rlimits,
  consoleSize,
  oomScoreAdj,
  scheduler,
  execCpuAffinity,
];
