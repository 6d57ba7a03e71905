import { emptyHostConfig, orderedHostConfig } from '../engine/containers/host-config.ts';
import { emptyConfig, type MountSpec, type PortBinding } from '../engine/containers/record.ts';
import type { CreateRequest } from '../engine/create/create-request.ts';

/** A file, a directory, a volume or a tmpfs of a container. */
export interface MountOption {
  /** `bind`: a path of the host; `volume`: by name, made when it is not there; `tmpfs`: in memory. */
  type: 'bind' | 'volume' | 'tmpfs';
  /** Of a bind an absolute path, of a volume its name; a volume without one is the container's own. */
  source?: string;
  /** Absolute path in the container. */
  target: string;
  readOnly?: boolean;
  /** Bytes; of a tmpfs. */
  size?: number;
}

/** A port of the container on the host. */
export interface PortOption {
  container: number;
  /** Absent: one that is free. */
  host?: number;
  /** Address on the host; default all. */
  address?: string;
  protocol?: 'tcp' | 'udp' | 'sctp';
}

/** What a container is made of; what is absent is as the image says, or Docker's default. */
export interface ContainerOptions {
  /** Name or id of an image of this engine. */
  image: string;
  /** Default: one that the engine makes. */
  name?: string;
  /** In place of the image's. */
  command?: readonly string[];
  entrypoint?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Absolute. */
  workingDirectory?: string;
  /** `name`, `uid`, either with `:group`. */
  user?: string;
  hostname?: string;
  labels?: Readonly<Record<string, string>>;
  /** A terminal; stdout and stderr are one then. */
  tty?: boolean;
  /** Limits: bytes, processors (1.5), processes. */
  memory?: number;
  cpus?: number;
  processes?: number;
  /** Default `bridge`, which is loopback only where netavark is missing. */
  network?: 'bridge' | 'none' | 'host' | `container:${string}`;
  ports?: readonly PortOption[];
  mounts?: readonly MountOption[];
  /** Of the root filesystem. */
  readOnly?: boolean;
  /** `NET_ADMIN`, `CAP_NET_ADMIN`, `ALL`. */
  addCapabilities?: readonly string[];
  dropCapabilities?: readonly string[];
  /** `no-new-privileges`, `seccomp=unconfined`, … */
  security?: readonly string[];
  /** A small first process that reaps and forwards signals. */
  init?: boolean;
  privileged?: boolean;
  /** OCI runtime: `rundlet`, `runc`, `crun` or a path. */
  runtime?: string;
  stopSignal?: string;
  /** Seconds between that and SIGKILL. */
  stopTimeout?: number;
}

/** How a request of the library differs from those of the command line. */
export interface RequestSituation {
  /** Standard input is connected, and ends with the client's. */
  stdin: boolean;
  /** The engine removes it after its end. */
  autoRemove: boolean;
}

/** Options as Docker's records have them; pure. */
export function createRequest(
  options: ContainerOptions,
  { stdin, autoRemove }: RequestSituation,
): CreateRequest {
  const ports = options.ports ?? [];
  const key = ({ container, protocol = 'tcp' }: PortOption) => `${container}/${protocol}`;
  const bindings: Record<string, PortBinding[]> = {};
  for (const port of ports) {
    const binding = { HostIp: port.address ?? '', HostPort: String(port.host ?? '') };
    bindings[key(port)] = [...(bindings[key(port)] ?? []), binding];
  }
  const network = options.network === 'bridge' ? undefined : options.network;
  return {
    name: options.name ?? '',
    platform: '',
    config: {
      ...emptyConfig(),
      Hostname: options.hostname ?? '',
      User: options.user ?? '',
      AttachStdin: stdin,
      AttachStdout: true,
      AttachStderr: true,
      ExposedPorts: Object.fromEntries(ports.map((port) => [key(port), {}])),
      Tty: options.tty ?? false,
      OpenStdin: stdin,
      StdinOnce: stdin,
      Env: Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`),
      Cmd: options.command ? [...options.command] : null,
      Image: options.image,
      Volumes: {},
      WorkingDir: options.workingDirectory ?? '',
      Entrypoint: options.entrypoint ? [...options.entrypoint] : null,
      Labels: { ...options.labels },
      ...(options.stopSignal !== undefined && { StopSignal: options.stopSignal }),
      ...(options.stopTimeout !== undefined && { StopTimeout: options.stopTimeout }),
    },
    hostConfig: orderedHostConfig({
      ...emptyHostConfig(),
      LogConfig: { Type: '', Config: {} },
      NetworkMode: network ?? 'default',
      PortBindings: bindings,
      AutoRemove: autoRemove,
      CapAdd: capabilities(options.addCapabilities),
      CapDrop: capabilities(options.dropCapabilities),
      CgroupnsMode: '',
      IpcMode: '',
      Privileged: options.privileged ?? false,
      ReadonlyRootfs: options.readOnly ?? false,
      SecurityOpt: options.security ? [...options.security] : null,
      Runtime: options.runtime ?? '',
      ShmSize: 0,
      Memory: options.memory ?? 0,
      NanoCpus: Math.round((options.cpus ?? 0) * 1e9),
      PidsLimit: options.processes ?? null,
      ...(options.mounts && { Mounts: options.mounts.map(mountSpec) }),
      ...(options.init && { Init: true }),
    }),
    endpoints: {},
  };
}

function mountSpec({ type, source, target, readOnly, size }: MountOption): MountSpec {
  return {
    Type: type,
    ...(source !== undefined && { Source: source }),
    Target: target,
    ...(readOnly && { ReadOnly: true }),
    ...(size !== undefined && { TmpfsOptions: { SizeBytes: size } }),
  };
}

function capabilities(names: readonly string[] | undefined): string[] | null {
  if (names === undefined || names.length === 0) return null;
  const full = names.map((name) => name.toUpperCase().replace(/^(?!CAP_|ALL$)/, 'CAP_'));
  return [...new Set(full)].sort();
}
