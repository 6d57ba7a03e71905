import { buildInfo } from '../host/build-info.ts';
import { nodeHost } from '../host/node-host.ts';
import type { Program } from './command.ts';

/** The program in Node. */
export function nodeProgram(): Program {
  const now = () => performance.timeOrigin + performance.now();
  return { host: nodeHost(), ...buildInfo, now };
}
