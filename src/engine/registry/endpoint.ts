/** Where a registry's API is, and how far it is to be believed. */
export interface Endpoint {
  /** `https://registry-1.docker.io`, without slash at the end. */
  url: string;
  /** Without looking at certificates. */
  insecure: boolean;
}

const officialEndpoint = 'https://registry-1.docker.io';

/**
 * Where to look for a registry, in this order: https, and for one of this machine, or one that the user calls
 * insecure, https without certificates and then http. Pure.
 * @param insecure what the user calls so: `host`, `host:port`, or `a.b.c.d/n`.
 */
export function endpointsOf(domain: string, insecure: readonly string[] = []): Endpoint[] {
  if (domain === 'docker.io') return [{ url: officialEndpoint, insecure: false }];
  if (!isInsecure(domain, insecure)) return [{ url: `https://${domain}`, insecure: false }];
  return [
    { url: `https://${domain}`, insecure: true },
    { url: `http://${domain}`, insecure: true },
  ];
}

/** A mirror is where the user says, with or without TLS. Pure. */
export function mirrorEndpoint(url: string, insecure: readonly string[] = []): Endpoint {
  return { url, insecure: isInsecure(url.replace(/^https?:\/\//, ''), insecure) };
}

function isInsecure(domain: string, insecure: readonly string[]): boolean {
  const host = domain.replace(/:\d+$/, '');
  const address = addressNumber(host);
  if (host === 'localhost' || host === '[::1]') return true;
  if (address !== undefined && address >>> 24 === 127) return true;
  return insecure.some((entry) => entry === domain || entry === host || inNetwork(address, entry));
}

function inNetwork(address: number | undefined, entry: string): boolean {
  const match = /^([\d.]+)\/(\d{1,2})$/.exec(entry);
  const network = match && addressNumber(match[1] as string);
  const bits = Number(match?.[2]);
  if (address === undefined || network === null || network === undefined || bits > 32) return false;
  const mask = bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0;
  return (address & mask) >>> 0 === (network & mask) >>> 0;
}

function addressNumber(text: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const bytes = text.split('.').map(Number);
  if (bytes.some((byte) => byte > 255)) return undefined;
  return bytes.reduce((number, byte) => number * 256 + byte, 0) >>> 0;
}
