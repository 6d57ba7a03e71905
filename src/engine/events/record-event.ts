import { isHostError } from '../../host/host-error.ts';
import type { Container } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { dockerJson } from '../docker-json.ts';
import { type Happening, makeEvent } from './event.ts';

/** Two files of this size hold the last events. */
const maxBytes = 8 * 1024 * 1024;

export function eventsPath({ paths }: Engine): string {
  return `${paths.own}/events.jsonl`;
}

/**
 * Tells `events` what happened. What happened has happened: that it cannot be written (a full disk) is a
 * warning and no failure.
 */
export async function recordEvent(engine: Engine, happening: Happening): Promise<void> {
  const { host, paths } = engine;
  const line = `${dockerJson(makeEvent(happening, await host.call('clock', null)))}\n`;
  const append = () =>
    host.call('appendEvent', { path: eventsPath(engine), text: line, max: maxBytes });
  try {
    try {
      await append();
    } catch (error) {
      if (!isHostError(error, 'ENOENT')) throw error;
      await host.call('makeDirectory', { path: paths.own, mode: 0o700, parents: true });
      await append();
    }
  } catch (error) {
    if (!isHostError(error)) throw error;
    engine.warn(
      `the event '${happening.type} ${happening.action}' is not recorded: ${error.message}`,
    );
  }
}

/**
 * What happened to a container, with the attributes that Docker gives: its labels, image and name, and
 * what the action adds (`exitCode` of `die`, `signal` of `kill`).
 */
export function containerHappening(
  { id, config }: Container,
  action: string,
  added: Readonly<Record<string, string>> = {},
): Happening {
  const attributes = {
    ...config.Config.Labels,
    image: config.Config.Image,
    name: config.Name.replace(/^\//, ''),
    ...added,
  };
  return { type: 'container', action, id, attributes };
}
