import { formatRows, type Row } from '../../../engine/format/format-rows.ts';
import { filteredVolumes } from '../../../engine/volumes/volume-filters.ts';
import type { Volume } from '../../../engine/volumes/volume-store.ts';
import { print } from '../../print.ts';
import { daemonError } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

const headers = {
  Availability: 'AVAILABILITY',
  Driver: 'DRIVER',
  Group: 'GROUP',
  Labels: 'LABELS',
  Links: 'LINKS',
  Mountpoint: 'MOUNTPOINT',
  Name: 'VOLUME NAME',
  Scope: 'SCOPE',
  Size: 'SIZE',
  Status: 'STATUS',
  Label: (name: unknown) => String(name),
};

export const ls = defineEngineCommand(
  {
    name: 'volume ls',
    summary: 'list volumes',
    usage: '[OPTIONS]',
    examples: [
      { does: 'Those that no container uses:', line: 'rundlet volume ls -f dangling=true' },
    ],
    args: { min: 0, max: 0 },
    flags: {
      filter: {
        type: 'string',
        alias: 'f',
        value: 'filter',
        repeatable: true,
        summary: 'Filter output by dangling, driver, label or name',
      },
      format: {
        type: 'string',
        summary: "Format of the output: 'table', 'table TEMPLATE', 'json', 'raw' or a Go template",
      },
      quiet: { type: 'boolean', alias: 'q', summary: 'Only display volume names' },
    },
  },
  async ({ engine, host }, { filter, format, quiet }) => {
    const volumes = await filteredVolumes(engine, filter).catch((error: unknown) => {
      throw daemonError(error);
    });
    const listing = {
      format: layout(format || 'table', quiet),
      table: '{{.Driver}}\t{{.Name}}',
      headers,
      rows: volumes.map(rowOf),
    };
    await print(host, formatRows(listing));
    return 0;
  },
);

function layout(format: string, quiet: boolean): string {
  if (format === 'raw') return quiet ? 'name: {{.Name}}' : 'name: {{.Name}}\ndriver: {{.Driver}}\n';
  return quiet && format === 'table' ? '{{.Name}}' : format;
}

/** Columns of docker's that it fills for clusters and `system df` alone are N/A. */
function rowOf({ name, labels, mountpoint }: Volume): Row {
  const none = 'N/A';
  return {
    Availability: none,
    Driver: 'local',
    Group: none,
    Labels: Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
    Links: none,
    Mountpoint: mountpoint,
    Name: name,
    Scope: 'local',
    Size: none,
    Status: none,
    Label: (key: unknown) => labels[String(key)] ?? '',
  };
}
