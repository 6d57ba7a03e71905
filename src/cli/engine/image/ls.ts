import { formatRows, type Listing } from '../../../engine/format/format-rows.ts';
import { filterImages } from '../../../engine/images/image-filters.ts';
import { imageRows } from '../../../engine/images/image-rows.ts';
import { listImages } from '../../../engine/images/list-images.ts';
import { print } from '../../print.ts';
import { fromDaemon } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { lsTable } from './ls-table.ts';

const headers = {
  CreatedAt: 'CREATED AT',
  CreatedSince: 'CREATED',
  Digest: 'DIGEST',
  ID: 'IMAGE ID',
  Repository: 'REPOSITORY',
  Size: 'SIZE',
  Tag: 'TAG',
};

export const ls = defineEngineCommand(lsTable, async ({ engine, host }, flags, [pattern]) => {
  const { quiet, digests } = flags;
  const words = pattern === undefined ? flags.filter : [...flags.filter, `reference=${pattern}`];
  const all = await listImages(engine);
  const images = await fromDaemon(filterImages(engine, all, { words, all: flags.all }));
  const now = (await host.call('clock', null)).seconds * 1000;
  const options = { now, noTrunc: flags['no-trunc'], digests };
  const listing: Listing = {
    format: flags.format || 'table',
    table: table(quiet, digests),
    headers,
    rows: images.flatMap((image) => imageRows(image, options).map((row) => ({ ...row }))),
  };
  const format = quiet && listing.format === 'table' ? '{{.ID}}' : listing.format;
  await print(host, formatRows({ ...listing, format }));
  return 0;
});

function table(quiet: boolean, digests: boolean): string {
  if (quiet) return '{{.ID}}';
  const digest = digests ? '{{.Digest}}\t' : '';
  return `{{.Repository}}\t{{.Tag}}\t${digest}{{.ID}}\t{{.CreatedSince}}\t{{.Size}}`;
}
