import { expect, test } from 'vitest';
import {
  afterProbe,
  type Probe,
  probeDelay,
  probeOf,
  probeOutput,
  startingHealth,
} from '../../../src/engine/containers/health.ts';

const startedAt = '2026-11-24T02:00:00Z';
const result = (ExitCode: number, second = 1) => ({
  Start: `2026-11-24T02:00:${String(second).padStart(2, '0')}Z`,
  End: `2026-11-24T02:00:${String(second).padStart(2, '0')}.5Z`,
  ExitCode,
  Output: '',
});
const probe = probeOf({ Test: ['CMD', 'true'], Retries: 2, StartPeriod: 10e9 }) as Probe;

test('defaults and forms of the test', () => {
  expect(probeOf(undefined)).toBe(undefined);
  expect(probeOf({ Test: ['NONE'] })).toBe(undefined);
  expect(probeOf({ Test: [] })).toBe(undefined);
  expect(probeOf({ Test: ['CMD-SHELL', 'exit 1'] })).toEqual({
    args: ['/bin/sh', '-c', 'exit 1'],
    interval: 30_000,
    timeout: 30_000,
    startPeriod: 0,
    startInterval: 5000,
    retries: 3,
  });
  expect(probeOf({ Test: ['CMD-SHELL', 'x'] }, ['/bin/bash', '-c'])?.args[0]).toBe('/bin/bash');
});

test('failures count after the start period only, until the first success', () => {
  const early = afterProbe(probe, startingHealth(null), result(1), startedAt);
  expect([early.Status, early.FailingStreak]).toEqual(['starting', 0]);
  const late = afterProbe(probe, early, result(1, 11), startedAt);
  expect([late.Status, late.FailingStreak]).toEqual(['starting', 1]);
  expect(afterProbe(probe, late, result(1, 12), startedAt).Status).toBe('unhealthy');
  const healthy = afterProbe(probe, late, result(0, 13), startedAt);
  expect([healthy.Status, healthy.FailingStreak]).toEqual(['healthy', 0]);
  expect(afterProbe(probe, healthy, result(1, 2), startedAt).FailingStreak).toBe(1);
});

test('five results are kept, 4096 characters each', () => {
  let health = startingHealth(null);
  for (let count = 0; count < 9; count++)
    health = afterProbe(probe, health, result(count), startedAt);
  expect(health.Log?.map(({ ExitCode }) => ExitCode)).toEqual([4, 5, 6, 7, 8]);
  expect(probeOutput('x'.repeat(5000))).toHaveLength(4099);
});

test('the short interval is for the start period of one that still starts', () => {
  const starting = startingHealth(null);
  expect(probeDelay(probe, starting, 1000)).toBe(5000);
  expect(probeDelay(probe, starting, 10_000)).toBe(30_000);
  expect(probeDelay(probe, { ...starting, Status: 'healthy' }, 1000)).toBe(30_000);
});
