import { findContainer } from '../../../engine/containers/store.ts';
import { exportContainer } from '../../../engine/copy/export-container.ts';
import { absolutePath } from '../../paths.ts';
import { fromDaemon } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const exportVerb = defineEngineCommand(
  {
    name: 'container export',
    summary: "export a container's filesystem as a tar archive",
    usage: '[OPTIONS] CONTAINER',
    args: { min: 1, max: 1 },
    flags: {
      output: { type: 'string', alias: 'o', summary: 'Write to a file, instead of STDOUT' },
    },
  },
  async ({ engine, host }, { output }, [name = '']) => {
    const id = await fromDaemon(findContainer(engine, name));
    await exportContainer(engine, id, output ? absolutePath(host, output) : '');
    return 0;
  },
);
