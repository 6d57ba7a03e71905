import type { Host } from '../../host/host.ts';

/**
 * The groups of a container by controller, `''` for the unified one, as runc's `cgroup_paths`; from its
 * first process, so whatever runtime made them. A group that the container made below its own does not
 * count. Empty when the process is gone.
 */
export async function containerCgroups(
  host: Host,
  id: string,
  pid: number,
): Promise<Record<string, string>> {
  if (pid <= 0) return {};
  const { texts } = await host.call('readFiles', { paths: [`/proc/${pid}/cgroup`] });
  const { hierarchies } = (await host.call('facts', null)).cgroup;
  const found: Record<string, string> = {};
  for (const line of (texts[0] ?? '').split('\n')) {
    const [, names = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === '' || path === '/') continue;
    const own = ownPart(path, id);
    for (const name of names.split(',')) {
      const hierarchy = hierarchies.find(({ name: directory, controllers }) =>
        name === '' ? directory === '' || directory === 'unified' : controllers.includes(name),
      );
      if (hierarchy) found[name] = `${hierarchy.mount}${own}`;
    }
  }
  return found;
}

/** `/docker/<id>/inner` up to the part with the id: `<id>`, or `docker-<id>.scope`. */
function ownPart(path: string, id: string): string {
  const at = path.indexOf(id);
  if (at === -1) return path;
  const end = path.indexOf('/', at);
  return end === -1 ? path : path.slice(0, end);
}
