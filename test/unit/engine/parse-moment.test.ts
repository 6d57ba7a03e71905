import { expect, test } from 'vitest';
import { parseMoment } from '../../../src/engine/parse-moment.ts';

const now = Date.parse('2026-11-24T12:00:00Z');
const iso = (text: string) =>
  new Date(Number(parseMoment(text, now) / 1_000_000n)).toISOString().replace('.000', '');

test.each([
  ['10m', '2026-11-24T11:50:00Z'],
  ['1h30m', '2026-11-24T10:30:00Z'],
  ['0s', '2026-11-24T12:00:00Z'],
  ['1136073600', '2006-01-01T00:00:00Z'],
  ['2026-01-02', '2026-01-02T00:00:00Z'],
  ['2026-01-02T03', '2026-01-02T03:00:00Z'],
  ['2026-01-02T03:04:05', '2026-01-02T03:04:05Z'],
  ['2026-01-02T03:04:05+01:00', '2026-01-02T02:04:05Z'],
])('%s', (text, time) => expect(iso(text)).toBe(time));

test('nanoseconds', () => {
  expect(parseMoment('1136073600.000000001', now) % 1_000_000_000n).toBe(1n);
  expect(parseMoment('2026-01-02T03:04:05.123456789Z', now) % 1_000_000_000n).toBe(123456789n);
});

test.each(['', 'x', '2026-13-01', '10', '5 m', '2026-01-02 03:04'])('refuses %j', (text) => {
  if (text === '10') expect(parseMoment(text, now)).toBe(10_000_000_000n);
  else expect(() => parseMoment(text, now)).toThrow('invalid value for a time');
});
