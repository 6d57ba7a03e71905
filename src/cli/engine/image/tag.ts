import { tagImage } from '../../../engine/images/tag-image.ts';
import { fromDaemon } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const tag = defineEngineCommand(
  {
    name: 'image tag',
    summary: 'give an image one more name',
    usage: 'SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
    args: { min: 2, max: 2 },
    flags: {},
  },
  async ({ engine }, _flags, [source = '', target = '']) => {
    await fromDaemon(tagImage(engine, source, target));
    return 0;
  },
);
