import { describe, expect, test } from 'vitest';
import type { ContainerStatus } from '../../../src/lifecycle/types.ts';
import { demandStatus, type StatusVerb, transitions } from '../../../src/state/status.ts';

const statuses: ContainerStatus[] = ['creating', 'created', 'running', 'paused', 'stopped'];

/** What is allowed, written down a second time. */
const allowed: Record<StatusVerb, string> = {
  start: 'created',
  exec: 'created running',
  kill: 'creating created running paused',
  delete: 'created stopped',
  pause: 'created running',
  resume: 'paused',
  update: 'created running paused',
};

describe.each(Object.keys(transitions) as StatusVerb[])('%s', (verb) => {
  test.each(statuses)('in status %s', (status) => {
    const act = () => demandStatus(verb, status, 'c1');
    if (allowed[verb].split(' ').includes(status)) return act();
    expect(act).toThrow(
      expect.objectContaining({
        code: 'ERR_RUNDLET_WRONG_STATUS',
        from: status,
        to: transitions[verb].to,
      }),
    );
  });
});

test.each([
  ['pause', 'paused', 'container not running'],
  ['resume', 'running', 'container not paused'],
  ['start', 'running', 'cannot start an already running container'],
  ['delete', 'running', 'cannot delete container c1 that is not stopped: running'],
] as const)('%s of a %s one: %s', (verb, status, text) => {
  expect(() => demandStatus(verb, status, 'c1')).toThrow(text);
});
