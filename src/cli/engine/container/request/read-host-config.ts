import { emptyHostConfig } from '../../../../engine/containers/host-config.ts';
import type { HostConfig, RestartPolicy } from '../../../../engine/containers/record.ts';
import { goMap } from '../../../../engine/docker-json.ts';
import type { Host } from '../../../../host/host.ts';
import { isIpcSysctl } from '../../../../spec/ipc-sysctl.ts';
import { FlagFault } from '../../scan-docker-flags.ts';
import type { ContainerFlagValues } from './create-request.ts';
import { type FlagReader, splitPair } from './flag-reader.ts';
import { readMountFlag } from './read-mount-flag.ts';
import { readDns, readDnsSearch, readExtraHost } from './read-network-flags.ts';
import { readResources } from './read-resources.ts';
import { readSecurityOptions } from './read-security-options.ts';
import { readTmpfsFlags } from './read-volume-flags.ts';

/** The host config but for binds, ports and network. */
export async function readHostConfig(
  host: Host,
  flags: ContainerFlagValues,
  reader: FlagReader,
): Promise<HostConfig> {
  const restart = readRestart(flags.restart);
  if (flags.rm && !['no', ''].includes(restart.Name)) {
    throw new FlagFault('conflicting options: cannot specify both --restart and --rm');
  }
  const { options, maskedPaths, readonlyPaths } = await readSecurityOptions(
    host,
    flags['security-opt'],
  );
  const storage = flags['storage-opt'].map(readStorageOption);
  const annotations = flags.annotation.map((pair) => splitPair(pair));
  return {
    ...emptyHostConfig(),
    ContainerIDFile: flags.cidfile ?? '',
    LogConfig: readLogConfig(flags),
    RestartPolicy: restart,
    AutoRemove: flags.rm,
    VolumeDriver: flags['volume-driver'] ?? '',
    VolumesFrom: orNull(flags['volumes-from']),
    CapAdd: capabilities(flags['cap-add']),
    CapDrop: capabilities(flags['cap-drop']),
    CgroupnsMode: word(flags, 'cgroupns', /^(host|private)?$/, 'invalid CGROUP mode'),
    Dns: reader.list('dns', flags.dns, readDns),
    DnsOptions: [...flags['dns-option'], ...flags['dns-opt']],
    DnsSearch: reader.list('dns-search', flags['dns-search'], readDnsSearch),
    ExtraHosts: orNull(reader.list('add-host', flags['add-host'], readExtraHost)),
    GroupAdd: orNull(flags['group-add']),
    IpcMode: flags.ipc ?? '',
    OomScoreAdj: flags['oom-score-adj'] ?? 0,
    PidMode: word(flags, 'pid', /^(host|container:.+)?$/, 'invalid PID mode'),
    Privileged: flags.privileged,
    PublishAllPorts: flags['publish-all'],
    ReadonlyRootfs: flags['read-only'],
    SecurityOpt: options,
    StorageOpt: goMap(storage),
    Tmpfs: goMap(readTmpfsFlags(flags.tmpfs)),
    UTSMode: word(flags, 'uts', /^(host)?$/, 'invalid UTS mode'),
    UsernsMode: word(flags, 'userns', /^(host)?$/, 'invalid USER mode'),
    Sysctls: goMap(reader.list('sysctl', flags.sysctl, readSysctl)),
    Runtime: flags.runtime ?? '',
    Annotations: goMap(annotations),
    Isolation: flags.isolation ?? '',
    ...readResources(flags, reader),
    ...(flags.mount.length > 0 && {
      Mounts: reader.list('mount', flags.mount, (text) => readMountFlag(text, host.cwd)),
    }),
    MaskedPaths: maskedPaths,
    ReadonlyPaths: readonlyPaths,
    ...(flags.init && { Init: true }),
  };
}

function readLogConfig(flags: ContainerFlagValues): HostConfig['LogConfig'] {
  const options = flags['log-opt'].map((pair) => splitPair(pair));
  if (flags['log-driver'] === 'none' && options.length > 0) {
    throw new FlagFault('invalid logging opts for driver none');
  }
  return { Type: flags['log-driver'] ?? '', Config: goMap(new Map(options)) };
}

/** `NAME[:max-retries]`. */
export function readRestart(given: string): RestartPolicy {
  const fault = (reason: string) => new FlagFault(`invalid restart policy format: ${reason}`);
  const [Name, count] = splitPair(given, ':');
  if (given.includes(':') && Name === '') throw fault('no policy provided before colon');
  if (!/^([+-]?\d{1,9})?$/.test(count)) throw fault('maximum retry count must be an integer');
  return { Name, MaximumRetryCount: Number(count) };
}

function readStorageOption(given: string): [string, string] {
  if (!given.includes('=')) throw new FlagFault('invalid storage option');
  return splitPair(given);
}

/** Only what has a namespace. */
function readSysctl(given: string): [string, string] {
  const [name, value] = splitPair(given);
  const known = isIpcSysctl(name) || name.startsWith('net.');
  if (!given.includes('=') || !known) throw new FlagFault(`sysctl '${given}' is not allowed`);
  return [name, value];
}

function word(
  flags: ContainerFlagValues,
  flag: 'cgroupns' | 'pid' | 'userns' | 'uts',
  form: RegExp,
  fault: string,
): string {
  const value = flags[flag] ?? '';
  if (form.test(value)) return value;
  throw new FlagFault(`--${flag}: ${fault}`);
}

/** Full names, each once, sorted. */
function capabilities(given: readonly string[]): string[] | null {
  const names = given.map((text) => {
    const upper = text.trim().toUpperCase();
    return upper === 'ALL' || upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  });
  return orNull([...new Set(names)].sort());
}

function orNull(list: string[]): string[] | null {
  return list.length > 0 ? list : null;
}
