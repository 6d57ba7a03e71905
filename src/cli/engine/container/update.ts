import { engineUsage } from '../../../engine/engine-error.ts';
import { type Limits, updatable, updateContainer } from '../../../engine/life/update-container.ts';
import { RundletError } from '../../../errors/rundlet-error.ts';
import { finishValues } from '../../flag-values.ts';
import { printError } from '../../print.ts';
import type { FlagTable, FlagValues } from '../../table/types.ts';
import { eachContainer } from '../each-container.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { FlagFault } from '../scan-docker-flags.ts';
import { containerFlags } from './create-flags.ts';
import { FlagReader } from './request/flag-reader.ts';
import { readRestart } from './request/read-host-config.ts';
import { readResources } from './request/read-resources.ts';

const flags = {
  'blkio-weight': containerFlags['blkio-weight'],
  'cpu-period': containerFlags['cpu-period'],
  'cpu-quota': containerFlags['cpu-quota'],
  'cpu-rt-period': containerFlags['cpu-rt-period'],
  'cpu-rt-runtime': containerFlags['cpu-rt-runtime'],
  'cpu-shares': containerFlags['cpu-shares'],
  cpus: containerFlags.cpus,
  'cpuset-cpus': containerFlags['cpuset-cpus'],
  'cpuset-mems': containerFlags['cpuset-mems'],
  'kernel-memory': containerFlags['kernel-memory'],
  memory: containerFlags.memory,
  'memory-reservation': containerFlags['memory-reservation'],
  'memory-swap': containerFlags['memory-swap'],
  'pids-limit': containerFlags['pids-limit'],
  restart: { type: 'string', summary: 'Restart policy to apply when a container exits' },
} as const satisfies FlagTable;

export const update = defineEngineCommand(
  {
    name: 'container update',
    summary: 'update configuration of one or more containers',
    usage: '[OPTIONS] CONTAINER [CONTAINER...]',
    examples: [{ does: 'Less memory, at once:', line: 'rundlet container update -m 256m box' }],
    args: { min: 1 },
    flags,
  },
  async ({ engine, host }, given, names) => {
    if (Object.values(given).every((value) => value === undefined)) {
      const message = 'you must provide one or more flags when using this command.';
      throw new RundletError('ERR_RUNDLET_USAGE', message);
    }
    const { limits, restart } = readFlags(given);
    return eachContainer(engine, names, async (id) => {
      for (const warning of await updateContainer(engine, id, limits, restart)) {
        await printError(host, `${warning}\n`);
      }
    });
  },
);

function readFlags(given: FlagValues<typeof flags>) {
  try {
    const all = { ...finishValues(containerFlags, {}), ...given, restart: 'no' };
    const limits = readResources(all, new FlagReader(flags));
    return { limits: picked(limits, given['pids-limit']), restart: restartOf(given.restart) };
  } catch (error) {
    throw error instanceof FlagFault ? engineUsage(error.message, 'container update') : error;
  }
}

function restartOf(text: string | undefined) {
  return text === undefined || text === '' ? undefined : readRestart(text);
}

/** What can be updated of the limits that flags give; without its flag the number of processes is not. */
function picked(limits: Limits, pids: number | undefined): Limits {
  const keys = updatable.filter((key) => key !== 'PidsLimit');
  return {
    ...Object.fromEntries(keys.map((key) => [key, limits[key]])),
    ...(pids !== undefined && { PidsLimit: pids }),
  };
}
