import { cleanPath } from '../../spec/clean-path.ts';
import { parseSignal } from '../../spec/signals.ts';
import type { ContainerConfig, HealthConfig, HostConfig } from '../containers/record.ts';
import { invalidParameter } from '../engine-error.ts';
import { isIpAddress, isIpv4, isIpv6 } from '../network/ip-address.ts';
import { parseDeviceRule } from '../spec/devices.ts';
import { securityOptions } from '../spec/security-options.ts';
import type { CreateRequest } from './create-request.ts';
import { checkMountSpec, checkTmpfsPath } from './mount-rules.ts';

/** What dockerd refuses before it looks at the host, in its words and its order. Pure. */
export function checkRequest({ config, hostConfig, endpoints }: CreateRequest): void {
  checkModes(config, hostConfig);
  checkConfig(config);
  checkHostConfig(hostConfig);
  checkEndpoints(endpoints);
}

function checkConfig(config: ContainerConfig): void {
  const { WorkingDir, StopSignal, Env, Healthcheck } = config;
  if (WorkingDir !== '' && !WorkingDir.startsWith('/')) {
    throw invalidParameter(
      `the working directory '${WorkingDir}' is invalid, it needs to be an absolute path`,
    );
  }
  if (WorkingDir !== '') config.WorkingDir = cleanPath(WorkingDir);
  if (StopSignal && !isSignal(StopSignal)) throw invalidParameter(`Invalid signal: ${StopSignal}`);
  for (const entry of Env ?? []) {
    if (/^(=|$)/.test(entry)) throw invalidParameter(`invalid environment variable: ${entry}`);
  }
  if (Healthcheck) checkHealth(Healthcheck);
}

function isSignal(text: string): boolean {
  try {
    return parseSignal(text) !== 0;
  } catch {
    return false;
  }
}

/** Shorter than a millisecond is a mistake of units. */
function checkHealth(health: HealthConfig): void {
  for (const key of ['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const) {
    const time = health[key] ?? 0;
    if (time !== 0 && time < 1_000_000) {
      throw invalidParameter(`${key} in Healthcheck cannot be less than 1ms`);
    }
  }
  if ((health.Retries ?? 0) < 0)
    throw invalidParameter('Retries in Healthcheck cannot be negative');
}

function checkHostConfig(host: HostConfig): void {
  const { RestartPolicy: restart, StorageOpt = {}, Tmpfs = {} } = host;
  if (host.AutoRemove && !['', 'no'].includes(restart.Name)) {
    throw invalidParameter("can't create 'AutoRemove' container with restart policy");
  }
  for (const spec of host.Mounts ?? []) checkMountSpec(spec);
  checkRestart(host);
  if (!['', 'default'].includes(host.Isolation)) {
    throw invalidParameter(
      `Invalid isolation: "${host.Isolation}" - linux only supports 'default'`,
    );
  }
  if (host.ShmSize < 0) throw invalidParameter('SHM size can not be less than 0');
  if (host.OomScoreAdj < -1000 || host.OomScoreAdj > 1000) {
    throw invalidParameter(
      `Invalid value ${host.OomScoreAdj}, range for oom score adj is [-1000, 1000]`,
    );
  }
  for (const path of Object.keys(Tmpfs)) checkTmpfsPath(path);
  securityOptions(host.SecurityOpt ?? []);
  for (const rule of host.DeviceCgroupRules ?? []) parseDeviceRule(rule);
  for (const key of Object.keys(StorageOpt)) {
    // Quotas need xfs with project quotas, which the layers here do not use.
    throw invalidParameter(
      key.toLowerCase() === 'size'
        ? "--storage-opt is supported only for overlay over xfs with 'pquota' mount option"
        : `Unknown option ${key}`,
    );
  }
}

function checkRestart({ RestartPolicy: { Name, MaximumRetryCount: count } }: HostConfig): void {
  if (!['', 'no', 'always', 'unless-stopped', 'on-failure'].includes(Name)) {
    throw invalidParameter(`invalid restart policy '${Name}'`);
  }
  if (Name === 'on-failure') {
    if (count < 0) throw invalidParameter('maximum retry count cannot be negative');
  } else if (count !== 0) {
    throw invalidParameter(
      `maximum retry count cannot be used with restart policy '${Name || 'no'}'`,
    );
  }
}

/** Namespaces that are shared leave no room for options of their own. */
function checkModes(config: ContainerConfig, host: HostConfig): void {
  const { NetworkMode: mode } = host;
  const conflict = (what: string) => invalidParameter(`conflicting options: ${what}`);
  if (host.UTSMode === 'host' && config.Hostname) throw conflict('hostname and the UTS mode');
  if (!/^(|none|private|shareable|host|container:.+)$/.test(host.IpcMode)) {
    throw invalidParameter(`invalid IPC mode: ${host.IpcMode}`);
  }
  const undefinedLinks = "can't be used with links. This would result in undefined behavior";
  if (mode === 'host' && host.Links?.length)
    throw conflict(`host type networking ${undefinedLinks}`);
  if (!mode.startsWith('container:')) return;
  if (mode === 'container:') {
    throw invalidParameter('Invalid network mode: invalid container format container:<name|id>');
  }
  if (config.Hostname) throw conflict('hostname and the network mode');
  if (host.Links?.length) throw conflict(`container type network ${undefinedLinks}`);
  if (host.Dns?.length) throw conflict('dns and the network mode');
  if (host.ExtraHosts?.length) throw conflict('custom host-to-IP mapping and the network mode');
  if (config.MacAddress) throw conflict('mac-address and the network mode');
  if (Object.keys(host.PortBindings ?? {}).length > 0 || host.PublishAllPorts) {
    throw conflict('port publishing and the container type network mode');
  }
  if (Object.keys(config.ExposedPorts ?? {}).length > 0) {
    throw conflict('port exposing and the container type network mode');
  }
}

function checkEndpoints(endpoints: CreateRequest['endpoints']): void {
  const names = Object.keys(endpoints);
  if (names.length > 1) {
    throw invalidParameter(
      `Container cannot be connected to network endpoints: ${names.join(', ')}`,
    );
  }
  for (const { IPAMConfig } of Object.values(endpoints)) {
    const { IPv4Address, IPv6Address, LinkLocalIPs = [] } = IPAMConfig ?? {};
    if (IPv4Address && !isIpv4(IPv4Address)) {
      throw invalidParameter(`invalid IPv4 address: ${IPv4Address}`);
    }
    if (IPv6Address && !isIpv6(IPv6Address)) {
      throw invalidParameter(`invalid IPv6 address: ${IPv6Address}`);
    }
    for (const address of LinkLocalIPs) {
      if (!isIpAddress(address))
        throw invalidParameter(`invalid link-local IP address: ${address}`);
    }
  }
}
