import { expect, test } from 'vitest';
import { binarySize, humanSize } from '../../../src/engine/format/human-size.ts';

test.each([
  [0, '0B'],
  [999, '999B'],
  [1000, '1kB'],
  [1234, '1.234kB'],
  [4_261_550, '4.262MB'],
  [1_500_000_000, '1.5GB'],
])('%i bytes are %s', (bytes, text) => expect(humanSize(bytes)).toBe(text));

test('three digits, and binary units', () => {
  expect(humanSize(4_261_550, 3)).toBe('4.26MB');
  expect(humanSize(999_999, 3)).toBe('1e+03kB');
  expect(binarySize(1536)).toBe('1.5KiB');
  expect(binarySize(64 << 20)).toBe('64MiB');
});
