import { expect, test } from 'vitest';
import { restartDelay } from '../../../src/engine/containers/restart-policy.ts';

const ended = {
  exitCode: 1,
  restartCount: 0,
  hasBeenManuallyStopped: false,
  ranFor: 100,
  lastDelay: 0,
};
const policy = (Name: string, MaximumRetryCount = 0) => ({ Name, MaximumRetryCount });

test.each([
  ['no', 1, undefined],
  ['', 1, undefined],
  ['always', 0, 100],
  ['unless-stopped', 0, 100],
  ['on-failure', 0, undefined],
  ['on-failure', 1, 100],
])('%s after exit code %i: %s', (name, exitCode, delay) => {
  expect(restartDelay(policy(name), { ...ended, exitCode })).toBe(delay);
});

test('who was stopped by hand stays so', () => {
  expect(restartDelay(policy('always'), { ...ended, hasBeenManuallyStopped: true })).toBe(
    undefined,
  );
});

test('on-failure stops at its limit', () => {
  expect(restartDelay(policy('on-failure', 2), { ...ended, restartCount: 1 })).toBe(100);
  expect(restartDelay(policy('on-failure', 2), { ...ended, restartCount: 2 })).toBe(undefined);
});

test('the delay doubles to a minute and starts anew after ten seconds of running', () => {
  const delays = [];
  let lastDelay = 0;
  for (let count = 0; count < 12; count++) {
    lastDelay = restartDelay(policy('always'), { ...ended, lastDelay }) ?? 0;
    delays.push(lastDelay);
  }
  expect(delays.slice(0, 4)).toEqual([100, 200, 400, 800]);
  expect(delays.at(-1)).toBe(60_000);
  expect(restartDelay(policy('always'), { ...ended, lastDelay, ranFor: 10_000 })).toBe(100);
});
