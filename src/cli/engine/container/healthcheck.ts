import { checkHealth } from '../../../engine/life/check-health.ts';
import { defineEngineCommand } from '../engine-command.ts';

/** What a shim runs from time to time. */
export const healthcheck = defineEngineCommand(
  {
    name: 'container healthcheck',
    summary: "run a container's health check once",
    usage: 'CONTAINER',
    args: { min: 1, max: 1 },
    hidden: true,
    flags: {},
  },
  async ({ engine }, _flags, [id = '']) => {
    await checkHealth(engine, id);
    return 0;
  },
);
