import { describe, expect, test } from 'vitest';
import { parseVariant, signatureOf } from '../../../src/plan/parse-variant.ts';

describe('a value in GVariant’s text format', () => {
  test.each<[string, string, unknown]>([
    ['true', 'b', { boolean: true }],
    [' false ', 'b', { boolean: false }],
    ['5', 'i', { int32: 5 }],
    ['-5', 'i', { int32: -5 }],
    ['0x1f', 'i', { int32: 31 }],
    ['1.5', 'd', { double: 1.5 }],
    ['1e3', 'd', { double: 1000 }],
    ['uint64 18446744073709551615', 't', { uint64: 2n ** 64n - 1n }],
    ['@t 7', 't', { uint64: 7 }],
    ['int64 -1', 'x', { int64: -1 }],
    ['byte 0xff', 'y', { byte: 255 }],
    ['double 2', 'd', { double: 2 }],
    ["'it\\'s'", 's', { string: "it's" }],
    ['"a\\tb\\u00e4"', 's', { string: 'a\tbä' }],
    ["objectpath '/a/b'", 'o', { objectPath: '/a/b' }],
    ["['a', 'b']", 'as', { array: { of: 's', items: [{ string: 'a' }, { string: 'b' }] } }],
    ['@as []', 'as', { array: { of: 's', items: [] } }],
    ['[uint32 1, 2]', 'au', { array: { of: 'u', items: [{ uint32: 1 }, { uint32: 2 }] } }],
    ['@ay [1]', 'ay', { array: { of: 'y', items: [{ byte: 1 }] } }],
    ["b'ab'", 'ay', { array: { of: 'y', items: [{ byte: 97 }, { byte: 98 }, { byte: 0 }] } }],
    [
      '[[1], []]',
      'aai',
      {
        array: {
          of: 'ai',
          items: [{ array: { of: 'i', items: [{ int32: 1 }] } }, { array: { of: 'i', items: [] } }],
        },
      },
    ],
    ['<5>', 'v', { variant: { int32: 5 } }],
    [
      "[<5>, <'a'>]",
      'av',
      { array: { of: 'v', items: [{ variant: { int32: 5 } }, { variant: { string: 'a' } }] } },
    ],
  ])('%s', (text, signature, value) => {
    const parsed = parseVariant(text);
    expect(parsed).toEqual(value);
    expect(signatureOf(parsed)).toBe(signature);
  });

  test.each([
    ['', 'expected a value at the end'],
    ['yes', 'expected a value'],
    ['1 2', 'unexpected text at "2"'],
    ['[1, "a"]', 'a value of type s where i is wanted'],
    ['[]', 'an empty array needs its type'],
    ['[1', '"," or "]"'],
    ["'open", 'expected a value'],
    ['byte 256', 'out of the range'],
    ['uint32 -1', 'out of the range'],
    ['int32 1.5', 'where i is wanted'],
    ['uint5 1', 'unknown type uint5'],
    ['2147483648', 'out of the range'],
  ])('%s is refused', (text, words) => {
    expect(() => parseVariant(text)).toThrow(words);
  });
});
