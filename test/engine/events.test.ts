// What commands record is told by `system events`, in both hosts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/context.ts';
import { recordEvent } from '../../src/engine/events/record-event.ts';
import { openEngine } from '../../src/engine/open-engine.ts';
import { nodeHost } from '../../src/host/node-host.ts';
import { repository } from '../support/index.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';

let roots: EngineRoots;
let engine: Engine;
const id = 'd'.repeat(64);

beforeEach(() => {
  roots = makeEngineRoots();
  engine = openEngine(nodeHost(), roots);
});
afterEach(() => roots.remove());

const tell = (action: string, attributes: Record<string, string> = {}) =>
  recordEvent(engine, {
    type: 'container',
    action,
    id,
    attributes: { image: 'busybox', name: 'box', ...attributes },
  });

const past = (...args: string[]) => {
  const words = ['system', 'events', '--since', '1h', '--until', '0s', ...args];
  const shown = roots.ok(words);
  expect(roots.node(words)).toEqual({ status: 0, stdout: shown && `${shown}\n`, stderr: '' });
  return shown.split('\n').filter(Boolean);
};

it('tells what was, with docker’s words and filters', async () => {
  expect(past()).toEqual([]);
  expect(existsSync(roots.dataRoot)).toBe(false);
  await tell('create');
  await tell('start');
  await tell('die', { exitCode: '3' });
  await recordEvent(engine, { type: 'volume', action: 'create', id: 'v', attributes: {} });
  expect(past()[2]).toMatch(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z container die d{64} \(exitCode=3, image=busybox, name=box\)$/,
  );
  expect(past('-f', 'event=start', '-f', 'event=die', '--format', '{{.Action}}')).toEqual([
    'start',
    'die',
  ]);
  expect(past('-f', 'type=volume', '--format', '{{.Type}} {{.Actor.ID}} {{.ID}}.')).toEqual([
    'volume v .',
  ]);
  expect(past('-f', 'container=box', '-f', 'image=busybox')).toHaveLength(3);
  expect(past('-f', 'container=other')).toEqual([]);
  const [event] = past('--format', '{{json .}}').map((line) => JSON.parse(line));
  expect(Object.keys(event)).toEqual([
    ...['status', 'id', 'from', 'Type', 'Action', 'Actor', 'scope', 'time', 'timeNano'],
  ]);
  expect(past('--until', String(event.time - 1))).toEqual([]);
  expect(statSync(join(roots.dataRoot, 'rundlet/events.jsonl')).mode & 0o777).toBe(0o600);
});

it('half a line of a machine that crashed is passed over', async () => {
  await tell('create');
  const path = join(roots.dataRoot, 'rundlet/events.jsonl');
  appendFileSync(path, '{"Type":"contai\n');
  await tell('start');
  expect(past('--format', '{{.Action}}')).toEqual(['create', 'start']);
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(4);
});

it('refuses what is no time and no filter', () => {
  expect(roots.rundlet(['system', 'events', '--since', 'x']).stderr).toContain(
    'invalid value for a time: "x"',
  );
  const wrong = roots.rundlet(['system', 'events', '-f', 'frob=1']);
  expect([wrong.status, wrong.stderr]).toEqual([1, "invalid filter 'frob'\n"]);
});

it('follows: each event as it comes, until a moment', { timeout: 20_000 }, async () => {
  await tell('create');
  const until = String(Date.now() / 1000 + 4);
  const args = ['--data-root', roots.dataRoot, 'system', 'events', '--format', '{{.Action}}'];
  const child = spawn(join(repository, 'dist/bin/rundlet'), [...args, '--until', until], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  // The watch is made before the file is opened.
  await expect
    .poll(() => fdsOf(child.pid).some((target) => target.endsWith('events.jsonl')))
    .toBe(true);
  await tell('start');
  expect((await lines.next()).value).toBe('start');
  await tell('stop');
  expect((await lines.next()).value).toBe('stop');
  expect((await ended)[0]).toBe(0);
  expect((await lines.next()).done).toBe(true);
});

function fdsOf(pid: number | undefined): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}
