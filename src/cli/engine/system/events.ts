import { parseFilters } from '../../../engine/containers/parse-filters.ts';
import { dockerJson } from '../../../engine/docker-json.ts';
import { type EngineEvent, eventFilterKeys, eventLine } from '../../../engine/events/event.ts';
import { readEvents } from '../../../engine/events/read-events.ts';
import { parseTemplate } from '../../../engine/format/parse-template.ts';
import { renderTemplate } from '../../../engine/format/render-template.ts';
import { parseMoment } from '../../../engine/parse-moment.ts';
import { isHostError } from '../../../host/host-error.ts';
import { print } from '../../print.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const events = defineEngineCommand(
  {
    name: 'system events',
    summary: 'get events of containers, images, volumes and networks as they come',
    usage: '[OPTIONS]',
    notes:
      'Commands record what they do in the data root; nothing runs for it. The last 8 to 16 MiB are kept.',
    examples: [
      {
        does: 'What ended in the last hour:',
        line: 'rundlet system events --since 1h --until 0s --filter event=die',
      },
    ],
    args: { min: 0, max: 0 },
    flags: {
      filter: {
        type: 'string',
        alias: 'f',
        value: 'filter',
        repeatable: true,
        summary: 'Filter output based on conditions provided',
      },
      format: { type: 'string', summary: "Format the output: 'json' or a Go template" },
      since: { type: 'string', summary: 'Show all events created since timestamp' },
      until: { type: 'string', summary: 'Stream events until this timestamp' },
    },
  },
  async ({ engine, host }, { filter, format, since, until }) => {
    const now = Date.parse(await engine.now());
    const moment = (text: string | undefined) => (text ? parseMoment(text, now) : undefined);
    const filters = parseFilters(filter, eventFilterKeys);
    const show = renderer(format);
    const query = { since: moment(since), until: moment(until), filters };
    for await (const event of readEvents(engine, query)) {
      try {
        await print(host, `${show(event)}\n`);
      } catch (error) {
        // Nobody reads on.
        if (isHostError(error, 'EPIPE')) return 0;
        throw error;
      }
    }
    return 0;
  },
);

function renderer(format: string | undefined): (event: EngineEvent) => string {
  if (!format) return eventLine;
  if (format === 'json' || /^\{\{\s*json\s+\.\s*\}\}$/.test(format)) return dockerJson;
  const nodes = parseTemplate(format.replaceAll('\\t', '\t').replaceAll('\\n', '\n'));
  return (event) => renderTemplate(nodes, { status: '', id: '', from: '', ...event });
}
