import { inspectContainer } from '../../../engine/containers/inspect-container.ts';
import type { Engine } from '../../../engine/context.ts';
import { isEngineError, noSuchImage, noSuchObject } from '../../../engine/engine-error.ts';
import type { Image } from '../../../engine/images/image.ts';
import { inspectImage } from '../../../engine/images/inspect-image.ts';
import { resolveImage } from '../../../engine/images/resolve-image.ts';
import { lookedAt } from '../../../engine/life/looked-at.ts';
import { inspectVolume } from '../../../engine/volumes/inspect-volume.ts';
import { readVolume } from '../../../engine/volumes/volume-store.ts';
import { RundletError } from '../../../errors/rundlet-error.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { inspectAll } from '../inspect-all.ts';

type Look = (engine: Engine, name: string, size: boolean) => Promise<object>;

/** In the order in which a name is looked for. */
const looks: Readonly<Record<string, Look>> = {
  container: async (engine, name, size) =>
    inspectContainer(engine, await lookedAt(engine, name), { size }),
  image: async (engine, name) => inspectImage(engine, await imageOf(engine, name)),
  volume: async (engine, name) => inspectVolume(await readVolume(engine, name)),
};

export const inspect = defineEngineCommand(
  {
    name: 'system inspect',
    summary: 'return low-level information on containers, images and volumes',
    usage: '[OPTIONS] NAME|ID [NAME|ID...]',
    notes: 'A name is looked for in this order unless --type says what it is.',
    examples: [{ does: 'One field:', line: "rundlet inspect -f '{{.State.Status}}' box" }],
    args: { min: 1 },
    flags: {
      format: { type: 'string', alias: 'f', summary: 'Format the output using a Go template' },
      size: {
        type: 'boolean',
        alias: 's',
        summary: 'Display total file sizes if the type is container',
      },
      type: { type: 'string', summary: 'Return JSON for specified type' },
    },
  },
  ({ engine, host }, { format, size, type }, names) => {
    if (type && !Object.hasOwn(looks, type)) {
      const message = `${JSON.stringify(type)} is not a valid value for --type`;
      throw new RundletError('ERR_RUNDLET_USAGE', message);
    }
    return inspectAll(host, names, format, (name) => {
      const look = type ? looks[type] : undefined;
      return look ? look(engine, name, size) : firstOf(engine, name, size);
    });
  },
);

/** The command line's own text has the name as it was given. */
async function imageOf(engine: Engine, name: string): Promise<Image> {
  try {
    return await resolveImage(engine, name);
  } catch (error) {
    throw isEngineError(error, 'ERR_RUNDLET_NO_SUCH_OBJECT') ? noSuchImage(name) : error;
  }
}

async function firstOf(engine: Engine, name: string, size: boolean): Promise<object> {
  for (const look of Object.values(looks)) {
    try {
      return await look(engine, name, size);
    } catch (error) {
      // What is no image's name may be a volume's.
      const none = ['ERR_RUNDLET_NO_SUCH_OBJECT', 'ERR_RUNDLET_INVALID_PARAMETER'] as const;
      if (!isEngineError(error, ...none)) throw error;
    }
  }
  throw noSuchObject(name);
}
