import {
  type EndpointSettings,
  emptyEndpoint,
  type GoMap,
} from '../../../../engine/containers/record.ts';
import { isIpAddress } from '../../../../engine/network/ip-address.ts';
import { FlagFault } from '../../scan-docker-flags.ts';
import type { ContainerFlagValues } from './create-request.ts';
import { type FlagReader, readCsv, splitPair } from './flag-reader.ts';

export interface NetworkFlags {
  /** `NetworkMode` of the host config. */
  mode: string;
  endpoints: GoMap<EndpointSettings>;
  links: string[] | null;
  macAddress: string;
}

/** One `--network`. */
interface Attachment {
  name: string;
  aliases: string[];
  ipv4: string;
  ipv6: string;
  linkLocal: string[];
  links: string[];
  macAddress: string;
}

/** `--network`, and the flags that belong to the first of them. */
export function readNetworkFlags(flags: ContainerFlagValues, reader: FlagReader): NetworkFlags {
  const links = reader.list('link', flags.link, checkLink);
  const attachments = [
    ...reader.list('network', flags.network, readAttachment),
    ...reader.list('net', flags.net, readAttachment),
  ];
  const first = attachments[0] ?? attachment('default');
  if (attachments[0] === undefined) attachments.push(first);
  checkNames(attachments);
  applyFlags(first, flags, links);
  const endpoints: GoMap<EndpointSettings> = {};
  for (const one of attachments) {
    const settings = endpointOf(one);
    if (settings || attachments.length > 1) endpoints[one.name] = settings ?? emptyEndpoint();
  }
  return {
    mode: first.name,
    endpoints,
    links: links.length > 0 ? links : null,
    macAddress: readMac(flags['mac-address'] || first.macAddress),
  };
}

/** A network's own name, or `name=…,alias=…,ip=…`. */
function readAttachment(given: string): Attachment {
  if (given === '') return attachment('');
  const fields = readCsv(given);
  if (!given.includes('=')) return attachment(fields[0] ?? '');
  const made = attachment('');
  for (const field of fields) {
    const [key, value] = splitPair(field).map((word) => word.trim()) as [string, string];
    switch (key.toLowerCase()) {
      case 'name':
        made.name = value;
        break;
      case 'alias':
        made.aliases.push(value);
        break;
      case 'ip':
        made.ipv4 = value;
        break;
      case 'ip6':
        made.ipv6 = value;
        break;
      case 'link-local-ip':
        made.linkLocal.push(value);
        break;
      case 'mac-address':
        made.macAddress = value;
        break;
      default:
        throw new FlagFault(`invalid field key ${key}`);
    }
  }
  if (made.name === '') throw new FlagFault('network name/id is not specified');
  return made;
}

function attachment(name: string): Attachment {
  return { name, aliases: [], ipv4: '', ipv6: '', linkLocal: [], links: [], macAddress: '' };
}

/** Not one of the engine's own. */
export function isUserDefined(mode: string): boolean {
  return !['default', 'bridge', 'host', 'none'].includes(mode) && !mode.startsWith('container:');
}

function checkNames(attachments: readonly Attachment[]): void {
  if (attachments.some(({ name }) => name === '')) throw new FlagFault('no name set for network');
  const own = attachments.filter(({ name }) => !isUserDefined(name));
  if (own.length > 0 && own.length < attachments.length) {
    throw new FlagFault(
      'conflicting options: cannot attach both user-defined and non-user-defined network-modes',
    );
  }
}

function applyFlags(first: Attachment, flags: ContainerFlagValues, links: string[]): void {
  const { ip, ip6, 'link-local-ip': linkLocal } = flags;
  first.aliases.push(...flags['network-alias'], ...flags['net-alias']);
  if (first.aliases.length > 0 && !isUserDefined(first.name)) {
    throw new FlagFault('network-scoped aliases are only supported for user-defined networks');
  }
  if (ip) first.ipv4 = ip;
  if (ip6) first.ipv6 = ip6;
  first.linkLocal.push(...linkLocal);
  if (isUserDefined(first.name)) first.links.push(...links);
}

function endpointOf({ aliases, ipv4, ipv6, linkLocal, links }: Attachment) {
  const ipam = {
    ...(ipv4 && { IPv4Address: ipv4 }),
    ...(ipv6 && { IPv6Address: ipv6 }),
    ...(linkLocal.length > 0 && { LinkLocalIPs: linkLocal }),
  };
  const hasIpam = Object.keys(ipam).length > 0;
  if (!hasIpam && aliases.length + links.length === 0) return undefined;
  return {
    ...emptyEndpoint(),
    IPAMConfig: hasIpam ? ipam : null,
    Links: links.length > 0 ? links : null,
    Aliases: aliases.length > 0 ? aliases : null,
  };
}

function readMac(given: string): string {
  const text = given.trim();
  if (text === '' || /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(text)) return text;
  throw new FlagFault(`${given} is not a valid mac address`);
}

function checkLink(given: string): string {
  if (given === '') throw new FlagFault('empty string specified for links');
  if (given.split(':').length > 2) throw new FlagFault(`bad format for links: ${given}`);
  return given;
}

/** `name:ip` or `name=ip`; kept with a colon and without brackets. */
export function readExtraHost(given: string): string {
  const separator = given.includes('=') ? '=' : ':';
  const [name, address] = splitPair(given, separator);
  if (!given.includes(separator) || name === '') {
    throw new FlagFault(`bad format for add-host: "${given}"`);
  }
  const ip = /^\[(.*)\]$/.exec(address)?.[1] ?? address;
  if (ip !== 'host-gateway' && !isIpAddress(ip)) {
    throw new FlagFault(`invalid IP address in add-host: "${address}"`);
  }
  return `${name}:${ip}`;
}

export function readDns(given: string): string {
  const ip = given.trim();
  if (isIpAddress(ip)) return ip;
  throw new FlagFault(`IP address is not correctly formatted: ${given}`);
}

export function readDnsSearch(given: string): string {
  const domain = given.trim();
  if (domain === '.') return domain;
  const label = '[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?';
  const form = new RegExp(`^(${label}(?:\\.${label})*)\\.?$`);
  const found = domain.length < 255 && /[a-zA-Z]/.test(domain) ? form.exec(domain) : null;
  if (found?.[1]) return found[1];
  throw new FlagFault(`${given} is not a valid domain`);
}

/** Addresses that lead nowhere from inside, docker's warning each. */
export function dnsWarnings(servers: readonly string[]): string[] {
  return servers
    .filter((server) => /^127\.|^::1$/.test(server))
    .map((server) => `Localhost DNS (${server}) may fail in containers.`);
}
