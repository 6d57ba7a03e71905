import { expect, test } from 'vitest';
import { parseInteger, parseSize } from '../../../src/cli/sizes.ts';

test.each([
  ['0', 0],
  ['1048576', 1048576],
  ['1b', 1],
  ['64m', 67108864],
  ['64M', 67108864],
  ['64mb', 67108864],
  ['64MiB', 67108864],
  ['64 Mib', 67108864],
  ['1.5k', 1536],
  ['0.1k', 102],
  ['3g', 3221225472],
  ['2t', 2199023255552],
  ['8191p', 9222246136947933184n],
  ['9223372036854771712', 9223372036854771712n],
])('size %s', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(['', '-1', 'm', '1x', '1kk', '1.k', '.5k', '1  m', ' 1', '1e3', '0x10', '1,5k'])(
  'no size: %j',
  (text) => {
    expect(() => parseSize(text)).toThrow(`invalid size: '${text}'`);
  },
);

test('64-bit integers', () => {
  expect(parseInteger('-1', true)).toBe(-1);
  expect(parseInteger('+7', true)).toBe(7);
  expect(parseInteger('18446744073709551615', false)).toBe(18446744073709551615n);
  expect(() => parseInteger('18446744073709551616', false)).toThrow(
    'strconv.ParseUint: parsing "18446744073709551616": value out of range',
  );
  expect(() => parseInteger('9223372036854775808', true)).toThrow('value out of range');
  for (const text of ['', '-', '1.5', '0x1', 'x']) {
    expect(() => parseInteger(text, true)).toThrow('invalid syntax');
  }
  expect(() => parseInteger('-1', false)).toThrow('invalid syntax');
});
