import type { GoMap } from '../containers/record.ts';

/** A network of the engine: `bridge.json` for the one that all have, else `networks/<id>.json` in its own directory. */
export interface Network {
  /** 64 hex digits. */
  id: string;
  name: string;
  /** Name of the host's bridge device. */
  device: string;
  /** RFC 3339 with nanoseconds. */
  created: string;
  subnet: string;
  gateway: string;
  /** What addresses are taken from, when not from the whole subnet. */
  range?: string;
  /** IPv6, when it has that. */
  subnet6?: string;
  gateway6?: string;
  range6?: string;
  /** The subnet was named by the user: then addresses may be. */
  configured?: boolean;
  /** No way out. */
  internal?: boolean;
  attachable?: boolean;
  options?: GoMap<string>;
  labels?: GoMap<string>;
}

/** Names that are taken, and never removed. */
export const predefined = ['bridge', 'host', 'none'] as const;

export function isPredefined(name: string): boolean {
  return (predefined as readonly string[]).includes(name);
}
