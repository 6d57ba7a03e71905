import { spawnSync } from 'node:child_process';

const flag = '--inside';

/**
 * Starts this program again, and ends with it, in a mount namespace without the cgroup2 mount: crun refuses
 * a hybrid host. Returns at once in there.
 */
export function insidePureV1() {
  const given = process.argv.slice(2);
  if (given.includes(flag)) return;
  const script = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"';
  const program = [process.execPath, ...process.execArgv, process.argv[1], ...given, flag];
  const words = ['-m', 'sh', '-c', script, 'sh', ...program];
  process.exit(spawnSync('unshare', words, { stdio: 'inherit' }).status ?? 1);
}
