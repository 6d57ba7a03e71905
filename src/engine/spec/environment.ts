export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** PATH, HOSTNAME and TERM, then the record's entries; those replace what has their name, a bare name removes it. */
export function containerEnvironment(
  hostname: string,
  tty: boolean,
  own: readonly string[],
): string[] {
  const base = [`PATH=${defaultPath}`, `HOSTNAME=${hostname}`, ...(tty ? ['TERM=xterm'] : [])];
  return overlayEnvironment(base, own);
}

/** moby's order: an entry keeps the place of the one that it replaces. */
export function overlayEnvironment(base: readonly string[], own: readonly string[]): string[] {
  const entries: (string | undefined)[] = [...base];
  const places = new Map(base.map((entry, place) => [nameOf(entry), place]));
  for (const entry of own) {
    const name = nameOf(entry);
    const place = places.get(name);
    if (!entry.includes('=')) {
      if (place !== undefined) entries[place] = undefined;
    } else if (place === undefined) {
      places.set(name, entries.push(entry) - 1);
    } else entries[place] = entry;
  }
  return entries.filter((entry) => entry !== undefined);
}

function nameOf(entry: string): string {
  const equals = entry.indexOf('=');
  return equals === -1 ? entry : entry.slice(0, equals);
}
