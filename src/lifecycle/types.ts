import type { Host } from '../host/host.ts';
import type { CgroupManager } from '../plan/plan-options.ts';

/** What every lifecycle verb gets first. */
export interface RuntimeContext {
  host: Host;
  /** State root, absolute; `<root>/<id>` is a container's directory. */
  root: string;
  /** Told of what deserves a line at debug or warning level; never of what is also thrown. */
  warn?: (level: 'debug' | 'warning', message: string) => void;
  signal?: AbortSignal;
  /** Who makes a new container's groups; default `cgroupfs`. */
  cgroupManager?: CgroupManager;
  /** Whether missing permissions for cgroups are no errors; default: for all but the host's root. */
  rootless?: boolean;
  /**
   * Told of our ends of new pipes (stdio -2) as soon as they exist, -1 where there is none: they are the
   * caller's to close, also when the launch fails later.
   */
  onPipes?: (pipes: StdioTriple) => void;
}

/** Where stdin, stdout and stderr come from: own descriptor numbers, -1 /dev/null, -2 a new pipe. */
export type StdioTriple = [number, number, number];

export interface CreateOptions {
  id: string;
  /** Bundle directory, absolute. */
  bundle: string;
  /** Absolute; default config.json in the bundle. */
  configFile?: string;
  consoleSocket?: string;
  pidfdSocket?: string;
  pidFile?: string;
  noPivot?: boolean;
  noNewKeyring?: boolean;
  preserveFds?: number;
  /** NOTIFY_SOCKET of the service that we are: the container's program gets one too. */
  notifySocket?: string;
  /** Default `[0, 1, 2]`. */
  stdio?: StdioTriple;
}

export interface RunOptions extends CreateOptions {
  detach?: boolean;
  /** Keep the container (its directory and cgroups) after the process ends. */
  keep?: boolean;
}

export interface ExecOptions {
  id: string;
  /** `--process FILE`; otherwise `args` with the fields below over the container's own process. */
  processFile?: string;
  args?: string[];
  cwd?: string;
  env?: string[];
  tty?: boolean;
  /** `UID[:GID]`, digits only. */
  user?: string;
  additionalGids?: string[];
  capabilities?: string[];
  noNewPrivs?: boolean;
  apparmor?: string;
  processLabel?: string;
  cgroup?: string[];
  ignorePaused?: boolean;
  detach?: boolean;
  consoleSocket?: string;
  pidfdSocket?: string;
  pidFile?: string;
  preserveFds?: number;
  stdio?: StdioTriple;
}

export interface KillOptions {
  id: string;
  /** Number or name with or without SIG; default SIGTERM. */
  signal?: string;
  all?: boolean;
}

export interface DeleteOptions {
  id: string;
  force?: boolean;
}

export type ContainerStatus = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

/** Output of `state` and one row of `list`, runc's keys in runc's order. */
export interface ContainerState {
  ociVersion: string;
  id: string;
  /** 0 when stopped. */
  pid: number;
  status: ContainerStatus;
  bundle: string;
  rootfs: string;
  /** RFC 3339 with nanoseconds. */
  created: string;
  annotations?: Record<string, string>;
  owner: string;
}
