// A network namespace of the test's own, in which the engine runs with a data root of its own.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { executable } from '../../parity/both-hosts.ts';
import { type EngineRoots, makeEngineRoots } from './engine-roots.ts';

export const netavark = '/usr/lib/podman/netavark';
export const aardvark = '/usr/lib/podman/aardvark-dns';

export interface OwnNet {
  roots: EngineRoots;
  /** Runs in the namespace. */
  inside(
    command: string,
    ...args: string[]
  ): { status: number | null; stdout: string; stderr: string };
  /** `rundlet …` on the roots, in the namespace. */
  rundlet(...args: string[]): { status: number | null; stdout: string; stderr: string };
  /** The same, which has to exit 0; its output without the last newline. */
  ok(...args: string[]): string;
  /** What running containers hold. */
  leases(): { addresses: Record<string, string>; ports: Record<string, string> };
  /** Pinned network namespaces. */
  pinned(): string[];
  remove(): void;
}

export async function makeOwnNet(): Promise<OwnNet> {
  const roots = makeEngineRoots();
  roots.image();
  const holder: ChildProcess = spawn(
    'unshare',
    ['--net', 'sh', '-c', 'ip link set lo up; echo up; exec sleep 100000'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise((resolve) => holder.stdout?.once('data', resolve));
  const inside = (command: string, ...args: string[]) =>
    spawnSync('nsenter', [`--net=/proc/${holder.pid}/ns/net`, command, ...args], {
      encoding: 'utf8',
      timeout: 120_000,
    });
  const rundlet = (...args: string[]) =>
    inside(executable, '--data-root', roots.dataRoot, '--exec-root', roots.execRoot, ...args);
  const own = join(roots.execRoot, 'rundlet/network');
  return {
    roots,
    inside,
    rundlet,
    ok(...args) {
      const { status, stdout, stderr } = rundlet(...args);
      if (status !== 0) throw new Error(`${args.join(' ')}: exit ${status}\n${stderr}`);
      return stdout.replace(/\n$/, '');
    },
    leases: () => JSON.parse(readFileSync(join(own, 'leases.json'), 'utf8')),
    pinned: () => readdirSync(join(roots.execRoot, 'netns')),
    remove() {
      endResolver(join(own, 'aardvark-dns/aardvark.pid'), roots.dir);
      holder.kill('SIGKILL');
      roots.remove();
    },
  };
}

/** aardvark-dns stays when its last network goes by a crash; it is known by its configuration. */
function endResolver(file: string, dir: string): void {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dir)) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
