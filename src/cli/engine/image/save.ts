import { saveImages } from '../../../engine/images/save-images.ts';
import { absolutePath } from '../../paths.ts';
import { fromDaemon } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const save = defineEngineCommand(
  {
    name: 'image save',
    summary: 'save images to a tar archive',
    usage: '[OPTIONS] IMAGE [IMAGE...]',
    examples: [{ does: 'To a file:', line: 'rundlet image save -o busybox.tar busybox:latest' }],
    args: { min: 1 },
    flags: {
      output: {
        type: 'string',
        alias: 'o',
        value: 'file',
        summary: 'Write to a file, instead of standard output',
      },
    },
  },
  async ({ engine, host }, { output }, names) => {
    await fromDaemon(saveImages(engine, names, output ? absolutePath(host, output) : ''));
    return 0;
  },
);
