import { containerPaths, type EnginePaths } from '../engine-paths.ts';
import { below, group, type Layout, type Place, place } from './layout-tree.ts';

/** What a layout is drawn from; layers topmost first. */
export interface LayoutFacts {
  id: string;
  name: string;
  image: string;
  /** `sha256:…`. */
  imageId: string;
  state: string;
  tty: boolean;
  openStdin: boolean;
  shareableIpc: boolean;
  logDriver: string;
  /** Empty when the container has no layer. */
  mountId: string;
  initId: string;
  layers: { chainId: string; cacheId: string; size: number }[];
  /** 0 when there is none. */
  pid: number;
  shimPid: number;
  cgroups: string[];
  /** Where its network namespace is kept; empty for none of its own. */
  sandboxKey: string;
  volumes: { source: string; destination: string }[];
}

/** Every place of a container, as it would be; `look` then sees which exist. Pure. */
export function describeLayout(paths: EnginePaths, facts: LayoutFacts): Layout {
  return {
    id: facts.id,
    name: facts.name,
    image: facts.image,
    state: facts.state,
    dataRoot: paths.dataRoot,
    execRoot: paths.execRoot,
    places: [
      imagePlaces(paths, facts),
      layerPlaces(paths, facts),
      layerRecord(paths, facts),
      containerRecord(paths, facts),
      ...volumePlaces(facts),
      bundlePlaces(paths, facts),
      ioPlaces(paths, facts),
      runtimePlaces(paths, facts),
      shimLogPlaces(paths, facts),
      processPlaces(facts),
    ],
  };
}

function imagePlaces(paths: EnginePaths, { imageId, layers }: LayoutFacts): Place {
  const hex = imageId.replace('sha256:', '');
  const records = layers.map(({ chainId, size }, at) =>
    place(
      'directory',
      `${paths.layers}/${chainId.replace('sha256:', '')}`,
      `record of layer ${layers.length - at}: cache-id, diff, parent, size (${size} bytes), tar-split`,
    ),
  );
  return group('image', 'read-only, shared by all its containers', [
    place('file', `${paths.imageContent}/${hex}`, "the image's config, whose sha256 is its id"),
    ...records,
  ]);
}

function layerPlaces(paths: EnginePaths, { mountId, initId, layers }: LayoutFacts): Place {
  const own = `${paths.overlay2}/${mountId}`;
  const init = `${paths.overlay2}/${initId}`;
  const children: Place[] = [];
  if (mountId !== '') {
    children.push(
      place('directory', own, "the container's own layer", [
        ...below(own, [
          ['mount', 'merged', 'all layers as one: the root directory, while the container runs'],
          ['directory', 'diff', 'what the container changed; stays after a stop'],
          ['file', 'lower', 'the layers below, topmost first, by their short names'],
          ['file', 'link', 'its short name in l/'],
          ['directory', 'work', "overlayfs's own"],
        ]),
      ]),
    );
  }
  if (initId !== '') {
    children.push(
      place('directory', init, 'the init layer: places for what is mounted at start', [
        ...below(init, [
          ['directory', 'diff', '.dockerenv, dev/console, etc/hostname, etc/hosts, …'],
          ['file', 'lower', "the image's layers"],
          ['file', 'link', 'its short name in l/'],
          ['file', 'committed', 'a layer lies on it'],
          ['directory', 'work', "overlayfs's own"],
        ]),
      ]),
    );
  }
  children.push(
    ...layers.map(({ cacheId }, at) =>
      place(
        'directory',
        `${paths.overlay2}/${cacheId}`,
        `layer ${layers.length - at} of the image`,
        below(`${paths.overlay2}/${cacheId}`, [['directory', 'diff', 'its files']]),
      ),
    ),
  );
  return group('layers', 'the directories of the overlay, topmost first', children);
}

function layerRecord(paths: EnginePaths, { id }: LayoutFacts): Place {
  const directory = `${paths.layerMounts}/${id}`;
  return group('layer record', 'which layers are the container’s', [
    place('directory', directory, '', [
      ...below(directory, [
        ['file', 'mount-id', 'name of its own layer in overlay2'],
        ['file', 'init-id', 'name of the init layer'],
        ['file', 'parent', "chain id of the image's top layer"],
      ]),
    ]),
  ]);
}

