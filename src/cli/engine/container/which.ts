import { formatRows } from '../../../engine/format/format-rows.ts';
import { which as owners } from '../../../engine/layout/which.ts';
import { RundletError } from '../../../errors/rundlet-error.ts';
import { print } from '../../print.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const which = defineEngineCommand(
  {
    name: 'container which',
    summary: 'tell which container a path, a layer, a process or a cgroup belongs to',
    usage: '[OPTIONS] PATH|LAYER-ID|PID|CGROUP',
    notes:
      'Reads only: also on the data root of a real Docker. A line of `mount` or of /proc/PID/mountinfo will do,\nand so will the beginning of a layer id.',
    examples: [
      {
        does: 'Whose layer fills the disk, on a Docker host:',
        line: 'rundlet --data-root /var/lib/docker container which /var/lib/docker/overlay2/1f2a…',
      },
    ],
    args: { min: 1 },
    flags: {
      format: {
        type: 'string',
        summary: "Format of the output: 'table', 'table TEMPLATE', 'json' or a Go template",
      },
      'no-trunc': { type: 'boolean', summary: "Don't truncate output" },
    },
  },
  async ({ engine, host }, { format, 'no-trunc': noTrunc }, words) => {
    const query = words.join(' ');
    const found = await owners(engine, query);
    if (found.length === 0) {
      throw new RundletError(
        'ERR_RUNDLET_NO_SUCH_OBJECT',
        `No container or image of ${engine.paths.dataRoot} has: ${query}`,
      );
    }
    const rows = found.map(({ id, name, role }) => ({
      ID: noTrunc ? id : id.slice(0, 12),
      Name: name,
      Role: role,
    }));
    const headers = { ID: 'ID', Name: 'NAME', Role: 'ROLE' };
    const table = '{{.ID}}\t{{.Name}}\t{{.Role}}';
    await print(host, formatRows({ format: format || 'table', table, headers, rows }));
    return 0;
  },
);
