import { cleanUp } from '../../../engine/life/clean-up.ts';
import { defineEngineCommand } from '../engine-command.ts';

/** What a shim runs after its container's end. */
export const cleanup = defineEngineCommand(
  {
    name: 'container cleanup',
    summary: "clean up after a container's end, and restart it when its policy says so",
    usage: 'CONTAINER',
    args: { min: 1, max: 1 },
    hidden: true,
    flags: {},
  },
  async ({ engine }, _flags, [id = '']) => {
    await cleanUp(engine, id);
    return 0;
  },
);
