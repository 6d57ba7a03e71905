import type { CreateOptions } from '../lifecycle/types.ts';
import type { CommandContext } from './command.ts';
import { absolutePath } from './paths.ts';
import type { createFlags } from './table/launch-flags.ts';
import type { FlagValues } from './table/types.ts';

/** Flags of create and run as options of the lifecycle. */
export function createOptions(
  { host }: CommandContext,
  flags: FlagValues<typeof createFlags>,
  id: string,
): CreateOptions {
  return {
    id,
    bundle: absolutePath(host, flags.bundle || '.'),
    ...(flags.config && { configFile: absolutePath(host, flags.config) }),
    noPivot: flags['no-pivot'],
    noNewKeyring: flags['no-new-keyring'],
    preserveFds: flags['preserve-fds'],
    ...notifyOption(host),
    ...socketOptions(host, flags),
  };
}

/** Where systemd waits to be told that its service is ready. */
export function notifyOption({ env }: CommandContext['host']): { notifySocket?: string } {
  return env.NOTIFY_SOCKET ? { notifySocket: env.NOTIFY_SOCKET } : {};
}

/** Paths of sockets and of the pid file; absent when not given or empty. */
export function socketOptions(
  host: CommandContext['host'],
  flags: {
    'console-socket': string | undefined;
    'pidfd-socket': string | undefined;
    'pid-file': string | undefined;
  },
): { consoleSocket?: string; pidfdSocket?: string; pidFile?: string } {
  const path = (given: string | undefined) => (given ? absolutePath(host, given) : undefined);
  const consoleSocket = path(flags['console-socket']);
  const pidfdSocket = path(flags['pidfd-socket']);
  const pidFile = path(flags['pid-file']);
  return {
    ...(consoleSocket !== undefined && { consoleSocket }),
    ...(pidfdSocket !== undefined && { pidfdSocket }),
    ...(pidFile !== undefined && { pidFile }),
  };
}
