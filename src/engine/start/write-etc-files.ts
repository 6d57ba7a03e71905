import type { Container } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { containerPaths } from '../engine-paths.ts';
import { findText } from '../layers/store-text.ts';
import { addHosts, extraHosts, type HostsEntry, hostsText, ownEntry } from './hosts-file.ts';
import { containerResolvConf, hasWishes, isStubResolver } from './resolv-conf.ts';

const maxFile = 1 << 20;
const mode = 0o644;

/** What the network gave the container; all undefined without one. */
export interface EtcNetwork {
  addresses?: readonly string[];
  /** Of the bridge, for `host-gateway`. */
  gateway?: string;
  /** Name servers of its networks; the host's come after them by themselves. */
  resolvers?: readonly string[];
  /** Of `--link`ed containers. */
  linked?: readonly HostsEntry[];
}

/**
 * Makes hostname, hosts, resolv.conf and resolv.conf.hash anew in the container's directory, and tells
 * their places in its record.
 */
export async function writeEtcFiles(
  engine: Engine,
  container: Container,
  network: EtcNetwork,
): Promise<void> {
  const { host } = engine;
  const { config, hostConfig } = container;
  const places = containerPaths(engine.paths, container.id);
  const write = (path: string, text: string) =>
    host.call('writeRecord', { path, text, mode, durable: false });
  await write(places.hostname, `${config.Config.Hostname}\n`);
  await write(places.hosts, await hosts(engine, container, network));
  const isHost = hostConfig.NetworkMode === 'host';
  const wishes = {
    servers: hostConfig.Dns ?? [],
    search: hostConfig.DnsSearch ?? [],
    options: hostConfig.DnsOptions ?? [],
  };
  const source = await hostResolvConf(engine);
  if (isHost && !hasWishes(wishes)) await write(places.resolvConf, source);
  else {
    const text = containerResolvConf(source, wishes, network.resolvers);
    await write(places.resolvConf, text);
    await write(places.resolvConfHash, `sha256:${await host.call('sha256', { text })}`);
  }
  config.HostnamePath = places.hostname;
  config.HostsPath = places.hosts;
  config.ResolvConfPath = places.resolvConf;
}

async function hosts(
  { host }: Engine,
  { config, hostConfig }: Container,
  { addresses = [], gateway, linked = [] }: EtcNetwork,
): Promise<string> {
  const extra = [...extraHosts(hostConfig.ExtraHosts ?? [], gateway), ...linked];
  if (hostConfig.NetworkMode === 'host') {
    const own = await findText(host, '/etc/hosts', maxFile);
    return own === undefined ? hostsText(extra) : addHosts(own, extra);
  }
  const { Hostname, Domainname } = config.Config;
  const mine = addresses.map((address) => ownEntry(address, Hostname, Domainname));
  return hostsText([...extra, ...mine]);
}

async function hostResolvConf({ host }: Engine): Promise<string> {
  const text = (await findText(host, '/etc/resolv.conf', maxFile)) ?? '';
  if (!isStubResolver(text)) return text;
  return (await findText(host, '/run/systemd/resolve/resolv.conf', maxFile)) ?? text;
}
