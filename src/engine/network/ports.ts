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

function address(ip: string, port: string): string {
  return `${ip}:${port}`;
}

interface ShownPort {
  /** Empty for one that is not published. */
  ip: string;
  hostPort: number;
  containerPort: number;
  protocol: string;
}

/**
 * The PORTS column of `ps`: neighbours that keep their number on the host as a range, then those with another
 * number there: `443/tcp, 0.0.0.0:9000-9001->9000-9001/tcp, 0.0.0.0:8080->80/tcp`.
 */
export function portColumn(map: PortMap | null | undefined): string {
  const moved: string[] = [];
  const open = new Map<string, { first: number; last: number }>();
  const closed: string[] = [];
  for (const port of shownPorts(map ?? {})) {
    const { ip, hostPort, containerPort, protocol } = port;
    if (ip !== '' && hostPort !== containerPort) {
      moved.push(`${address(ip, String(hostPort))}->${containerPort}/${protocol}`);
      continue;
    }
    const place = ip === '' ? protocol : `${ip}/${protocol}`;
    const range = open.get(place);
    if (range && containerPort === range.last + 1) range.last = containerPort;
    else {
      if (range) closed.push(rangeText(place, range));
      open.set(place, { first: containerPort, last: containerPort });
    }
  }
  const rest = [...open].map(([place, range]) => rangeText(place, range));
  return [...closed, ...rest, ...moved].join(', ');
}

function shownPorts(map: PortMap): ShownPort[] {
  const ports = Object.entries(map).flatMap(([key, places]): ShownPort[] =>
    places?.length
      ? places.map(({ HostIp, HostPort }) => ({
          ...splitPort(key),
          ip: HostIp,
          hostPort: Number(HostPort),
        }))
      : [{ ...splitPort(key), ip: '', hostPort: 0 }],
  );
  const text = (one: string, other: string) => (one < other ? -1 : Number(one > other));
  return ports.sort(
    (one, other) =>
      one.containerPort - other.containerPort ||
      text(one.ip, other.ip) ||
      one.hostPort - other.hostPort ||
      text(one.protocol, other.protocol),
  );
}

function rangeText(place: string, { first, last }: { first: number; last: number }): string {
  const slash = place.lastIndexOf('/');
  const protocol = place.slice(slash + 1);
  const range = first === last ? `${first}` : `${first}-${last}`;
  if (slash === -1) return `${range}/${protocol}`;
  return `${place.slice(0, slash)}:${range}->${range}/${protocol}`;
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
