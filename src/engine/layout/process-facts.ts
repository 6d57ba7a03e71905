import type { Host } from '../../host/host.ts';
import { containerPaths, type EnginePaths } from '../engine-paths.ts';

/** Pid of a container's shim; 0 when there is none. */
export async function shimPid(host: Host, paths: EnginePaths, id: string): Promise<number> {
  const text = await readOne(host, `${containerPaths(paths, id).own}/shim.pid`);
  return Number(/"pid":(\d+)/.exec(text)?.[1] ?? 0);
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
