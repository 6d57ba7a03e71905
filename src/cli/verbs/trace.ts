import { RundletError } from '../../errors/rundlet-error.ts';
import { systemError } from '../../errors/system-error.ts';
import { defineCommand } from '../command.ts';
import { absolutePath } from '../paths.ts';
import { print } from '../print.ts';
import { traceTable } from '../table/trace.ts';
import type { TraceEvent } from '../trace/record-trace.ts';

const maxBytes = 64 * 2 ** 20;

export const trace = defineCommand(traceTable, async ({ host }, { html }, [file = '']) => {
  const path = absolutePath(host, file);
  let text: string;
  try {
    text = await host.call('readText', { path, max: maxBytes });
  } catch (error) {
    throw systemError(error);
  }
  const events = readEvents(text, file);
  if (html) {
    const { tracePage } = await import('../trace/trace-page.ts');
    await print(host, tracePage(events));
  } else {
    const { traceText } = await import('../trace/trace-rows.ts');
    await print(host, traceText(events));
  }
  return 0;
});

function readEvents(text: string, file: string): TraceEvent[] {
  let parsed: { traceEvents?: unknown };
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = {};
  }
  const events = parsed?.traceEvents;
  if (Array.isArray(events) && events.every(isEvent)) return events;
  throw new RundletError('ERR_RUNDLET_USAGE', `${file} is no trace`, {
    hint: 'it is written by `rundlet run --trace FILE`',
  });
}

function isEvent(event: Partial<TraceEvent> | null): event is TraceEvent {
  return (
    typeof event?.name === 'string' &&
    Number.isFinite(event.ts) &&
    Number.isFinite(event.dur) &&
    typeof event.args?.subject === 'string'
  );
}
