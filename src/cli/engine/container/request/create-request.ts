import { orderedHostConfig } from '../../../../engine/containers/host-config.ts';
import { type ContainerConfig, emptyConfig } from '../../../../engine/containers/record.ts';
import type { CreateRequest } from '../../../../engine/create/create-request.ts';
import { goMap } from '../../../../engine/docker-json.ts';
import { engineUsage, invalidParameter } from '../../../../engine/engine-error.ts';
import type { Host } from '../../../../host/host.ts';
import type { FlagTable, FlagValues } from '../../../table/types.ts';
import { FlagFault } from '../../scan-docker-flags.ts';
import type { containerFlags } from '../create-flags.ts';
import { FlagReader, splitPair } from './flag-reader.ts';
import { isCdiDevice } from './read-devices.ts';
import { readLabel, readPairFile, readVariable, variableList } from './read-environment.ts';
import { readHealthFlags } from './read-health-flags.ts';
import { readHostConfig } from './read-host-config.ts';
import { dnsWarnings, readNetworkFlags } from './read-network-flags.ts';
import { readPortFlags } from './read-ports.ts';
import { readVolumeFlags } from './read-volume-flags.ts';

/** `detach-keys` is for those that attach. */
export type ContainerFlagValues = Omit<FlagValues<typeof containerFlags>, 'detach-keys'>;

export interface RequestParts {
  /** The verb's table: its name and flags are in the faults' words. */
  table: { name: string; flags: FlagTable };
  flags: ContainerFlagValues;
  /** The image, then the container's command. */
  args: readonly string[];
}

/** A request, and what docker's client warns of by itself. */
export interface ReadRequest {
  request: CreateRequest;
  warnings: string[];
}

/**
 * What the flags of `container create` and `run` ask for, by the rules and in the words of docker's
 * command line. Reads the files that flags name. Throws a usage error, exit code 125.
 */
export async function readCreateRequest(host: Host, parts: RequestParts): Promise<ReadRequest> {
  try {
    return await readRequest(host, parts);
  } catch (error) {
    throw error instanceof FlagFault ? engineUsage(error.message, parts.table.name) : error;
  }
}

async function readRequest(
  host: Host,
  { table, flags, args: [image = '', ...command] }: RequestParts,
): Promise<ReadRequest> {
  refuseForeign(flags);
  const reader = new FlagReader(table.flags);
  const volumes = readVolumeFlags(flags.volume, host.cwd);
  const ports = readPortFlags(flags.publish, flags.expose);
  const network = readNetworkFlags(flags, reader);
  const config: ContainerConfig = {
    ...emptyConfig(),
    Hostname: flags.hostname ?? '',
    Domainname: flags.domainname ?? '',
    User: flags.user ?? '',
    ...attached(flags, reader),
    ExposedPorts: Object.fromEntries([...ports.exposed].map((key) => [key, {}])),
    Tty: flags.tty,
    OpenStdin: flags.interactive,
    Env: await variables(host, flags, reader),
    Cmd: command.length > 0 ? command : null,
    Image: image,
    Volumes: Object.fromEntries(volumes.anonymous.map((path) => [path, {}])),
    WorkingDir: flags.workdir ?? '',
    Entrypoint: flags.entrypoint === undefined ? null : [flags.entrypoint],
    Labels: await labels(host, flags, reader),
    ...(network.macAddress && { MacAddress: network.macAddress }),
    ...(flags['stop-signal'] && { StopSignal: flags['stop-signal'] }),
    ...(flags['stop-timeout'] !== undefined && { StopTimeout: flags['stop-timeout'] }),
  };
  const health = readHealthFlags(flags, reader);
  if (health) config.Healthcheck = health;
  config.StdinOnce = config.OpenStdin && config.AttachStdin;
  const hostConfig = await readHostConfig(host, flags, reader);
  hostConfig.Binds = volumes.binds.length > 0 ? volumes.binds : null;
  hostConfig.PortBindings = goMap(ports.bindings);
  hostConfig.NetworkMode = network.mode;
  hostConfig.Links = network.links;
  return {
    request: {
      name: flags.name ?? '',
      platform: flags.platform ?? '',
      config,
      hostConfig: orderedHostConfig(hostConfig),
      endpoints: network.endpoints,
    },
    warnings: dnsWarnings(hostConfig.Dns ?? []),
  };
}

function attached(flags: ContainerFlagValues, reader: FlagReader) {
  const streams = reader.list('attach', flags.attach, (text) => {
    const stream = text.toLowerCase();
    if (['stdin', 'stdout', 'stderr'].includes(stream)) return stream;
    throw new FlagFault('valid streams are STDIN, STDOUT and STDERR');
  });
  const none = streams.length === 0;
  return {
    AttachStdin: streams.includes('stdin') || flags.interactive,
    AttachStdout: none || streams.includes('stdout'),
    AttachStderr: none || streams.includes('stderr'),
  };
}

async function variables(host: Host, flags: ContainerFlagValues, reader: FlagReader) {
  const list: string[] = [];
  const own = reader.list('env', flags.env, (text) => readVariable(text, host.env));
  for (const path of flags['env-file']) list.push(...(await readPairFile(host, path, host.env)));
  list.push(...variableList(own));
  return list;
}

async function labels(host: Host, flags: ContainerFlagValues, reader: FlagReader) {
  const own = reader.list('label', flags.label, readLabel);
  const pairs: [string, string][] = [];
  for (const path of flags['label-file']) {
    for (const line of await readPairFile(host, path)) pairs.push(splitPair(line));
  }
  return goMap(new Map([...pairs, ...own]));
}

/** What an engine on Linux, without GPU drivers and without a notary, cannot do. */
function refuseForeign(flags: ContainerFlagValues): void {
  for (const flag of ['cpu-count', 'cpu-percent', 'io-maxbandwidth', 'io-maxiops'] as const) {
    if (flags[flag] === undefined) continue;
    throw invalidParameter(
      `"--${flag}" is only supported on a Docker daemon running on windows, but the Docker daemon is running on linux`,
    );
  }
  if (!flags['disable-content-trust']) {
    throw invalidParameter('content trust is not supported, images cannot be verified', {
      hint: 'leave out --disable-content-trust=false',
    });
  }
  if (flags.gpus !== undefined) throw noDeviceDriver('', '[[gpu]]');
  if (flags.device.some(isCdiDevice)) throw noDeviceDriver('cdi', '[]');
  if (!['always', 'missing', 'never', ''].includes(flags.pull)) {
    throw new FlagFault(
      `invalid pull option: '${flags.pull}': must be one of "always", "missing" or "never"`,
    );
  }
}

function noDeviceDriver(driver: string, capabilities: string) {
  return invalidParameter(
    `could not select device driver "${driver}" with capabilities: ${capabilities}`,
    { hint: 'there are no device drivers here; pass nodes by --device /dev/…' },
  );
}
