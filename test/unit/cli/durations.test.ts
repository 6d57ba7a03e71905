import { expect, test } from 'vitest';
import { parseDuration } from '../../../src/cli/durations.ts';

test.each([
  ['5s', 5e9],
  ['100ms', 1e8],
  ['1m30s', 90e9],
  ['1.5h', 5400e9],
  ['2us', 2000],
  ['2µs', 2000],
  ['7ns', 7],
  ['.5s', 5e8],
  ['-1s', -1e9],
  ['+1s', 1e9],
  ['0', 0],
  ['5', 5e9],
])('%s', (text, nanoseconds) => {
  expect(parseDuration(text)).toBe(nanoseconds);
});

test.each(['', 's', '5x', '1s2', '1 s', '--1s', 'infinity', '1e3s'])('%j is none', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});
