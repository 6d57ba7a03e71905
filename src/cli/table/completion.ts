import type { CommandTable } from './types.ts';

export const completionTable = {
  name: 'completion',
  summary: 'print the completion script for a shell',
  usage: '<bash|zsh|fish>',
  examples: [{ does: 'In ~/.bashrc:', line: 'rundlet completion bash > ~/.rundlet-completion' }],
  args: { min: 1, max: 1 },
  flags: {},
} as const satisfies CommandTable;
