import { formatRows, type Row } from '../../../engine/format/format-rows.ts';
import { diskUsage } from '../../../engine/system/disk-usage.ts';
import { detailRows, usageRows } from '../../../engine/system/usage-rows.ts';
import { print } from '../../print.ts';
import { usage } from '../../scan-flags.ts';
import { defineEngineCommand } from '../engine-command.ts';

const table = '{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}';
const headers = {
  Type: 'TYPE',
  TotalCount: 'TOTAL',
  Active: 'ACTIVE',
  Size: 'SIZE',
  Reclaimable: 'RECLAIMABLE',
};

export const df = defineEngineCommand(
  {
    name: 'system df',
    summary: 'show disk usage',
    usage: '[OPTIONS]',
    args: { min: 0, max: 0 },
    flags: {
      format: {
        type: 'string',
        summary: "Format of the output: 'table', 'table TEMPLATE', 'json' or a Go template",
      },
      verbose: { type: 'boolean', alias: 'v', summary: 'Show detailed information on space usage' },
    },
  },
  async ({ engine, host }, { format, verbose }) => {
    if (verbose && format) throw usage('the verbose and the format options conflict');
    const used = await diskUsage(engine);
    if (!verbose) {
      const rows = usageRows(used);
      await print(host, formatRows({ format: format || 'table', table, headers, rows }));
      return 0;
    }
    const { images, containers, volumes } = detailRows(used, Date.parse(await engine.now()));
    const sections = [
      `Images space usage:\n\n${section(imageColumns, images)}`,
      `\nContainers space usage:\n\n${section(containerColumns, containers)}`,
      `\nLocal Volumes space usage:\n\n${section(volumeColumns, volumes)}`,
      '\nBuild cache usage: 0B\n\nCACHE ID   CACHE TYPE   SIZE      CREATED   LAST USED   USAGE     SHARED\n',
    ];
    await print(host, sections.join(''));
    return 0;
  },
);

const imageColumns = {
  Repository: 'REPOSITORY',
  Tag: 'TAG',
  ID: 'IMAGE ID',
  CreatedSince: 'CREATED',
  Size: 'SIZE',
  SharedSize: 'SHARED SIZE',
  UniqueSize: 'UNIQUE SIZE',
  Containers: 'CONTAINERS',
};
const containerColumns = {
  ID: 'CONTAINER ID',
  Image: 'IMAGE',
  Command: 'COMMAND',
  LocalVolumes: 'LOCAL VOLUMES',
  Size: 'SIZE',
  RunningFor: 'CREATED',
  Status: 'STATUS',
  Names: 'NAMES',
};
const volumeColumns = { Name: 'VOLUME NAME', Links: 'LINKS', Size: 'SIZE' };

function section(columns: Readonly<Record<string, string>>, rows: readonly Row[]): string {
  const all = Object.keys(columns)
    .map((name) => `{{.${name}}}`)
    .join('\t');
  return formatRows({ format: 'table', table: all, headers: columns, rows });
}
