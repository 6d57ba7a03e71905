import type { PortMap } from '../network/ports.ts';
import type { ContainerState } from './record.ts';
import { stateWord } from './run-state.ts';

/** What lists and filters need of a container. */
export interface Summary {
  id: string;
  /** Without the slash. */
  name: string;
  /** As the user named it. */
  image: string;
  /** `sha256:…`. */
  imageId: string;
  /** Program and arguments in one line. */
  command: string;
  /** RFC 3339 with nanoseconds. */
  created: string;
  state: ContainerState;
  labels: Readonly<Record<string, string>>;
  ports: PortMap;
  /** Exposed by image or options, whether or not they are published: `80/tcp`. */
  exposed: readonly string[];
  mounts: readonly { name: string; source: string; destination: string; driver: string }[];
  networks: readonly { name: string; id: string }[];
}

/** Newest first, as every list of Docker's. */
export function newestFirst(one: Summary, other: Summary): number {
  if (one.created === other.created) return one.id < other.id ? -1 : 1;
  return one.created < other.created ? 1 : -1;
}

export function healthWord({ state }: Summary): string {
  return state.Health?.Status || 'none';
}

/** Running in the sense of `ps` without `-a`: paused and restarting ones too. */
export function isUp({ state }: Summary): boolean {
  return ['running', 'paused', 'restarting'].includes(stateWord(state));
}
