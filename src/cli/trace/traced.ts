import { systemError } from '../../errors/system-error.ts';
import type { CommandContext } from '../command.ts';
import { absolutePath } from '../paths.ts';
import { recordingHost, type TraceEvent } from './record-trace.ts';

/** Runs `work` and writes what it did on the host to `file`, also when it failed. */
export async function traced<T>(
  { program, host, runtime }: CommandContext,
  file: string,
  work: (runtime: CommandContext['runtime']) => Promise<T>,
): Promise<T> {
  const events: TraceEvent[] = [];
  const path = absolutePath(host, file);
  try {
    return await work({ ...runtime, host: recordingHost(host, program.now, events) });
  } finally {
    const text = `${JSON.stringify({ traceEvents: events })}\n`;
    try {
      await host.call('writeRecord', { path, text, mode: 0o644, durable: false });
    } catch (error) {
      // The work's own error is the one to tell, and there is none to return to here.
      runtime.warn?.('warning', (systemError(error, 'cannot write the trace') as Error).message);
    }
  }
}
