import type { Host } from '../host/host.ts';
import { listenFds } from './listen-fds.ts';
import type { StdioTriple } from './types.ts';

/** What the process of a launch will have, whatever is planned. */
export interface AheadOptions {
  stdio?: StdioTriple;
  preserveFds?: number;
}

/** A rundlet-init that starts while its launch is being planned. */
export interface AheadLaunch {
  /** For the plan; undefined where there is none: the launch starts its own. */
  handle(): Promise<{ ahead: number } | undefined>;
  /** When the launch will not come, or has failed. */
  end(): Promise<void>;
}

/** Begins to start it, where that goes on beside JavaScript. */
export function launchAhead(host: Host, options: AheadOptions): AheadLaunch {
  if (!host.beside) return { handle: async () => undefined, end: async () => undefined };
  const { preserveFds } = listenFds(host, options.preserveFds);
  const stdio = options.stdio ?? [0, 1, 2];
  const begun = begin(host, stdio, preserveFds);
  return {
    handle: () => begun,
    end: async () => {
      const started = await begun;
      if (started) await host.call('launchAheadEnd', { handle: started.ahead });
    },
  };
}

async function begin(host: Host, stdio: StdioTriple, preserveFds: number) {
  try {
    const { handle } = await host.call('launchAhead', { stdio, preserveFds });
    return { ahead: handle };
  } catch {
    // The launch tries again, and tells.
    return undefined;
  }
}
