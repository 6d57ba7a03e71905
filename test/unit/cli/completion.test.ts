import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { completionScript } from '../../../src/cli/completion/completion-script.ts';
import { completionRows } from '../../../src/cli/completion/completion-words.ts';
import { globalFlags } from '../../../src/cli/table/globals.ts';

const rows = await completionRows(globalFlags);
const script = (shell: string) => completionScript(shell, rows) ?? '';

test.each([
  [['contai'], ['container']],
  [['container', 'cre'], ['create']],
  [
    ['container', 'create', '--volu'],
    ['--volume', '--volume-driver', '--volumes-from'],
  ],
  [['--debug', 'image', 'hist'], ['history']],
  [['run', '--bun'], ['--bundle']],
  [['run', 'web', '--det'], ['--detach']],
  [['--ro'], ['--root', '--rootless']],
  [['rmi', '--fo'], ['--force']],
  [['state', 'x'], []],
])('bash completes %j', (words, expected) => {
  const line = ['rundlet', ...words].map((word) => `'${word}'`).join(' ');
  const call = `${script('bash')}\nCOMP_WORDS=(${line}) COMP_CWORD=${words.length}\n_rundlet\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', call], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.split('\n').filter(Boolean).sort()).toEqual(expected);
});

test('other shells', () => {
  expect(script('zsh')).toMatch(/^#compdef rundlet\n/);
  expect(script('fish')).toContain("complete -c rundlet -f -n '__fish_use_subcommand' -a run -d ");
  expect(completionScript('tcsh', rows)).toBeUndefined();
});
