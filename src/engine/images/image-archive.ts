import { RundletError } from '../../errors/rundlet-error.ts';
import { systemError } from '../../errors/system-error.ts';
import type { Engine } from '../context.ts';
import type { Digest } from '../layers/layer-store.ts';
import { imageLimits } from './limits.ts';

/** An image as an archive describes it; nothing of it is verified yet but the form. */
export interface ArchivedImage {
  /** The config, byte for byte. */
  configText: string;
  /** Lowest first. */
  layers: ArchivedLayer[];
  /** Names it should get, `name:tag`. */
  names: string[];
  /** Id of the image that it was built on, where the archive tells. */
  parent?: string;
}

export interface ArchivedLayer {
  /** Member of the archive. */
  path: string;
  /** Digest of the member as it is, where the archive tells. */
  digest?: Digest;
}

/** An open archive, whose members are read by name. */
export interface ImageArchive {
  handle: number;
  /** Text of a member; undefined if there is none. */
  text(path: string, max?: number): Promise<string | undefined>;
  /** Throws if the text is not what the digest says. */
  verify(text: string, digest: Digest): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the archive at `path`, standard input for an empty one.
 * @param whole it is one tar and not an archive of images.
 */
export async function openArchive(
  engine: Engine,
  path: string,
  whole = false,
): Promise<ImageArchive> {
  const { host, paths } = engine;
  try {
    await host.call('makeDirectory', { path: paths.tmp, mode: 0o700, parents: true });
    const { handle } = await host.call('archiveOpen', {
      path,
      spool: paths.tmp,
      maxMembers: imageLimits.members,
      maxBytes: imageLimits.layerBytes,
      whole,
    });
    return {
      handle,
      text: (member, max = imageLimits.manifestBytes) => memberText(engine, handle, member, max),
      verify: async (text, digest) => {
        const got = `sha256:${await host.call('sha256', { text })}`;
        if (got !== digest) throw imageError(`wrong digest: expected ${digest}, got ${got}`);
      },
      close: async () => void (await host.call('archiveClose', { handle })),
    };
  } catch (error) {
    throw systemError(error, '', 'ERR_RUNDLET_IMAGE');
  }
}

async function memberText(
  { host }: Engine,
  handle: number,
  path: string,
  max: number,
): Promise<string | undefined> {
  try {
    const { found, text } = await host.call('archiveText', { handle, path, max });
    return found ? text : undefined;
  } catch (error) {
    throw systemError(error, '', 'ERR_RUNDLET_IMAGE');
  }
}

/** Text of a member that has to be there. */
export async function requiredText(
  archive: ImageArchive,
  path: string,
  max?: number,
): Promise<string> {
  const text = await archive.text(path, max);
  if (text === undefined) throw imageError(`${path}: not in the archive`);
  return text;
}

/** JSON of a member; throws for what is no JSON. */
export function archiveJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RundletError('ERR_RUNDLET_IMAGE', `${path}: not JSON`, { cause });
  }
}

export function imageError(message: string): RundletError {
  return new RundletError('ERR_RUNDLET_IMAGE', message);
}

/** A JSON object and no array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
