import type { Host } from '../host/host.ts';

/** Where something is mounted, as this process sees it; octal escapes undone (proc_pid_mountinfo(5)). */
export async function mountPoints(host: Host): Promise<ReadonlySet<string>> {
  const { texts } = await host.call('readFiles', { paths: ['/proc/self/mountinfo'] });
  const points = (texts[0] ?? '').split('\n').flatMap((line) => line.split(' ')[4] ?? []);
  const plain = (point: string) =>
    point.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
  return new Set(points.map(plain));
}
