import { describe, expect, test } from 'vitest';
import { findSyntaxFault, locate } from '../../../src/spec/locate.ts';

const text = `{
  "process": { "args": ["sh", "-c"], "cwd": "/" },
  "a/b~c": 1,
  "twice": { "x": 1 },
  "esc\\u0061pe": true,
  "twice": {}
}
`;

describe('locate', () => {
  const cases: [string, number, number][] = [
    ['', 1, 1],
    ['/process', 2, 14],
    ['/process/args/1', 2, 31],
    ['/process/cwd', 2, 45],
    ['/a~1b~0c', 3, 12],
    ['/escape', 5, 18],
  ];
  test.each(cases)('%s is at %i:%i', (pointer, line, column) => {
    expect(locate(text, pointer)).toEqual({ line, column });
  });

  test('finds keys', () => {
    expect(locate(text, '/process/cwd', 'key')).toEqual({ line: 2, column: 38 });
  });

  test('gives the nearest thing above what is not there', () => {
    expect(locate(text, '/process/user/uid')).toEqual({ line: 2, column: 14 });
    expect(locate(text, '/nothing')).toEqual({ line: 1, column: 1 });
  });

  test('takes the last of equal keys', () => {
    expect(locate(text, '/twice')).toEqual({ line: 6, column: 12 });
    expect(locate(text, '/twice/x')).toEqual({ line: 6, column: 12 });
  });

  test('counts columns in UTF-16 units', () => {
    expect(locate('{"é😀": 5}', '/é😀')).toEqual({ line: 1, column: 9 });
  });
});

describe('findSyntaxFault agrees with JSON.parse', () => {
  const texts = [
    ...['1', '-0', '1.5e-3', '"x"', 'true', 'null', '[]', '{}', ' [ 1 , { "a" : [ ] } ] '],
    ...['01', '-', '1.', '.5', '+1', '1e', 'tru', 'nul', 'undefined', '[1,]', '{,}', '[,1]'],
    ...['{"a"}', '{a:1}', '"\\x"', '"\\u12"', '"\t"', '[1 2]', '{"a":1 "b":2}', '1 2', ']', '"'],
    ...['\u00a0[]', '[\u2028]', '"\u2028"', '"\\ud800"', '[1]]', '{"a":{}', '-01', '1e+5', '--1'],
  ];
  test.each(texts)('%j', (sample) => {
    let valid = true;
    try {
      JSON.parse(sample);
    } catch {
      valid = false;
    }
    expect(findSyntaxFault(sample, 128) === undefined).toBe(valid);
  });
});
