import type { Process } from '../spec/generated/config.ts';
import { addStep, type Draft } from './draft.ts';

/** The pty, for a process with `terminal`; an exec gets one without a /dev/console. */
export function planConsole(draft: Draft, pointer: string, process: Process, bind: boolean): void {
  if (!process.terminal) return;
  addStep(draft, `${pointer}/terminal`, {
    console: {
      width: cells(process.consoleSize?.width),
      height: cells(process.consoleSize?.height),
      bind,
      uid: process.user?.uid ?? 0,
    },
  });
}

/** struct winsize has 16 bits. */
function cells(size: number | bigint | undefined): number {
  return Number(size ?? 0) & 0xffff;
}
