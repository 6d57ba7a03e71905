// One system call fails, in the runtime or in its init: whichever it is, `run` ends, with one line if it
// fails, and nothing of the container stays. strace makes them fail.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Box, requires } from '../support/index.ts';

const box = new Box();
beforeAll(() => box.open());
afterAll(() => box.close());

/** Calls that make something, wait for something, or take something away. */
const calls = [
  ...['clone', 'clone3', 'close', 'epoll_wait', 'eventfd2', 'execveat', 'fchmod', 'fcntl'],
  ...['getdents64', 'getrandom', 'memfd_create', 'mkdir', 'mkdirat', 'mount', 'mount_setattr'],
  ...['move_mount', 'open', 'open_tree', 'openat', 'openat2', 'pidfd_open', 'pivot_root', 'poll'],
  ...['ppoll', 'prctl', 'read', 'recvmsg', 'rename', 'rmdir', 'sendmsg', 'setns', 'signalfd4'],
  ...['socketpair', 'umount2', 'unlink', 'unlinkat', 'unshare', 'waitid', 'write'],
];

describe.concurrent('run, while a call fails', { timeout: 120_000 }, () => {
  it.for(['ENOMEM', 'EIO'])('%s', async (errno, ctx) => {
    requires(ctx, 'root', 'program strace');
    const bundle = box.bundle('exit 7');
    const line = (id: string) => [
      box.runtime.path,
      '--root',
      box.root,
      'run',
      '-b',
      bundle.dir,
      id,
    ];
    const trace = join(bundle.dir, 'trace');
    const traced = await box.start(['strace', '-f', '-o', trace, ...line(box.id(errno))]);
    expect(traced.code).toBe(7);
    const faults: string[] = [];
    const counts = counted(readFileSync(trace, 'utf8'));
    expect(counts.length).toBeGreaterThan(25);
    for (const [call, times] of counts) {
      for (let time = 1; time <= times; time++) {
        const inject = `inject=${call}:error=${errno}:when=${time}`;
        const strace = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`];
        const id = box.id(errno);
        const { code, signal, stderr } = await box.start([...strace, '-e', inject, ...line(id)]);
        const lines = stderr.split('\n').length - 1;
        const fine = code === 7 || (code !== null && code > 0 && lines <= 1);
        if (!fine) faults.push(`${call} ${time}: exit ${code ?? signal}: ${stderr}`);
        const left = box.leaks().filter((leak) => leak.includes(id));
        if (left.length > 0) faults.push(`${call} ${time}: left ${left.join(', ')}: ${stderr}`);
      }
    }
    expect(faults).toEqual([]);
  });
});

/** How often each call was made by the process that made it most. */
function counted(trace: string): [string, number][] {
  const counts = new Map<string, Map<string, number>>();
  for (const [, pid = '', call = ''] of trace.matchAll(/^(\d+) +(\w+)\(/gm)) {
    if (!calls.includes(call)) continue;
    const ofCall = counts.get(call) ?? new Map<string, number>();
    counts.set(call, ofCall.set(pid, (ofCall.get(pid) ?? 0) + 1));
  }
  return [...counts].map(([call, ofCall]) => [call, Math.max(...ofCall.values())]);
}
