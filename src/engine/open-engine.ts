import type { Host } from '../host/host.ts';
import type { Engine } from './context.ts';
import { enginePaths } from './engine-paths.ts';
import { rfc3339Nano } from './rfc3339.ts';

export interface EngineRoots {
  /** Absolute and clean. */
  dataRoot: string;
  /** Absolute and clean. */
  execRoot: string;
  warn?: (message: string) => void;
}

/** The engine on these roots; touches nothing yet. */
export function openEngine(host: Host, { dataRoot, execRoot, warn = ignore }: EngineRoots): Engine {
  return {
    host,
    paths: enginePaths(dataRoot, execRoot),
    now: async () => rfc3339Nano(await host.call('clock', null)),
    warn,
  };
}

function ignore(): void {}
