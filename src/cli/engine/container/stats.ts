import type { Container } from '../../../engine/containers/record.ts';
import { type StatsRow, statsRow } from '../../../engine/containers/stats-row.ts';
import { findContainer, listContainers, readById } from '../../../engine/containers/store.ts';
import { containerUsage, type Usage } from '../../../engine/containers/usage.ts';
import type { Engine } from '../../../engine/context.ts';
import { formatRows } from '../../../engine/format/format-rows.ts';
import { isHostError } from '../../../host/host-error.ts';
import { print } from '../../print.ts';
import { defineEngineCommand } from '../engine-command.ts';

const table =
  '{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}';
const headers = {
  Container: 'CONTAINER',
  ID: 'CONTAINER ID',
  Name: 'NAME',
  CPUPerc: 'CPU %',
  MemUsage: 'MEM USAGE / LIMIT',
  MemPerc: 'MEM %',
  NetIO: 'NET I/O',
  BlockIO: 'BLOCK I/O',
  PIDs: 'PIDS',
};
const between = 1000;
/** The screen is cleared and written from its first line on. */
const clear = '\u001b[2J\u001b[H';

export const stats = defineEngineCommand(
  {
    name: 'container stats',
    summary: "display a live stream of containers' resource usage statistics",
    usage: '[OPTIONS] [CONTAINER...]',
    notes: 'CPU % is of one processor, over the last second.',
    args: { min: 0 },
    flags: {
      all: {
        type: 'boolean',
        alias: 'a',
        summary: 'Show all containers (default shows just running)',
      },
      format: {
        type: 'string',
        summary: "Format of the output: 'table', 'table TEMPLATE', 'json' or a Go template",
      },
      'no-stream': {
        type: 'boolean',
        summary: 'Disable streaming stats and only pull the first result',
      },
      'no-trunc': { type: 'boolean', summary: 'Do not truncate output' },
    },
  },
  async ({ engine, host }, flags, names) => {
    const wanted: Asked[] = [];
    for (const name of names) wanted.push({ name, id: await findContainer(engine, name) });
    const look = () => snapshot(engine, wanted, flags.all);
    const format = flags.format || 'table';
    let before = await look();
    for (;;) {
      await host.call('pause', { milliseconds: between });
      const after = await look();
      const rows = compare(before, after, flags['no-trunc']);
      const text = formatRows({ format, table, headers, rows });
      if (!(await shown(() => print(host, flags['no-stream'] ? text : clear + text)))) return 0;
      if (flags['no-stream'] || (wanted.length > 0 && after.length === 0)) return 0;
      before = after;
    }
  },
);

interface Asked {
  name: string;
  id: string;
}

interface Look {
  asked: string;
  container: Container;
  usage: Usage | undefined;
}

/** Those that were named and are still there, or all that run, newest first. */
async function snapshot(engine: Engine, wanted: readonly Asked[], all: boolean): Promise<Look[]> {
  const looks: Look[] = [];
  const add = async (container: Container, asked: string) => {
    const usage = await containerUsage(engine.host, container);
    looks.push({ asked, container, usage });
  };
  for (const { name, id } of wanted) {
    const container = await readById(engine, id);
    if (container) await add(container, name);
  }
  if (wanted.length > 0) return looks;
  const containers = (await listContainers(engine)).sort((one, other) =>
    one.config.Created < other.config.Created ? 1 : -1,
  );
  for (const container of containers) {
    if (all || container.config.State.Running) await add(container, container.id.slice(0, 12));
  }
  return looks;
}

function compare(before: readonly Look[], after: readonly Look[], noTrunc: boolean): StatsRow[] {
  return after.map(({ asked, container, usage }) => {
    const earlier = before.find((look) => look.container.id === container.id);
    return statsRow(container, asked, earlier?.usage, usage, noTrunc);
  });
}

/** False when nobody reads on. */
async function shown(show: () => Promise<void>): Promise<boolean> {
  try {
    await show();
    return true;
  } catch (error) {
    if (isHostError(error, 'EPIPE')) return false;
    throw error;
  }
}
