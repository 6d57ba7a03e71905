import type { PortBinding } from '../../../../engine/containers/record.ts';
import { isIpAddress, isIpv6 } from '../../../../engine/network/ip-address.ts';
import { FlagFault } from '../../scan-docker-flags.ts';
import { readCsv, readInteger, splitPair } from './flag-reader.ts';

export interface PortFlags {
  /** `80/tcp`. */
  exposed: Set<string>;
  bindings: Map<string, PortBinding[]>;
}

/** `-p` and `--expose`, in the words of docker's nat package. */
export function readPortFlags(publish: readonly string[], expose: readonly string[]): PortFlags {
  const flags: PortFlags = { exposed: new Set(), bindings: new Map() };
  for (const spec of publish) {
    for (const { key, binding } of readPublish(standardForm(spec))) {
      flags.exposed.add(key);
      flags.bindings.set(key, [...(flags.bindings.get(key) ?? []), binding]);
    }
  }
  for (const spec of expose) for (const key of readExpose(spec)) flags.exposed.add(key);
  return flags;
}

/** `published=8080,target=80,protocol=udp` as `8080:80/udp`. */
function standardForm(spec: string): string {
  if (!spec.includes('=')) return spec;
  const fields = new Map(readCsv(spec).map((field) => splitPair(field)));
  const host = fields.get('published');
  const protocol = fields.get('protocol') ?? 'tcp';
  return `${host ? `${host}:` : ''}${fields.get('target') ?? ''}/${protocol}`;
}

function readPublish(spec: string): { key: string; binding: PortBinding }[] {
  const { ip, hostPart, containerPart } = splitParts(spec);
  const [portText, protocol] = splitProtocol(containerPart);
  const HostIp = readIp(ip);
  if (portText === '') throw new FlagFault(`no port specified: ${spec || '<empty>'}`);
  const container = range(portText, `invalid containerPort: ${portText}`);
  const host = hostPart === '' ? undefined : range(hostPart, `invalid hostPort: ${hostPart}`);
  const count = container.end - container.start + 1;
  if (host && host.end - host.start + 1 !== count && count !== 1) {
    throw new FlagFault(
      `invalid ranges specified for container and host Ports: ${portText} and ${hostPart}`,
    );
  }
  if (!['tcp', 'udp', 'sctp'].includes(protocol.toLowerCase())) {
    throw new FlagFault(`invalid proto: ${protocol}`);
  }
  return Array.from({ length: count }, (_, step) => ({
    key: `${container.start + step}/${protocol.toLowerCase()}`,
    binding: { HostIp, HostPort: hostPort(host, step, count) },
  }));
}

/** One port in the container takes any of a range on the host. */
function hostPort(host: Range | undefined, step: number, count: number): string {
  if (host === undefined) return '';
  if (count === 1 && host.start !== host.end) return `${host.start}-${host.end}`;
  return String(host.start + step);
}

function splitParts(spec: string): { ip: string; hostPart: string; containerPart: string } {
  const parts = spec.split(':');
  const containerPart = parts.pop() ?? '';
  const hostPart = parts.pop() ?? '';
  return { ip: parts.join(':'), hostPart, containerPart };
}

function readIp(given: string): string {
  const ip = /^\[(.*)\]$/.exec(given)?.[1] ?? given;
  // `::80` has no address either.
  if (ip === '' || ip === ':') return '';
  if (!isIpAddress(ip) || (given.startsWith('[') && !isIpv6(ip))) {
    throw new FlagFault(`invalid IP address: ${ip}`);
  }
  return ip;
}

function splitProtocol(text: string): [port: string, protocol: string] {
  const [port = '', protocol] = text.split('/');
  return [port, protocol || 'tcp'];
}

interface Range {
  start: number;
  end: number;
}

function range(text: string, fault: string): Range {
  try {
    return readRange(text);
  } catch (error) {
    throw error instanceof FlagFault ? new FlagFault(fault) : error;
  }
}

function readRange(text: string): Range {
  if (text === '') throw new FlagFault('empty string specified for ports');
  const [first = '', last] = splitPair(text, '-');
  const port = (word: string) => readInteger(word, { signed: false, bits: 16 });
  const start = port(first);
  const end = text.includes('-') ? port(last) : start;
  if (end < start) throw new FlagFault(`invalid range specified for port: ${text}`);
  return { start, end };
}

function readExpose(spec: string): string[] {
  if (spec.includes(':')) throw new FlagFault(`invalid port format for --expose: ${spec}`);
  const [portText, protocol] = splitProtocol(spec);
  let ports: Range;
  try {
    ports = readRange(portText);
  } catch (error) {
    if (!(error instanceof FlagFault)) throw error;
    throw new FlagFault(`invalid range format for --expose: ${spec}, error: ${error.message}`);
  }
  const { start, end } = ports;
  return Array.from({ length: end - start + 1 }, (_, step) => `${start + step}/${protocol}`);
}
