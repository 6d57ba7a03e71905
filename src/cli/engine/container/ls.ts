import { ancestorIds } from '../../../engine/containers/ancestors.ts';
import { containerSize } from '../../../engine/containers/container-size.ts';
import type { Filters } from '../../../engine/containers/parse-filters.ts';
import { listed, psFilters } from '../../../engine/containers/ps-filters.ts';
import { psRow } from '../../../engine/containers/ps-row.ts';
import { summaries } from '../../../engine/containers/summarize.ts';
import type { Summary } from '../../../engine/containers/summary.ts';
import type { Engine } from '../../../engine/context.ts';
import { formatRows } from '../../../engine/format/format-rows.ts';
import { print } from '../../print.ts';
import { daemonError } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

const columns =
  '{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}';
const headers = {
  ID: 'CONTAINER ID',
  Image: 'IMAGE',
  Command: 'COMMAND',
  CreatedAt: 'CREATED AT',
  RunningFor: 'CREATED',
  State: 'STATE',
  Status: 'STATUS',
  Ports: 'PORTS',
  Names: 'NAMES',
  Size: 'SIZE',
  Labels: 'LABELS',
  Mounts: 'MOUNTS',
  LocalVolumes: 'LOCAL VOLUMES',
  Networks: 'NETWORKS',
  Label: labelHeader,
};
const raw =
  'container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\ncreated_at: {{.CreatedAt}}\nstate: {{- pad .State 1 0}}\nstatus: {{- pad .Status 1 0}}\nnames: {{.Names}}\nlabels: {{- pad .Labels 1 0}}\nports: {{- pad .Ports 1 0}}\n';

export const ls = defineEngineCommand(
  {
    name: 'container ls',
    summary: 'list containers',
    usage: '[OPTIONS]',
    examples: [{ does: 'All, with what they wrote:', line: 'rundlet container ls -a --size' }],
    args: { min: 0, max: 0 },
    flags: {
      all: {
        type: 'boolean',
        alias: 'a',
        summary: 'Show all containers (default shows just running)',
      },
      filter: {
        type: 'string',
        alias: 'f',
        value: 'filter',
        repeatable: true,
        summary: 'Filter output based on conditions provided',
      },
      format: {
        type: 'string',
        summary: "Format of the output: 'table', 'table TEMPLATE', 'json', 'raw' or a Go template",
      },
      last: {
        type: 'integer',
        alias: 'n',
        default: '-1',
        summary: 'Show n last created containers (includes all states)',
      },
      latest: {
        type: 'boolean',
        alias: 'l',
        summary: 'Show the latest created container (includes all states)',
      },
      'no-trunc': { type: 'boolean', summary: "Don't truncate output" },
      quiet: { type: 'boolean', alias: 'q', summary: 'Only display container IDs' },
      size: { type: 'boolean', alias: 's', summary: 'Display total file sizes' },
    },
  },
  async ({ engine, host }, flags) => {
    const filters = readFilters(flags.filter);
    const { format, table } = layout(flags);
    const options = {
      all: flags.all,
      last: flags.latest ? 1 : Math.max(flags.last, 0),
      filters,
    };
    const ancestors = await ancestorIds(engine, filters.get('ancestor') ?? []);
    const shown = listed(await summaries(engine), options, ancestors);
    const wantsSize = flags.size || /\.Size\b/.test(format);
    const now = Date.parse(await engine.now());
    const noTrunc = flags['no-trunc'];
    const rows = [];
    for (const container of shown) {
      rows.push(await rowOf(engine, container, { now, noTrunc, wantsSize }));
    }
    await print(host, formatRows({ format, table, headers, rows }));
    return 0;
  },
);

function readFilters(words: readonly string[]): Filters {
  try {
    return psFilters(words);
  } catch (error) {
    throw daemonError(error);
  }
}

function layout(flags: { format: string | undefined; quiet: boolean; size: boolean }) {
  const table = flags.size ? `${columns}\t{{.Size}}` : columns;
  const format = flags.format || 'table';
  if (format === 'raw') {
    const size = flags.size ? `${raw}size: {{.Size}}\n` : raw;
    return { table, format: flags.quiet ? 'container_id: {{.ID}}' : size };
  }
  return { table, format: format === 'table' && flags.quiet ? '{{.ID}}' : format };
}

async function rowOf(
  engine: Engine,
  container: Summary,
  { now, noTrunc, wantsSize }: { now: number; noTrunc: boolean; wantsSize: boolean },
) {
  const size = wantsSize ? await containerSize(engine, container.id) : undefined;
  const row = psRow(container, { now, noTrunc, ...(size && { size }) });
  return { ...row, Label: (name: unknown) => container.labels[String(name)] ?? '' };
}

/** The last part of the label's name. */
function labelHeader(name: unknown): string {
  return (String(name).split('.').at(-1) ?? '').replace(/[-_]/g, ' ');
}
