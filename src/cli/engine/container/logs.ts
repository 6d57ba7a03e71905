import { findContainer } from '../../../engine/containers/store.ts';
import type { Engine } from '../../../engine/context.ts';
import { invalidParameter } from '../../../engine/engine-error.ts';
import { readLogs } from '../../../engine/life/read-logs.ts';
import { parseMoment } from '../../../engine/parse-moment.ts';
import type { Moment } from '../../../host/generated/plan.ts';
import { daemonError } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const logs = defineEngineCommand(
  {
    name: 'container logs',
    summary: 'fetch the logs of a container',
    usage: '[OPTIONS] CONTAINER',
    examples: [{ does: 'The last lines, and what comes:', line: 'rundlet logs -f --tail 20 web' }],
    args: { min: 1, max: 1 },
    flags: {
      follow: { type: 'boolean', alias: 'f', summary: 'Follow log output' },
      since: { type: 'string', summary: 'Show logs since a time (or how long ago: 42m)' },
      tail: {
        type: 'string',
        alias: 'n',
        default: 'all',
        summary: 'Number of lines to show from the end of the logs',
      },
      timestamps: { type: 'boolean', alias: 't', summary: 'Show timestamps' },
      until: { type: 'string', summary: 'Show logs before a time (or how long ago: 42m)' },
    },
  },
  async ({ engine }, { follow, since, tail, timestamps, until }, [name = '']) => {
    try {
      await readLogs(engine, await findContainer(engine, name), {
        follow,
        timestamps,
        ...tailOption(tail),
        ...(since && { since: await moment(engine, since) }),
        ...(until && { until: await moment(engine, until) }),
      });
    } catch (error) {
      throw daemonError(error);
    }
    return 0;
  },
);

function tailOption(text: string): { tail?: number } {
  if (text === 'all') return {};
  if (!/^[+-]?\d+$/.test(text)) throw invalidParameter(`invalid value for "tail": ${text}`);
  const tail = Number(text);
  return tail < 0 ? {} : { tail };
}

async function moment(engine: Engine, text: string): Promise<Moment> {
  const nanoseconds = parseMoment(text, Date.parse(await engine.now()));
  const second = 1_000_000_000n;
  return { seconds: Number(nanoseconds / second), nanoseconds: Number(nanoseconds % second) };
}
