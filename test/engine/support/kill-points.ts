// Where a command can be killed: before each call that changes something outside of it, by strace.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Calls that make, change or take away what others see. */
const calls = [
  ...['clone', 'clone3', 'vfork', 'fchmod', 'flock', 'fsync', 'ftruncate', 'linkat', 'mkdir'],
  ...[
    'mkdirat',
    'mknodat',
    'mount',
    'move_mount',
    'open',
    'openat',
    'openat2',
    'pidfd_send_signal',
  ],
  ...['rename', 'renameat', 'rmdir', 'sendmsg', 'symlink', 'symlinkat', 'umount2', 'unlink'],
  ...['unlinkat', 'write', 'setns', 'kill', 'fchown', 'execve', 'fsmount', 'pivot_root'],
].join(',');

/** The `time`th call of this name, counted for each process by itself. */
export interface KillPoint {
  call: string;
  time: number;
}

export interface Traced {
  /** The program with its arguments. */
  line: string[];
  /** Its children too, and theirs. */
  children?: boolean;
}

const followed = (children: boolean | undefined) => (children ? ['-f'] : []);

/** Runs it once, unharmed. @returns the points at which it could have been killed, in no order. */
export function killPoints({ line, children }: Traced, directory: string): KillPoint[] {
  const trace = join(directory, 'trace');
  const options = [
    ...followed(children),
    '-qq',
    '-o',
    trace,
    '-e',
    `trace=?${calls.replaceAll(',', ',?')}`,
  ];
  const { status, stderr } = spawnSync('strace', [...options, ...line], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${line.join(' ')}: exit ${status}\n${stderr}`);
  const points = pointsOf(readFileSync(trace, 'utf8'), children);
  rmSync(trace);
  return points;
}

/** Points of a trace; reads of files are none. */
export function pointsOf(trace: string, children = false): KillPoint[] {
  const counts = new Map<string, number>();
  const points = new Map<string, KillPoint>();
  for (const text of trace.split('\n')) {
    const [, pid = '', call = ''] = (children ? /^(\d+) +(\w+)\(/ : /^()(\w+)\(/).exec(text) ?? [];
    if (call === '') continue;
    const time = (counts.get(`${pid} ${call}`) ?? 0) + 1;
    counts.set(`${pid} ${call}`, time);
    const reads = call.startsWith('open') && !text.includes('O_CREAT');
    if (!reads && !(call === 'execve' && time === 1)) points.set(`${call} ${time}`, { call, time });
  }
  return [...points.values()];
}

/** argv that is killed at the point. `-D`: the process is its parent's child, not strace's. */
export function killedAt({ line, children }: Traced, { call, time }: KillPoint): string[] {
  const inject = `inject=${call}:signal=KILL:when=${time}`;
  const quiet = ['-D', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject];
  return ['strace', ...followed(children), ...quiet, ...line];
}

/** Runs an argv until it has ended, whichever way. */
export function ends([program = '', ...args]: string[]): Promise<void> {
  const child = spawn(program, args, { stdio: 'ignore' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve());
  });
}

/** All with env `KILLS=all`, else about `most` of them, evenly. */
export function sampled(points: readonly KillPoint[], most: number): KillPoint[] {
  if (process.env['KILLS'] === 'all' || points.length <= most) return [...points];
  const step = points.length / most;
  const first = Math.floor(Math.random() * step);
  return points.filter(
    (_, place) => Math.floor((place - first) / step) !== Math.floor((place - first - 1) / step),
  );
}
