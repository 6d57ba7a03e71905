import { formatObjects } from '../../../engine/format/format-objects.ts';
import { binarySize } from '../../../engine/format/human-size.ts';
import { engineInfo, infoText } from '../../../engine/system/engine-info.ts';
import { print } from '../../print.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const info = defineEngineCommand(
  {
    name: 'system info',
    summary: 'display system-wide information',
    usage: '[OPTIONS]',
    args: { min: 0, max: 0 },
    flags: {
      format: { type: 'string', alias: 'f', summary: "Format the output: 'json' or a Go template" },
    },
  },
  async ({ engine, host, version }, { format }) => {
    const found = await engineInfo(engine, version);
    const text = format
      ? formatObjects([found], format)
      : infoText(found, binarySize(found.MemTotal));
    await print(host, text);
    return 0;
  },
);
