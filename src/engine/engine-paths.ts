/** Every place of Docker's layout below the two roots; pure. `image` is where image/overlay2 lies. */
export interface EnginePaths {
  readonly dataRoot: string;
  readonly execRoot: string;

  // --- data root ---
  readonly containers: string;
  readonly volumes: string;
  readonly overlay2: string;
  /** `overlay2/l`: short names of layers. */
  readonly links: string;
  readonly image: string;
  readonly repositories: string;
  readonly imageContent: string;
  readonly imageMetadata: string;
  readonly distribution: string;
  readonly layers: string;
  readonly layerMounts: string;
  readonly layerTmp: string;
  /** Cleared by Docker at its start. */
  readonly tmp: string;
  /** What is ours alone; Docker does not look at it. */
  readonly own: string;
  /** Begun and not yet finished work, one file each (src/engine/journal.ts). */
  readonly journal: string;
  /** `io.containerd.runtime.v1.linux/moby`: the shims' logs. */
  readonly shimLogs: string;

  // --- exec root ---
  /** IO fifos. */
  readonly io: string;
  readonly bundles: string;
  /** `--root` of the OCI runtime. */
  readonly runtimeRoot: string;
  readonly netns: string;
}

export const defaultDataRoot = '/var/lib/rundlet';
/** `/run/rundlet` is the root of the OCI commands. */
export const defaultExecRoot = '/run/rundlet-engine';

const bundleParent = 'io.containerd.runtime.v1.linux/moby';

/** @param dataRoot absolute and clean, as `execRoot`. */
export function enginePaths(dataRoot: string, execRoot: string): EnginePaths {
  const image = `${dataRoot}/image/overlay2`;
  return {
    dataRoot,
    execRoot,
    containers: `${dataRoot}/containers`,
    volumes: `${dataRoot}/volumes`,
    overlay2: `${dataRoot}/overlay2`,
    links: `${dataRoot}/overlay2/l`,
    image,
    repositories: `${image}/repositories.json`,
    imageContent: `${image}/imagedb/content/sha256`,
    imageMetadata: `${image}/imagedb/metadata/sha256`,
    distribution: `${image}/distribution`,
    layers: `${image}/layerdb/sha256`,
    layerMounts: `${image}/layerdb/mounts`,
    layerTmp: `${image}/layerdb/tmp`,
    tmp: `${dataRoot}/tmp`,
    own: `${dataRoot}/rundlet`,
    journal: `${dataRoot}/rundlet/journal`,
    shimLogs: `${dataRoot}/${bundleParent}`,
    io: `${execRoot}/containerd`,
    bundles: `${execRoot}/${bundleParent}`,
    runtimeRoot: `${execRoot}/runtime-runc/moby`,
    netns: `${execRoot}/netns`,
  };
}

/** The places of one container. */
export interface ContainerPaths {
  readonly directory: string;
  readonly config: string;
  readonly hostConfig: string;
  readonly checkpoints: string;
  readonly jsonLog: string;
  readonly hostname: string;
  readonly hosts: string;
  readonly resolvConf: string;
  readonly resolvConfHash: string;
  /** tmpfs of a shareable /dev/shm is `mounts/shm`. */
  readonly mounts: string;
  readonly io: string;
  readonly bundle: string;
  readonly runtimeState: string;
  readonly shimLogs: string;
  /** Ours alone: the shim's socket and pid, and how the container ended. */
  readonly own: string;
}

export function containerPaths(paths: EnginePaths, id: string): ContainerPaths {
  const directory = `${paths.containers}/${id}`;
  return {
    directory,
    config: `${directory}/config.v2.json`,
    hostConfig: `${directory}/hostconfig.json`,
    checkpoints: `${directory}/checkpoints`,
    jsonLog: `${directory}/${id}-json.log`,
    hostname: `${directory}/hostname`,
    hosts: `${directory}/hosts`,
    resolvConf: `${directory}/resolv.conf`,
    resolvConfHash: `${directory}/resolv.conf.hash`,
    mounts: `${directory}/mounts`,
    io: `${paths.io}/${id}`,
    bundle: `${paths.bundles}/${id}`,
    runtimeState: `${paths.runtimeRoot}/${id}`,
    shimLogs: `${paths.shimLogs}/${id}`,
    own: `${paths.execRoot}/rundlet/${id}`,
  };
}
