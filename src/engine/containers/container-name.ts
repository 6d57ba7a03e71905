import type { Host } from '../../host/host.ts';
import { invalidParameter } from '../engine-error.ts';
import { qualities, things } from './words.ts';

const pattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** A name as given, with or without its slash; Docker's text when it is none. @returns without the slash. */
export function checkName(given: string): string {
  const name = given.replace(/^\//, '');
  if (pattern.test(name)) return name;
  throw invalidParameter(
    `Invalid container name (${given}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
  );
}

/** `quality_thing`; from the second try on with a digit, so that it ends in a store full of names. */
export async function generateName(host: Host, attempt: number): Promise<string> {
  const hex = await host.call('randomHex', { bytes: 6 });
  const pick = (list: readonly string[], at: number) =>
    list[Number.parseInt(hex.slice(at, at + 4), 16) % list.length];
  const name = `${pick(qualities, 0)}_${pick(things, 4)}`;
  return attempt === 0 ? name : `${name}${Number.parseInt(hex.slice(8), 16) % 10 ** attempt}`;
}

/**
 * 64 lower hexadecimal digits. The first twelve, which become the host name, are not all decimal: such a
 * name would be taken for a number (moby draws again too).
 */
export async function newId(host: Host): Promise<string> {
  for (;;) {
    const id = await host.call('randomHex', { bytes: 32 });
    if (/[a-f]/.test(id.slice(0, 12))) return id;
  }
}
