import { formatRows } from '../../../engine/format/format-rows.ts';
import { imageHistory } from '../../../engine/images/image-history.ts';
import { resolveImage } from '../../../engine/images/resolve-image.ts';
import { print } from '../../print.ts';
import { fromDaemon } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

const headers = {
  Comment: 'COMMENT',
  CreatedAt: 'CREATED AT',
  CreatedBy: 'CREATED BY',
  CreatedSince: 'CREATED',
  ID: 'IMAGE',
  Size: 'SIZE',
};

export const history = defineEngineCommand(
  {
    name: 'image history',
    summary: 'show how an image was made',
    usage: '[OPTIONS] IMAGE',
    args: { min: 1, max: 1 },
    flags: {
      format: { type: 'string', summary: "'table', 'json', or a Go template for each line" },
      human: {
        type: 'boolean',
        alias: 'H',
        default: 'true',
        summary: 'Print sizes and dates in human readable format',
      },
      'no-trunc': { type: 'boolean', summary: 'Show whole texts' },
      quiet: { type: 'boolean', alias: 'q', summary: 'Show only ids' },
    },
  },
  async ({ engine, host }, { format, human, quiet, ...flags }, [name = '']) => {
    const image = await fromDaemon(resolveImage(engine, name));
    const now = (await host.call('clock', null)).seconds * 1000;
    const rows = await imageHistory(engine, image, { now, human, noTrunc: flags['no-trunc'] });
    const text = formatRows({
      format: quiet ? '{{.ID}}' : format || 'table',
      table: '{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}',
      headers: { ...headers, CreatedSince: human ? 'CREATED' : 'CREATED AT' },
      rows: rows.map((row) => ({ ...row })),
    });
    await print(host, text);
    return 0;
  },
);
