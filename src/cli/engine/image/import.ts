import { importImage } from '../../../engine/images/import-image.ts';
import { RundletError } from '../../../errors/rundlet-error.ts';
import { absolutePath } from '../../paths.ts';
import { print } from '../../print.ts';
import { fromDaemon } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const importVerb = defineEngineCommand(
  {
    name: 'image import',
    summary: "turn a file system's tar into an image",
    usage: '[OPTIONS] FILE|- [REPOSITORY[:TAG]]',
    examples: [
      {
        does: 'With a command of its own:',
        line: `rundlet image import -c 'CMD ["sh"]' rootfs.tar.gz mine:1`,
      },
    ],
    args: { min: 1, max: 2 },
    flags: {
      change: {
        type: 'string',
        alias: 'c',
        repeatable: true,
        summary: 'Apply an instruction of a Dockerfile to the image',
      },
      message: { type: 'string', alias: 'm', summary: 'Set the comment of the image' },
    },
  },
  async ({ engine, host }, { change, message = '' }, [file = '', name = '']) => {
    if (/^https?:\/\//.test(file)) {
      throw new RundletError('ERR_RUNDLET_UNSUPPORTED', `cannot import ${file}: not a file`, {
        hint: 'fetch it, and give it on standard input',
      });
    }
    const id = await fromDaemon(
      importImage(engine, {
        path: file === '-' ? '' : absolutePath(host, file),
        source: file,
        name,
        changes: change,
        message,
      }),
    );
    await print(host, `${id}\n`);
    return 0;
  },
);
