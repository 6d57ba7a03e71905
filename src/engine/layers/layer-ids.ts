import type { Host } from '../../host/host.ts';

/** Random ids as Docker's cache ids and mount ids: 64 lower hexadecimal digits. */
export async function randomId(host: Host): Promise<string> {
  return await host.call('randomHex', { bytes: 32 });
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * Name of a link in `overlay2/l`: 26 characters of base32, so short that 128 of them fit in the page of
 * options that mount(2) takes.
 */
export async function linkName(host: Host): Promise<string> {
  const digits = await host.call('randomHex', { bytes: 26 });
  let name = '';
  for (let at = 0; at < digits.length; at += 2) {
    name += alphabet[Number.parseInt(digits.slice(at, at + 2), 16) % 32];
  }
  return name;
}
