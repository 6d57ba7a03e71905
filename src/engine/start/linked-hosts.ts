import type { Container } from '../containers/record.ts';
import { readContainer } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import type { HostsEntry } from './hosts-file.ts';

/** Lines of /etc/hosts for `--link name:alias`: the alias, the container's host name, and its name. */
export async function linkedHosts(
  engine: Engine,
  { hostConfig }: Container,
): Promise<HostsEntry[]> {
  const entries: HostsEntry[] = [];
  for (const link of hostConfig.Links ?? []) {
    const [name = '', alias = name] = link.split(':');
    const { config } = await readContainer(engine, name.replace(/^\//, ''));
    const address = config.NetworkSettings.Networks?.bridge?.IPAddress;
    if (!address) continue;
    const own = config.Name.slice(1);
    const last = alias.slice(alias.lastIndexOf('/') + 1);
    const names = [last, config.Config.Hostname, ...(last === own ? [] : [own])].join(' ');
    entries.push({ address, names });
  }
  return entries;
}
