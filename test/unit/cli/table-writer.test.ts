import { expect, test } from 'vitest';
import { formatTable } from '../../../src/cli/table-writer.ts';

test('columns are at least 12 wide', () => {
  const text = formatTable([
    ['ID', 'PID', 'STATUS'],
    ['web', '1', 'running'],
  ]);
  expect(text).toBe('ID          PID         STATUS\nweb         1           running\n');
});

test('a longer cell widens its column to three beyond it', () => {
  const text = formatTable([
    ['ID', 'PID'],
    ['a-long-container-id', '7'],
  ]);
  expect(text).toBe(`ID${' '.repeat(20)}PID\na-long-container-id   7\n`);
});

test('width counts characters, not UTF-16 units', () => {
  expect(formatTable([['𝒳𝒳', 'x']])).toBe(`𝒳𝒳${' '.repeat(10)}x\n`);
});
