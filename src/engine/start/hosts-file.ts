/** Lines of a hosts file beside the fixed ones. */
export interface HostsEntry {
  address: string;
  /** Names with spaces between them. */
  names: string;
}

const fixedEntries: readonly HostsEntry[] = [
  { address: '127.0.0.1', names: 'localhost' },
  { address: '::1', names: 'localhost ip6-localhost ip6-loopback' },
  { address: 'fe00::0', names: 'ip6-localnet' },
  { address: 'ff00::0', names: 'ip6-mcastprefix' },
  { address: 'ff02::1', names: 'ip6-allnodes' },
  { address: 'ff02::2', names: 'ip6-allrouters' },
];

/** A hosts file as Docker writes it. Pure. */
export function hostsText(entries: readonly HostsEntry[]): string {
  return [...fixedEntries, ...entries].map(line).join('');
}

/** Lines as they are added to a hosts file of the host. */
export function addHosts(text: string, entries: readonly HostsEntry[]): string {
  return text + entries.map(line).join('');
}

/** `--add-host name:address`; the address may hold colons, or be `host-gateway`. */
export function extraHosts(texts: readonly string[], gateway: string | undefined): HostsEntry[] {
  return texts.flatMap((text): HostsEntry[] => {
    const colon = text.indexOf(':');
    const address = text.slice(colon + 1);
    const actual = address === 'host-gateway' ? gateway : address;
    return actual === undefined ? [] : [{ address: actual, names: text.slice(0, colon) }];
  });
}

/** The container's own line: its name with the domain, and the first part of it. */
export function ownEntry(address: string, hostname: string, domainname: string): HostsEntry {
  const full = domainname === '' ? hostname : `${hostname}.${domainname}`;
  const dot = full.indexOf('.');
  return { address, names: dot === -1 ? full : `${full} ${full.slice(0, dot)}` };
}

function line({ address, names }: HostsEntry): string {
  return `${address}\t${names}\n`;
}
