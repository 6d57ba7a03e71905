import { systemError } from '../../errors/system-error.ts';
import { parseLossless } from '../../spec/parse-lossless.ts';
import type { Engine } from '../context.ts';
import { type EngineEvent, type EventFilters, eventFits } from './event.ts';
import { eventsPath } from './record-event.ts';

export interface EventsQuery {
  /** Nanoseconds since 1970; without it what comes from now on. */
  since: bigint | undefined;
  /** The stream ends there; without it never. */
  until: bigint | undefined;
  filters: EventFilters;
}

/** Events in their order: those that were, and then, unless `until` has passed, each as it comes. */
export async function* readEvents(
  engine: Engine,
  { since, until, filters }: EventsQuery,
): AsyncGenerator<EngineEvent> {
  const { host } = engine;
  const follow = until === undefined || until > (await now(engine));
  try {
    if (follow) {
      await host.call('makeDirectory', { path: engine.paths.own, mode: 0o700, parents: true });
    }
    const fromEnd = since === undefined;
    const { handle } = await host.call('tailOpen', { path: eventsPath(engine), follow, fromEnd });
    try {
      for (;;) {
        const timeout = until === undefined ? {} : { timeout: remaining(until, await now(engine)) };
        const { text, ended } = await host.call('tailNext', {
          handle,
          ...timeout,
          ...(engine.cancel !== undefined && { cancel: engine.cancel }),
        });
        for (const event of parseLines(text)) {
          const time = BigInt(event.timeNano);
          if (until !== undefined && time > until) return;
          if ((since === undefined || time >= since) && eventFits(event, filters)) yield event;
        }
        if (ended && (!follow || (until !== undefined && (await now(engine)) >= until))) return;
      }
    } finally {
      await host.call('tailClose', { handle });
    }
  } catch (error) {
    throw systemError(error);
  }
}

async function now({ host }: Engine): Promise<bigint> {
  const { seconds, nanoseconds } = await host.call('clock', null);
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
}

/** Milliseconds, rounded up; at most what the operation takes. */
function remaining(until: bigint, present: bigint): number {
  if (until <= present) return 0;
  return Math.min(Number((until - present + 999_999n) / 1_000_000n), 2 ** 31);
}

/** What is no event (half a line of a machine that crashed) is left out. */
function parseLines(text: string): EngineEvent[] {
  return text.split('\n').flatMap((line): EngineEvent[] => {
    if (line === '') return [];
    try {
      const event = parseLossless(line) as unknown as EngineEvent;
      return typeof event.Type === 'string' && event.Actor ? [event] : [];
    } catch {
      return [];
    }
  });
}
