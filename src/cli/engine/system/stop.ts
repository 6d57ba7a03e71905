import { stopEngine } from '../../../engine/system/stop-engine.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { printAttempts } from './print-attempts.ts';

export const stop = defineEngineCommand(
  {
    name: 'system stop',
    summary: 'stop all running containers, to be started again by system start',
    usage: '[OPTIONS]',
    examples: [{ does: 'Before the machine goes down:', line: 'rundlet system stop' }],
    args: { min: 0, max: 0 },
    flags: {
      timeout: {
        type: 'integer',
        alias: 't',
        summary: "Seconds to wait before killing a container, in place of each one's own",
      },
    },
  },
  async ({ engine, host }, { timeout }) => printAttempts(host, await stopEngine(engine, timeout)),
);
