/** One published port. */
export interface PublishedPort {
  containerPort: number;
  /** `tcp`, `udp`, `sctp`. */
  protocol: string;
  /** 0 for one that the engine chooses. */
  hostPort: number;
  /** Empty for every address. */
  hostIp: string;
}

/** `PortBindings` of hostconfig.json, and `Ports` of NetworkSettings: `"80/tcp"` → where. */
export type PortMap = Record<string, { HostIp: string; HostPort: string }[] | null>;

/** What is to be published: the bindings, and with `-P` every exposed port that has none. */
export function publishedPorts(
  bindings: PortMap | null | undefined,
  exposed: readonly string[],
  publishAll: boolean,
): PublishedPort[] {
  const bound = Object.entries(bindings ?? {}).flatMap(([key, places]) =>
    (places ?? []).map((place) => ({
      ...splitPort(key),
      hostPort: Number(place.HostPort || 0),
      hostIp: place.HostIp,
    })),
  );
  if (!publishAll) return bound;
  const rest = exposed.filter((key) => !bindings?.[key]?.length);
  return [...bound, ...rest.map((key) => ({ ...splitPort(key), hostPort: 0, hostIp: '' }))];
}

export function splitPort(key: string): { containerPort: number; protocol: string } {
  const [port = '', protocol = 'tcp'] = key.split('/');
  return { containerPort: Number(port), protocol };
}

/** `NetworkSettings.Ports` of a running container: exposed ones that are not published are null. */
export function portSettings(
  published: readonly PublishedPort[],
  exposed: readonly string[],
): PortMap {
  const map: PortMap = Object.fromEntries(exposed.map((key) => [key, null]));
  for (const port of published) {
    const key = `${port.containerPort}/${port.protocol}`;
    const place = { HostIp: port.hostIp || '0.0.0.0', HostPort: String(port.hostPort) };
    map[key] = [...(map[key] ?? []), place];
  }
  return map;
}

/** Lines of `docker port`: `80/tcp -> 0.0.0.0:8080`. */
export function portLines(map: PortMap): string[] {
  return Object.entries(map).flatMap(([key, places]) =>
    (places ?? []).map(({ HostIp, HostPort }) => `${key} -> ${address(HostIp, HostPort)}`),
  );
}

export function address(ip: string, port: string): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** The PORTS column of `ps`: published ones first as Docker sorts them, `0.0.0.0:8080->80/tcp, 443/tcp`. */
export function portColumn(map: PortMap | null | undefined): string {
  const entries = Object.entries(map ?? {});
  const order = ([one]: [string, unknown], [other]: [string, unknown]) =>
    splitPort(one).containerPort - splitPort(other).containerPort;
  const open = entries.filter(([, places]) => !places?.length).sort(order);
  const published = entries.filter(([, places]) => places?.length).sort(order);
  return [
    ...published.flatMap(([key, places]) =>
      (places ?? []).map(({ HostIp, HostPort }) => `${address(HostIp, HostPort)}->${key}`),
    ),
    ...open.map(([key]) => key),
  ].join(', ');
}

/** Ports that a program of the host listens on, from /proc/net/{tcp,tcp6,udp,udp6}. */
export function listeningPorts(tables: readonly string[], protocol: 'tcp' | 'udp'): Set<number> {
  const ports = new Set<number>();
  for (const line of tables.flatMap((text) => text.split('\n').slice(1))) {
    const fields = line.trim().split(/\s+/);
    const [local = '', state = ''] = [fields[1], fields[3]];
    if (protocol === 'tcp' && state !== '0A') continue;
    const port = Number.parseInt(local.split(':')[1] ?? '', 16);
    if (!Number.isNaN(port)) ports.add(port);
  }
  return ports;
}
