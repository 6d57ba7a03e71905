import { expect, test } from 'vitest';
import { checkContainerId } from '../../../src/state/container-id.ts';

test.each(['a', 'A-b_c+d.e', '...', '.a', '-x', '0', 'x'.repeat(1024)])('%s is an id', (id) =>
  checkContainerId(id),
);

test.each(['.', '..', 'a/b', '/a', 'a b', 'ä', 'a\0b', 'a\n', '*', 'x'.repeat(1025)])(
  '%j is none',
  (id) => expect(() => checkContainerId(id)).toThrow('invalid container ID format: '),
);

test('the empty id has its own words', () => {
  expect(() => checkContainerId('')).toThrow('container id cannot be empty');
});

test('a hostile id is shown escaped and cut', () => {
  expect(() => checkContainerId('a\u001b[31m')).toThrow('format: a\\x1b[31m');
  expect(() => checkContainerId('/'.repeat(5000))).toThrow(
    /^invalid container ID format: \/{80}…$/,
  );
});
