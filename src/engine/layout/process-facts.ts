import type { Host } from '../../host/host.ts';
import type { Engine } from '../context.ts';
import { livingShim } from '../life/shim-record.ts';

/** Pid of a container's shim; 0 when there is none that lives. */
export async function shimPid(engine: Engine, id: string): Promise<number> {
  return (await livingShim(engine, id))?.pid ?? 0;
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
