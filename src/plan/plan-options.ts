import type { Gate, ProcessRef, UnitManager } from '../host/generated/plan.ts';
import type {
  LinuxMemoryPolicy,
  LinuxPersonality,
  LinuxSeccomp,
} from '../spec/generated/config.ts';

/** `disabled` leaves the container in the groups of the runtime. */
export type CgroupManager = 'cgroupfs' | 'systemd' | 'disabled';

/** What plans need to know of a systemd. */
export interface SystemdFacts {
  manager: UnitManager;
  /** 252. */
  version: number;
  /** Its own group, `/user.slice/…`; empty for the root of the tree. */
  controlGroup: string;
}

/** What a launch gets beside the documents: flags of the command line and paths, all absolute. */
export interface PlanOptions {
  id: string;
  /** Bundle directory, absolute. */
  bundle: string;
  /** `<root>/<id>`; holds exec.fifo. */
  stateDir: string;
  /** Default: a container waits at `stateDir`'s exec.fifo, an exec is let go at once. */
  gate?: Gate;
  noPivot?: boolean;
  noNewKeyring?: boolean;
  preserveFds?: number;
  consoleSocket?: string;
  pidfdSocket?: string;
  /** Default `[0, 1, 2]`; -1 is /dev/null, -2 a new pipe. */
  stdio?: [number, number, number];
  /** Who makes the groups; default `cgroupfs`. */
  cgroupManager?: CgroupManager;
  /** Of the manager to ask, with `systemd`. */
  systemd?: SystemdFacts;
  /** `--rootless`; default: the runtime is not root of the host. */
  rootless?: boolean;
  /** The network namespace that config.json names by path is the runtime's own: net.* is refused. */
  joinsHostNetwork?: boolean;
  /** Told of what is left out, one sentence each. */
  warn?: (message: string) => void;
}

/** What an exec adds to PlanOptions. */
export interface ExecPlanOptions extends PlanOptions {
  /** `--cgroup [controllers:]PATH`, by controller; `''` is for all. */
  subCgroups?: Readonly<Record<string, string>>;
  /** JSON pointer of the process inside the document that errors point into; default `''`. */
  processPointer?: string;
}

/** The container that an exec enters, from its record. */
export interface ExecContainer {
  /** Its first process. */
  process: ProcessRef;
  /** It has a user namespace that the runtime is not in. */
  userNamespace: boolean;
  /** setgroups is denied in that user namespace. */
  denySetgroups?: boolean;
  /** Directories by controller, runc's `cgroup_paths`; v2 has one under `''`. */
  cgroupPaths: Readonly<Record<string, string>>;
  /** Its unit, where systemd made its group and may be asked to let a process in. */
  unit?: { manager: UnitManager; name: string };
  noNewPrivileges?: boolean;
  seccomp?: LinuxSeccomp;
  personality?: LinuxPersonality;
  memoryPolicy?: LinuxMemoryPolicy;
  annotations?: Readonly<Record<string, string>>;
}
