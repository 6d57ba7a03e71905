/** What a container says of name servers; empty lists for nothing. */
export interface DnsWishes {
  servers: readonly string[];
  search: readonly string[];
  options: readonly string[];
}

const loopbackServer = /^nameserver\s+(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)\s*\n*/gm;
const ipv6Server = /^nameserver\s+(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?:%\w+)?\s*\n*/gm;

/** What Docker gives to a container when the host has no name server that it can reach. */
const publicServers = ['8.8.8.8', '8.8.4.4'];

/**
 * resolv.conf of a container as Docker writes it, of the host's text: name servers that only the host
 * reaches (loopback, and IPv6 on an IPv4 network) are left out. With wishes, or `resolvers` of
 * its networks, it is made anew. Pure.
 */
export function containerResolvConf(
  host: string,
  wishes: DnsWishes,
  resolvers: readonly string[] = [],
): string {
  if (resolvers.length > 0) return networkResolvConf(host, wishes, resolvers);
  if (hasWishes(wishes)) return wishedResolvConf(host, wishes);
  const filtered = host.replace(loopbackServer, '').replace(ipv6Server, '');
  if (serversOf(filtered).length > 0) return filtered;
  return `${filtered}\n${publicServers.map((server) => `nameserver ${server}\n`).join('')}`;
}

/** Names of the networks first; a wished server is asked when theirs does not answer. */
function networkResolvConf(host: string, wishes: DnsWishes, resolvers: readonly string[]): string {
  const options = wishes.options.length > 0 ? wishes.options : lastWords(host, 'options');
  const ndots = options.some((option) => option.startsWith('ndots:')) ? [] : ['ndots:0'];
  return wishedResolvConf(host, {
    ...wishes,
    servers: [...resolvers, ...wishes.servers],
    options: [...options, ...ndots],
  });
}

export function hasWishes({ servers, search, options }: DnsWishes): boolean {
  return servers.length > 0 || search.length > 0 || options.length > 0;
}

function wishedResolvConf(host: string, wishes: DnsWishes): string {
  const chosen = (own: readonly string[], hosts: string[]) => (own.length > 0 ? own : hosts);
  const search = chosen(wishes.search, lastWords(host, 'search')).join(' ');
  const servers = chosen(wishes.servers, serversOf(host));
  const options = chosen(wishes.options, lastWords(host, 'options')).join(' ');
  return [
    // A lone dot asks for no search domain.
    ...(search !== '' && search.trim() !== '.' ? [`search ${search}\n`] : []),
    ...servers.map((server) => `nameserver ${server}\n`),
    ...(options.trim() !== '' ? [`options ${options}\n`] : []),
  ].join('');
}

/** Whether the only name server is the stub of systemd-resolved, which writes the real ones elsewhere. */
export function isStubResolver(host: string): boolean {
  const servers = serversOf(host);
  return servers.length === 1 && servers[0] === '127.0.0.53';
}

function serversOf(text: string): string[] {
  return lines(text).flatMap((line) => /^\s*nameserver\s+(\S+)\s*$/.exec(line)?.[1] ?? []);
}

/** The last line of a kind wins. */
function lastWords(text: string, kind: string): string[] {
  const found = lines(text).filter((line) => line.trimStart().split(/\s+/)[0] === kind);
  return (found.at(-1) ?? '').trim().split(/\s+/).slice(1);
}

function lines(text: string): string[] {
  return text.split('\n').map((line) => line.replace(/#.*$/, ''));
}
