import { describe, expect, test } from 'vitest';
import { recordingHost, type TraceEvent } from '../../../src/cli/trace/record-trace.ts';
import { tracePage } from '../../../src/cli/trace/trace-page.ts';
import { shownRows, traceText } from '../../../src/cli/trace/trace-rows.ts';
import type { Host } from '../../../src/host/host.ts';

const event = (name: string, ts: number, dur: number, args = { subject: '' }): TraceEvent => {
  return { name, ts, dur, args, ph: 'X', pid: 1, tid: 1 };
};

describe('a recording host', () => {
  const host = (call: (op: string, args: unknown) => unknown) =>
    ({ cwd: '/', env: {}, pid: 7, call }) as unknown as Host;
  const clock = () => {
    let now = 1000;
    return () => (now += 0.5);
  };

  test('answers as its host does, at once or later, and notes both', async () => {
    const events: TraceEvent[] = [];
    const atOnce = recordingHost(
      host(() => 'text'),
      clock(),
      events,
    );
    expect(atOnce.call('readText', { path: '/a', max: 1 })).toBe('text');
    const later = recordingHost(
      host(() => Promise.resolve('text')),
      clock(),
      events,
    );
    const answer = later.call('readText', { path: '/b', max: 1 });
    expect(answer).toBeInstanceOf(Promise);
    expect(await answer).toBe('text');
    expect(events).toMatchObject([
      { name: 'readText', ts: 1_000_500, dur: 500, pid: 7, args: { subject: '/a' } },
      { name: 'readText', dur: 500, args: { subject: '/b' } },
    ]);
  });

  test('an error stays what it is', async () => {
    const events: TraceEvent[] = [];
    const fault = new Error('no');
    const thrown = recordingHost(
      host(() => {
        throw fault;
      }),
      clock(),
      events,
    );
    expect(() => thrown.call('clock', null)).toThrow(fault);
    const rejected = recordingHost(
      host(() => Promise.reject(fault)),
      clock(),
      events,
    );
    await expect(rejected.call('clock', null)).rejects.toBe(fault);
    expect(events.map(({ args }) => args)).toEqual([
      { subject: '', failed: true },
      { subject: '', failed: true },
    ]);
  });
});

describe('what is drawn', () => {
  const events = [
    event('wait', 3000, 1_000_000),
    event('readText', 1000, 500, { subject: '/bundle/config.json' }),
    event('launch', 1500, 1400),
    event('removeTree', 1_003_000, 100, { subject: '<script>&' }),
  ];

  test('is in order, and ends where the container runs', () => {
    const { rows, total } = shownRows(events);
    expect(rows.map(({ name, at }) => [name, at])).toEqual([
      ['readText', 0],
      ['launch', 0.5],
      ['wait', 2],
      ['removeTree', 1002],
    ]);
    expect(total).toBe(2);
    expect(shownRows([])).toEqual({ rows: [], total: 0 });
  });

  test('fits 80 columns', () => {
    const lines = traceText(events).trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines[1]).toMatch(/^ {4}0\.00 {5}0\.50 readText {9}\|#{7} /);
  });

  test('is one page without script, and nothing in a name is markup', () => {
    const page = tracePage(events);
    expect(page).toContain('4 operations in 2.00 ms');
    expect(page).toContain('&lt;script&gt;&amp;');
    expect(page).not.toMatch(/<script|https?:|src=|href=/);
    expect(page.match(/<tr/g)).toHaveLength(5);
    expect(page).toContain('margin-left:25.00%;width:70.00%');
  });
});