function containerRecord(paths: EnginePaths, facts: LayoutFacts): Place {
  const { directory } = containerPaths(paths, facts.id);
  const log = facts.logDriver === 'json-file' ? [`${facts.id}-json.log`] : [];
  if (facts.logDriver === 'local') log.push('local-logs/container.log');
  const children = below(directory, [
    ['file', 'config.v2.json', 'its configuration and state'],
    ['file', 'hostconfig.json', 'what it gets of the host: limits, mounts, network, log driver'],
    ['directory', 'checkpoints', ''],
    ...log.map((name) => ['file', name, 'its output; stays after a stop'] as const),
    ['file', 'hostname', 'mounted on /etc/hostname; made at each start'],
    ['file', 'hosts', 'mounted on /etc/hosts; made at each start'],
    ['file', 'resolv.conf', 'mounted on /etc/resolv.conf; made at each start'],
    ['file', 'resolv.conf.hash', 'checksum of resolv.conf'],
    ['directory', 'mounts', ''],
    ...(facts.shareableIpc
      ? [['mount', 'mounts/shm', '/dev/shm, for containers that join its IPC'] as const]
      : []),
  ]);
  return group('container record', 'stays until rm', [place('directory', directory, '', children)]);
}

function volumePlaces({ volumes }: LayoutFacts): Place[] {
  if (volumes.length === 0) return [];
  const children = volumes.map(({ source, destination }) =>
    place('directory', source, `mounted on ${destination}`),
  );
  return [group('volumes and binds', 'outlive the container', children)];
}

function bundlePlaces(paths: EnginePaths, { id }: LayoutFacts): Place {
  const { bundle } = containerPaths(paths, id);
  return group('bundle', 'what the OCI runtime is given; only while it runs', [
    place('directory', bundle, '', [
      ...below(bundle, [
        ['file', 'config.json', 'the OCI spec made of image and options'],
        ['file', 'init.pid', 'pid of its first process'],
        ['file', 'log.json', "the runtime's own log"],
        ['directory', 'rootfs', 'empty: the root is merged'],
      ]),
    ]),
  ]);
}

function ioPlaces(paths: EnginePaths, { id, openStdin, tty }: LayoutFacts): Place {
  const { io, own } = containerPaths(paths, id);
  return group('IO', 'standard streams, kept by the shim; only while it runs', [
    place('directory', io, '', [
      ...below(io, [
        ...(openStdin ? [['fifo', 'init-stdin', 'write here: it reads it'] as const] : []),
        ['fifo', 'init-stdout', 'read here what it prints from now on'],
        ...(tty ? [] : [['fifo', 'init-stderr', 'the same of its errors'] as const]),
      ]),
    ]),
    place('directory', own, '', [
      ...below(own, [
        ['socket', 'shim.sock', 'where attach, exec and wait ask the shim'],
        ['file', 'shim.pid', 'who the shim is'],
        ['file', 'exit.json', 'how it ended, until that is in its record'],
      ]),
    ]),
  ]);
}

function runtimePlaces(paths: EnginePaths, { id }: LayoutFacts): Place {
  const { runtimeState } = containerPaths(paths, id);
  return group('runtime state', "the OCI runtime's record; only while it runs", [
    place(
      'directory',
      runtimeState,
      '',
      below(runtimeState, [['file', 'state.json', 'pid, namespaces, cgroups, config as started']]),
    ),
  ]);
}

function shimLogPlaces(paths: EnginePaths, { id }: LayoutFacts): Place {
  const { shimLogs } = containerPaths(paths, id);
  return group('shim logs', 'only while it runs', [
    place(
      'directory',
      shimLogs,
      '',
      below(shimLogs, [
        ['file', 'shim.stdout.log', ''],
        ['file', 'shim.stderr.log', 'what the shim and the clean-up complain of'],
      ]),
    ),
  ]);
}

function processPlaces({ pid, shimPid, cgroups, sandboxKey }: LayoutFacts): Place {
  const process = (number: number, name: string, role: string) =>
    place('process', number > 0 ? `/proc/${number}` : '', role, [], `${name} ${number || '-'}`);
  return group('processes', 'only while it runs', [
    process(shimPid, 'shim', 'parent of the container, owner of its streams'),
    process(pid, 'init', 'first process of the container'),
    ...(sandboxKey ? [place('file', sandboxKey, 'its network namespace, kept by a mount')] : []),
    ...cgroups.map((path) => place('cgroup', path, 'limits and accounts')),
  ]);
}
