import { startEngine } from '../../../engine/system/start-engine.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { printAttempts } from './print-attempts.ts';

export const start = defineEngineCommand(
  {
    name: 'system start',
    summary: 'start the containers whose restart policy asks for it',
    notes:
      'For the machine’s start, as a dockerd does when it starts: records of containers that ran when the\nmachine went down are put right (any command does that), and what has the policy always,\nunless-stopped (and was not stopped by hand) or on-failure (and failed) is started.',
    usage: '',
    examples: [{ does: 'In a unit of systemd:', line: 'rundlet system start' }],
    args: { min: 0, max: 0 },
    flags: {},
  },
  async ({ engine, host }) => printAttempts(host, await startEngine(engine)),
);
