import { loadImages } from '../../../engine/images/load-image.ts';
import { absolutePath } from '../../paths.ts';
import { print } from '../../print.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { loadTable } from './load-table.ts';

export const load = defineEngineCommand(loadTable, async ({ engine, host }, { input, quiet }) => {
  const images = await loadImages(engine, input ? absolutePath(host, input) : '');
  const lines = images.flatMap(({ id, names }) => [
    ...names.flatMap(({ name, before }) => [
      ...(before && !quiet
        ? [
            `The image ${name} already exists, renaming the old one with ID ${before} to empty string`,
          ]
        : []),
      `Loaded image: ${name}`,
    ]),
    ...(names.length === 0 ? [`Loaded image ID: ${id}`] : []),
  ]);
  await print(host, lines.map((line) => `${line}\n`).join(''));
  return 0;
});
