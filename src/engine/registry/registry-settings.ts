import { RundletError } from '../../errors/rundlet-error.ts';
import type { Engine } from '../context.ts';
import { isObject, isTextList } from '../images/image-archive.ts';
import { findText } from '../layers/store-text.ts';

/** What holds for registries besides what they say themselves. */
export interface RegistrySettings {
  /** `host`, `host:port` or `a.b.c.d/n`: may be asked by http, or with any certificate. */
  insecure: readonly string[];
  /** Addresses that are asked before Docker's own registry: `https://mirror.example`. */
  mirrors: readonly string[];
}

const maxBytes = 1024 * 1024;

/** `<data root>/rundlet/daemon.json` with dockerd's keys, and what the caller adds. */
export async function registrySettings(
  engine: Engine,
  { insecure = [], mirrors = [] }: Partial<RegistrySettings> = {},
): Promise<RegistrySettings> {
  const path = `${engine.paths.own}/daemon.json`;
  const kept = parse((await findText(engine.host, path, maxBytes)) ?? '{}', path);
  return {
    insecure: [...insecure, ...kept('insecure-registries')],
    mirrors: [...mirrors, ...kept('registry-mirrors')].map(mirrorUrl),
  };
}

function parse(text: string, path: string): (key: string) => string[] {
  const bad = (what: string) =>
    new RundletError('ERR_RUNDLET_INVALID_PARAMETER', `${path}: ${what}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad('not JSON');
  }
  if (!isObject(value)) throw bad('no JSON object');
  return (key) => {
    const list = value[key] ?? [];
    if (!isTextList(list)) throw bad(`${key} is no list of text`);
    return list;
  };
}

/** Docker's text for what is no address of a mirror. */
function mirrorUrl(text: string): string {
  if (/^https?:\/\/[^/?#@\s]+\/?$/.test(text)) return text.replace(/\/$/, '');
  throw new RundletError(
    'ERR_RUNDLET_INVALID_PARAMETER',
    `invalid mirror: ${JSON.stringify(text)} is no address as https://mirror.example`,
  );
}
