import type { Host } from '../../host/host.ts';
import { containerPaths, type EnginePaths } from '../engine-paths.ts';

/** Pid of a container's shim; 0 when there is none. */
export async function shimPid(host: Host, paths: EnginePaths, id: string): Promise<number> {
  const text = await readOne(host, `${containerPaths(paths, id).own}/shim.pid`);
  return Number.parseInt(text, 10) || 0;
}

/** Directories of a process's cgroups; none when it is gone. */
export async function cgroupDirectories(host: Host, pid: number): Promise<string[]> {
  if (pid <= 0) return [];
  const text = await readOne(host, `/proc/${pid}/cgroup`);
  const { hierarchies } = (await host.call('facts', null)).cgroup;
  return text.split('\n').flatMap((line) => {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === '' || path === '/') return [];
    const wanted = controllers.split(',');
    const found = hierarchies.find(({ name, controllers: own }) =>
      controllers === '' ? name === '' : wanted.some((controller) => own.includes(controller)),
    );
    return found ? [`${found.mount}${path}`] : [];
  });
}

/** A process and all above it, itself first; empty when it does not exist. */
export async function ancestors(host: Host, pid: number): Promise<number[]> {
  const found: number[] = [];
  for (let next = pid; next > 0 && !found.includes(next); ) {
    const status = await readOne(host, `/proc/${next}/status`);
    if (status === '') break;
    found.push(next);
    next = Number(/^PPid:\s*(\d+)$/m.exec(status)?.[1] ?? 0);
  }
  return found;
}

/** Empty when it cannot be read. */
export async function readOne(host: Host, path: string): Promise<string> {
  const { texts } = await host.call('readFiles', { paths: [path] });
  return texts[0] ?? '';
}
