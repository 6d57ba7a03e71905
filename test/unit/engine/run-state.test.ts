import { expect, test } from 'vitest';
import { createdState } from '../../../src/engine/containers/record.ts';
import {
  restarting,
  running,
  stateWord,
  statusText,
  stopped,
} from '../../../src/engine/containers/run-state.ts';

const created = createdState();
const start = '2026-11-24T02:06:51.498099652Z';
const at = (seconds: number) => Date.parse('2026-11-24T02:06:51.498Z') + seconds * 1000;
const end = { exitCode: 137, oomKilled: true, exitedAt: '2026-11-24T02:06:51.498099652Z' };

test('a container that was only created', () => {
  expect([stateWord(created), statusText(created, at(0))]).toEqual(['created', 'Created']);
});

test.each([
  [0, 'Up Less than a second'],
  [1, 'Up 1 second'],
  [59, 'Up 59 seconds'],
  [60, 'Up About a minute'],
  [180, 'Up 3 minutes'],
  [3600, 'Up About an hour'],
  [7200, 'Up 2 hours'],
  [86_400 * 3, 'Up 3 days'],
  [86_400 * 21, 'Up 3 weeks'],
  [86_400 * 90, 'Up 3 months'],
  [86_400 * 365 * 3, 'Up 3 years'],
])('after %i seconds it is %s', (seconds, text) => {
  expect(statusText(running(created, 7, start), at(seconds))).toBe(text);
});

test('paused, healthy, restarting, exited, dead', () => {
  const up = running(created, 7, start);
  expect(statusText({ ...up, Paused: true }, at(5))).toBe('Up 5 seconds (Paused)');
  const health = { Status: 'starting', FailingStreak: 0, Log: [] } as const;
  expect(statusText({ ...up, Health: { ...health, Log: [] } }, at(5))).toBe(
    'Up 5 seconds (health: starting)',
  );
  const healthy = { Status: 'healthy', FailingStreak: 0, Log: [] } as const;
  expect(statusText({ ...up, Health: { ...healthy, Log: [] } }, at(5))).toBe(
    'Up 5 seconds (healthy)',
  );
  const again = restarting(up, end);
  expect([stateWord(again), again.Running, again.Pid]).toEqual(['restarting', true, 0]);
  expect(statusText(again, at(2))).toBe('Restarting (137) 2 seconds ago');
  const over = stopped(up, end);
  expect(statusText(over, at(2))).toBe('Exited (137) 2 seconds ago');
  expect([stateWord(over), over.OOMKilled, over.StartedAt]).toEqual(['exited', true, start]);
  expect(stateWord({ ...over, Dead: true })).toBe('dead');
  expect(statusText({ ...over, RemovalInProgress: true }, at(2))).toBe('Removal In Progress');
});

test('a new run forgets the end of the last', () => {
  const next = running(stopped(running(created, 7, start), end), 8, start);
  expect([next.ExitCode, next.OOMKilled, next.Pid]).toEqual([0, false, 8]);
  expect(next.FinishedAt).toBe(end.exitedAt);
});
