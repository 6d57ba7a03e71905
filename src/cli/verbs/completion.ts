import { defineCommand } from '../command.ts';
import { completionScript } from '../completion/completion-script.ts';
import { completionRows } from '../completion/completion-words.ts';
import { print } from '../print.ts';
import { usage } from '../scan-flags.ts';
import { completionTable } from '../table/completion.ts';
import { globalFlags } from '../table/globals.ts';

export const completion = defineCommand(completionTable, async ({ host }, _, [shell = '']) => {
  const script = completionScript(shell, await completionRows(globalFlags));
  if (script === undefined)
    throw usage(`no completion for ${JSON.stringify(shell)}`, 'bash, zsh or fish');
  await print(host, script);
  return 0;
});
