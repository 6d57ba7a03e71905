import { findContainer } from '../../../engine/containers/store.ts';
import { isEngineError } from '../../../engine/engine-error.ts';
import { attachContainer } from '../../../engine/life/attach-container.ts';
import { detachKeys } from '../../../engine/life/detach-keys.ts';
import { daemonError } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { attachFlags } from './attach-flags.ts';

export const attach = defineEngineCommand(
  {
    name: 'container attach',
    summary: 'attach local standard input, output, and error streams to a running container',
    usage: '[OPTIONS] CONTAINER',
    args: { min: 1, max: 1 },
    flags: {
      ...attachFlags,
      'no-stdin': { type: 'boolean', summary: 'Do not attach standard input' },
    },
  },
  async ({ engine }, flags, [name = '']) => {
    const keys = detachKeys(flags['detach-keys']);
    try {
      const { exitCode } = await attachContainer(
        engine,
        await findContainer(engine, name),
        { stdin: !flags['no-stdin'] },
        { detachKeys: keys, signalProxy: flags['sig-proxy'] },
      );
      return exitCode;
    } catch (error) {
      // Docker's client looks at the state itself, before it asks.
      throw isEngineError(error, 'ERR_RUNDLET_WRONG_STATUS') ? error : daemonError(error);
    }
  },
);
