import { isHostError } from '../../host/host-error.ts';
import { events as containerEvents } from '../../lifecycle/events.ts';
import { stats } from '../../lifecycle/stats.ts';
import type { ContainerEvent } from '../../lifecycle/stats-types.ts';
import { stringifyJson } from '../../spec/stringify-json.ts';
import { defineCommand } from '../command.ts';
import { parseDuration } from '../durations.ts';
import { print } from '../print.ts';
import { usage } from '../scan-flags.ts';
import { eventsTable } from '../table/events.ts';

export const events = defineCommand(eventsTable, async ({ host, runtime }, flags, [id = '']) => {
  const interval = parseDuration(flags.interval);
  if (interval === undefined) {
    throw usage(`invalid value ${JSON.stringify(flags.interval)} for flag -interval: parse error`);
  }
  if (interval <= 0) throw usage('duration interval must be greater than 0');
  const show = (event: ContainerEvent) => print(host, `${stringifyJson(event)}\n`);
  if (flags.stats) {
    await show({ type: 'stats', id, data: await stats(runtime, id) });
    return 0;
  }
  for await (const event of containerEvents(runtime, { id, interval })) {
    try {
      await show(event);
    } catch (error) {
      // Nobody reads on.
      if (isHostError(error, 'EPIPE')) return 0;
      throw error;
    }
  }
  return 0;
});
