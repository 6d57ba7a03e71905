import { describe, expect, test } from 'vitest';
import { RundletError } from '../../../src/errors/rundlet-error.ts';
import { maxJsonLength, parseJson } from '../../../src/spec/parse-json.ts';
import { stringifyJson } from '../../../src/spec/stringify-json.ts';

function errorOf(text: string): RundletError {
  try {
    parseJson(text, 'config.json');
  } catch (error) {
    if (error instanceof RundletError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('numbers', () => {
  const exact = [
    '18446744073709551615',
    '9223372036854771712',
    '9223372036854775807',
    '-9223372036854775808',
    '9007199254740993',
    '9007199254740991',
    '-1',
    '0',
    '1.5',
  ];
  test.each(exact)('%s comes out as it went in', (number) => {
    const text = `{"a":[${number}],"b":"x"}`;
    expect(stringifyJson(parseJson(text, 'f'))).toBe(text);
  });

  test.each(Array.from({ length: 33 }, (_, i) => i))('found at any offset (%i)', (offset) => {
    const text = `${' '.repeat(offset)}[9007199254740993]`;
    expect(parseJson(text, 'f')).toEqual([9007199254740993n]);
  });

  test('integers are numbers while they are safe, else bigint', () => {
    const text = '[9007199254740991, 9007199254740992, -9007199254740992, 1e3, 1.0]';
    const expected = [9007199254740991, 9007199254740992n, -9007199254740992n, 1000, 1];
    expect(parseJson(text, 'f')).toEqual(expected);
  });

  test('exponents and fractions that make a large integer are exact', () => {
    const text = '[1e19, 1.8446744073709551615e19, 18446744073709551615.0, 1E+16]';
    const expected = [10n ** 19n, 2n ** 64n - 1n, 2n ** 64n - 1n, 10n ** 16n];
    expect(parseJson(text, 'f')).toEqual(expected);
    expect(stringifyJson(parseJson('[1e19,1.23456789012345e18]', 'f'))).toBe(
      '[10000000000000000000,1234567890123450000]',
    );
  });

  test('absurd numbers stay doubles and cost nothing', () => {
    const digits = '9'.repeat(100_000);
    expect(parseJson(`[1e400, 1e300, ${digits}]`, 'f')).toEqual([Infinity, 1e300, Infinity]);
  });

  test('digits in strings are left alone', () => {
    const text = '{"id":"90071992547409931234567890","n":5}';
    expect(parseJson(text, 'f')).toEqual({ id: '90071992547409931234567890', n: 5 });
  });
});

describe('syntax errors name the place and what was expected', () => {
  const cases: [string, string, string][] = [
    ['nothing', '', '1:1: not JSON: the file is empty, expected an object'],
    ['blanks', ' \n ', '2:2: not JSON: the file is empty, expected an object'],
    ['no JSON', 'hello: world', '1:1: not JSON: expected a value, found hello'],
    ['truncated', '{"a": [1,\n 2', '2:3: not JSON: expected "," or "]", found the end of the file'],
    ['cut in a key', '{"a": 1,\n "b', '2:2: not JSON: a string without its end'],
    ['cut before a value', '{"a":', '1:6: not JSON: expected a value, found the end of the file'],
    ['trailing comma', '{"a": 1,\n}', '2:1: not JSON: a comma before "}"'],
    ['no comma', '{"a": 1\n "b": 2}', '2:2: not JSON: expected "," or "}", found """'],
    ['no colon', '{"a" 1}', '1:6: not JSON: expected ":", found 1'],
    ['single quotes', "{'a': 1}", '1:2: not JSON: expected a key in double quotes, found "\'"'],
    ['comment', '{ // hi\n}', '1:3: not JSON: expected a key in double quotes, found "/"'],
    ['leading zero', '[\n  017]', '2:3: not JSON: 017 is not a number of JSON'],
    ['hex', '[0x1F]', '1:2: not JSON: 0x1F is not a number of JSON'],
    ['NaN', '[NaN]', '1:2: not JSON: expected a value, found NaN'],
    ['escape', '["a\\qb"]', '1:4: not JSON: an unknown escape \\q in a string'],
    ['raw line feed', '["a\nb"]', '1:4: not JSON: a control character or line break in a string'],
    ['two documents', '{}\n{}', '2:1: not JSON: expected the end of the file, found "{"'],
    ['byte order mark', '\uFEFF{}', '1:1: not JSON: a byte order mark, expected JSON'],
    ['control character', '[\u0001]', '1:2: not JSON: expected a value, found character U+0001'],
  ];
  test.each(cases)('%s', (_name, text, message) => {
    const error = errorOf(text);
    expect(error.message).toBe(`config.json:${message}`);
    expect(error.code).toBe('ERR_RUNDLET_CONFIG_SYNTAX');
    const [line, column] = message.split(':').map(Number);
    expect(error.location).toEqual({ file: 'config.json', line, column });
  });
});

describe('caps', () => {
  test('takes 128 levels and no more', () => {
    const nest = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(parseJson(nest(128), 'f')).toBeInstanceOf(Array);
    const error = errorOf(nest(129));
    expect(error.code).toBe('ERR_RUNDLET_CONFIG_TOO_LARGE');
    expect(error.message).toBe('config.json:1:129: nested deeper than 128 levels');
  });

  test.each([
    ['arrays', '['],
    ['objects', '{"a":'],
    ['both', '[{"a":'],
  ])('a million nested %s do not harm the engine', (_name, open) => {
    expect(errorOf(open.repeat(1_000_000)).code).toBe('ERR_RUNDLET_CONFIG_TOO_LARGE');
  });

  test('brackets in strings and many flat ones are no nesting', () => {
    const flat = JSON.stringify(Array.from({ length: 5000 }, () => ['[[[[', { a: '{{{' }]));
    expect(parseJson(flat, 'f')).toHaveLength(5000);
  });

  test('refuses what is longer than 16 MiB', () => {
    const error = errorOf(' '.repeat(maxJsonLength + 1));
    expect(error.code).toBe('ERR_RUNDLET_CONFIG_TOO_LARGE');
    expect(error.message).toContain('the limit is 16777216');
  });

  test('takes 10 MB', () => {
    const text = JSON.stringify({ env: Array.from({ length: 100_000 }, () => 'x'.repeat(100)) });
    expect(parseJson(text, 'f')).toHaveProperty('env.length', 100_000);
  });
});

describe('strings', () => {
  test('refuses a NUL with its pointer', () => {
    const error = errorOf('{"a": [\n"x", "y\\u0000z"]}');
    expect(error.code).toBe('ERR_RUNDLET_CONFIG_INVALID');
    expect(error.pointer).toBe('/a/1');
    expect(error.message).toMatch(/^config\.json:2:6: \/a\/1: the string has a NUL character/);
  });

  test('refuses a NUL in a key', () => {
    const error = errorOf('{"a": {"b\\u0000/": 1}}');
    expect(error.message).toMatch(/^config\.json:1:8: \/a\/b\\u0000~1: the key has a NUL/);
  });

  test('an escaped backslash before u0000 is no NUL', () => {
    expect(parseJson('["\\\\u0000"]', 'f')).toEqual(['\\u0000']);
  });

  test('__proto__ is a key like any other', () => {
    const value = parseJson('{"__proto__": {"polluted": true}, "big": 99999999999999999999}', 'f');
    expect(Object.keys(value as object)).toEqual(['__proto__', 'big']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  test('of equal keys the last one counts', () => {
    expect(parseJson('{"a": 1, "a": 2}', 'f')).toEqual({ a: 2 });
  });
});

test('stringifyJson indents and keeps bigint', () => {
  expect(stringifyJson({ a: 18446744073709551615n }, 2)).toBe('{\n  "a": 18446744073709551615\n}');
});
