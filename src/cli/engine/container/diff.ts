import { containerChanges } from '../../../engine/containers/changes.ts';
import { findContainer } from '../../../engine/containers/store.ts';
import { print } from '../../print.ts';
import { fromDaemon } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

const letters: Readonly<Record<string, string>> = { added: 'A', modified: 'C', deleted: 'D' };

export const diff = defineEngineCommand(
  {
    name: 'container diff',
    summary: "inspect changes to files or directories on a container's filesystem",
    usage: 'CONTAINER',
    args: { min: 1, max: 1 },
    flags: {},
  },
  async ({ engine, host }, _flags, [name = '']) => {
    const id = await fromDaemon(findContainer(engine, name));
    const changes = await containerChanges(engine, id);
    await print(host, changes.map(({ kind, path }) => `${letters[kind]} ${path}\n`).join(''));
    return 0;
  },
);
