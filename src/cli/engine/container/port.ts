import { readContainer } from '../../../engine/containers/store.ts';
import { portLines } from '../../../engine/network/ports.ts';
import { RundletError } from '../../../errors/rundlet-error.ts';
import { print } from '../../print.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const port = defineEngineCommand(
  {
    name: 'container port',
    summary: 'list port mappings or a specific mapping for the container',
    usage: 'CONTAINER [PRIVATE_PORT[/PROTO]]',
    args: { min: 1, max: 2 },
    flags: {},
  },
  async ({ engine, host }, _flags, [name = '', wanted]) => {
    const { config } = await readContainer(engine, name);
    const ports = config.NetworkSettings.Ports ?? {};
    if (wanted === undefined) {
      await print(host, lines(portLines(ports)));
      return 0;
    }
    const key = wanted.includes('/') ? wanted : `${wanted}/tcp`;
    const places = Object.hasOwn(ports, key) ? ports[key] : undefined;
    if (!places?.length) {
      const message = `No public port '${key}' published for ${name}`;
      throw new RundletError('ERR_RUNDLET_NO_SUCH_OBJECT', message);
    }
    const prefix = `${key} -> `;
    await print(host, lines(portLines({ [key]: places }).map((line) => line.slice(prefix.length))));
    return 0;
  },
);

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
