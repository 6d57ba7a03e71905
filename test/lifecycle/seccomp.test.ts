import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exceptOn, type Loose, useBox } from '../support/index.ts';

const box = useBox();
const call = {
  mkdir: 83,
  getpgrp: 111,
  personality: 135,
  clock_settime: 227,
  unshare: 272,
  prctl: 157,
};

const withSeccomp = (seccomp: Loose) => (c: { linux: { seccomp?: Loose } }) => {
  c.linux.seccomp = { architectures: ['SCMP_ARCH_X86_64'], ...seccomp };
};
const probe = (nr: number, ...args: (number | string)[]) => [
  '/bin/probe',
  'call',
  String(nr),
  ...args.map(String),
];

describe('seccomp', () => {
  it('is filter mode 2, before the program', async () => {
    const r = await box.run(
      ['/bin/grep', '^Seccomp:', '/proc/self/status'],
      withSeccomp({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_ERRNO' }],
      }),
    );
    expect(r.stdout).toBe('Seccomp:\t2\n');
  });

  it('ERRNO without a number is EPERM', async () => {
    const r = await box.run(
      probe(call.getpgrp),
      withSeccomp({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['getpgrp'], action: 'SCMP_ACT_ERRNO' }],
      }),
    );
    expect(r.stdout).toBe('-1 EPERM\n');
  });

  it('ERRNO with errnoRet', async () => {
    const r = await box.run(
      probe(call.getpgrp),
      withSeccomp({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['getpgrp'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 }],
      }),
    );
    expect(r.stdout).toBe('-1 ENOSYS\n');
  });

  it('a default action of ERRNO with defaultErrnoRet', async () => {
    const allowed = [
      'read',
      'write',
      'close',
      'execve',
      'exit_group',
      'exit',
      'brk',
      'mmap',
      'munmap',
      'mprotect',
      'fstat',
      'newfstatat',
      'arch_prctl',
      'set_tid_address',
      'set_robust_list',
      'rseq',
      'prlimit64',
      'readlink',
      'readlinkat',
      'getrandom',
      'futex',
      'rt_sigaction',
      'rt_sigprocmask',
      'rt_sigreturn',
      'prctl',
      'openat',
      'ioctl',
      'fcntl',
      'getpid',
      'gettid',
      'tgkill',
      'capget',
      'capset',
      'fstatfs',
      'getdents64',
      'setuid',
      'setgid',
      'setgroups',
      'chdir',
      'epoll_ctl',
      'epoll_pwait',
      'epoll_create1',
      'eventfd2',
      'nanosleep',
      'sched_yield',
      'sched_getaffinity',
      'madvise',
      'sigaltstack',
      'write',
      'faccessat2',
      'stat',
      'lstat',
      'getcwd',
      'getpgrp',
      'statx',
      'getuid',
      'getgid',
      'close_range',
      'execveat',
      'dup3',
      'umask',
      'openat2',
      'poll',
      'ppoll',
      'fchown',
      'fchdir',
      'clone',
      'seccomp',
    ];
    const r = await box.run(probe(call.personality, '0xffffffff'), (c) => {
      withSeccomp({
        defaultAction: 'SCMP_ACT_ERRNO',
        defaultErrnoRet: 99,
        syscalls: [{ names: allowed, action: 'SCMP_ACT_ALLOW' }],
      })(c);
    });
    expect([r.stderr, r.stdout]).toEqual(['', '-1 EADDRNOTAVAIL\n']);
  });

  for (const action of ['SCMP_ACT_KILL', 'SCMP_ACT_KILL_PROCESS', 'SCMP_ACT_KILL_THREAD']) {
    it(`${action} ends the process with SIGSYS`, async () => {
      const r = await box.run(
        probe(call.getpgrp),
        withSeccomp({
          defaultAction: 'SCMP_ACT_ALLOW',
          syscalls: [{ names: ['getpgrp'], action }],
        }),
      );
      expect(r.code).toBe(128 + 31);
      expect(r.stdout).toBe('');
    });
  }

  it('TRAP sends SIGSYS', async () => {
    const r = await box.run(
      ['/bin/sh', '-c', `trap 'echo trapped; exit 5' SYS; probe call ${call.getpgrp}; exit $?`],
      withSeccomp({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['personality'], action: 'SCMP_ACT_TRAP' }],
      }),
    );
    expect(r.code).toBe(0);
    const s = await box.run(
      probe(call.personality),
      withSeccomp({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['personality'], action: 'SCMP_ACT_TRAP' }],
      }),
    );
    expect(s.code).toBe(128 + 31);
  });

  const operators: [string, Loose, number, string][] = [
    ['EQ hit', { index: 0, value: 7, op: 'SCMP_CMP_EQ' }, 7, 'EPERM'],
    ['EQ miss', { index: 0, value: 7, op: 'SCMP_CMP_EQ' }, 8, 'OK'],
    ['NE hit', { index: 0, value: 7, op: 'SCMP_CMP_NE' }, 8, 'EPERM'],
    ['LT hit', { index: 0, value: 7, op: 'SCMP_CMP_LT' }, 6, 'EPERM'],
    ['LT miss', { index: 0, value: 7, op: 'SCMP_CMP_LT' }, 7, 'OK'],
    ['LE hit', { index: 0, value: 7, op: 'SCMP_CMP_LE' }, 7, 'EPERM'],
    ['GT hit', { index: 0, value: 7, op: 'SCMP_CMP_GT' }, 8, 'EPERM'],
    ['GE hit', { index: 0, value: 7, op: 'SCMP_CMP_GE' }, 7, 'EPERM'],
    ['GE miss', { index: 0, value: 7, op: 'SCMP_CMP_GE' }, 6, 'OK'],
    [
      'MASKED_EQ hit',
      { index: 0, value: 0xf0, valueTwo: 0x30, op: 'SCMP_CMP_MASKED_EQ' },
      0x35,
      'EPERM',
    ],
    [
      'MASKED_EQ miss',
      { index: 0, value: 0xf0, valueTwo: 0x30, op: 'SCMP_CMP_MASKED_EQ' },
      0x45,
      'OK',
    ],
  ];
  for (const [name, arg, value, wanted] of operators) {
    it(`argument ${name}`, async () => {
      // getpgrp takes no arguments, and no runtime calls it: the kernel does not mind what is in the registers
      const r = await box.run(
        probe(call.getpgrp, value),
        withSeccomp({
          defaultAction: 'SCMP_ACT_ALLOW',
          syscalls: [{ names: ['getpgrp'], action: 'SCMP_ACT_ERRNO', args: [arg] }],
        }),
      );
      expect(r.stdout.split(' ')[1]).toBe(`${wanted}\n`);
    });
  }

  it('64-bit values are compared whole', async () => {
    const rule = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [
        {
          names: ['getpgrp'],
          action: 'SCMP_ACT_ERRNO',
          args: [{ index: 1, value: 0x1_0000_0007, op: 'SCMP_CMP_EQ' }],
        },
      ],
    };
    expect(
      (await box.run(probe(call.getpgrp, 0, '0x100000007'), withSeccomp(rule))).stdout,
    ).toContain('EPERM');
    expect((await box.run(probe(call.getpgrp, 0, '0x7'), withSeccomp(rule))).stdout).toContain(
      'OK',
    );
    expect(
      (await box.run(probe(call.getpgrp, 0, '0x200000007'), withSeccomp(rule))).stdout,
    ).toContain('OK');
  });

  it('several args of one rule must all hit; several rules of one call: any', async () => {
    const both = {
      names: ['getpgrp'],
      action: 'SCMP_ACT_ERRNO',
      args: [
        { index: 0, value: 1, op: 'SCMP_CMP_EQ' },
        { index: 1, value: 2, op: 'SCMP_CMP_EQ' },
      ],
    };
    const rule = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [both] };
    expect((await box.run(probe(call.getpgrp, 1, 2), withSeccomp(rule))).stdout).toContain('EPERM');
    expect((await box.run(probe(call.getpgrp, 1, 3), withSeccomp(rule))).stdout).toContain('OK');
    const any = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [
        both,
        {
          names: ['getpgrp'],
          action: 'SCMP_ACT_ERRNO',
          args: [{ index: 0, value: 9, op: 'SCMP_CMP_EQ' }],
        },
      ],
    };
    expect((await box.run(probe(call.getpgrp, 9, 0), withSeccomp(any))).stdout).toContain('EPERM');
  });

  it('a name the kernel or architecture does not have is passed over', async () => {
    const r = await box.run(
      probe(call.getpgrp),
      withSeccomp({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [
          { names: ['no_such_call', 'riscv_flush_icache', 'getpgrp'], action: 'SCMP_ACT_ERRNO' },
        ],
      }),
    );
    expect(r.stdout).toBe('-1 EPERM\n');
  });

  it('x86 and x32 beside x86_64', async () => {
    const r = await box.run(
      probe(call.getpgrp),
      withSeccomp({
        architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['getpgrp'], action: 'SCMP_ACT_ERRNO' }],
      }),
    );
    expect(r.stdout).toBe('-1 EPERM\n');
  });

  for (const nnp of [true, false]) {
    it(`works with noNewPrivileges ${nnp} for a user without capabilities, in run and exec`, async () => {
      const { id, bundle, stdout } = await box.running((c) => {
        withSeccomp({
          defaultAction: 'SCMP_ACT_ALLOW',
          syscalls: [{ names: ['getpgrp'], action: 'SCMP_ACT_ERRNO' }],
        })(c);
        c.process.noNewPrivileges = nnp;
        c.process.user = { uid: 1000, gid: 1000 };
        c.process.capabilities = { bounding: [], effective: [], permitted: [] };
      });
      expect(bundle.dir).toBeTruthy();
      expect(stdout()).toBe('');
      expect((await box.ok(['exec', id, ...probe(call.getpgrp)])).stdout).toBe('-1 EPERM\n');
      expect(
        (await box.ok(['exec', id, 'grep', '-E', '^Seccomp:|NoNewPrivs', '/proc/self/status']))
          .stdout,
      ).toBe(`NoNewPrivs:\t${nnp ? 1 : 0}\nSeccomp:\t2\n`);
    });
  }

  it('a profile that forbids what the runtime itself calls late does not break the start', async () => {
    const r = await box.run(
      probe(call.getpgrp),
      withSeccomp({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [
          {
            names: [
              'setuid',
              'setgid',
              'setgroups',
              'capset',
              'unshare',
              'mount',
              'pivot_root',
              'setns',
              'chroot',
              'umount2',
              'sethostname',
              'mknod',
              'keyctl',
              'add_key',
              'bpf',
              'open_tree',
              'move_mount',
              'fsopen',
            ],
            action: 'SCMP_ACT_ERRNO',
          },
        ],
      }),
    );
    expect(r.stderr).toBe('');
    expect(r.code).toBe(0);
  });

  it('flags LOG and SPEC_ALLOW', async (ctx) => {
    exceptOn(ctx, 'runc', '1.1.5 does not support flags');
    const r = await box.run(
      ['/bin/grep', 'Speculation_Store_Bypass', '/proc/self/status'],
      withSeccomp({
        flags: ['SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW'],
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['getpgrp'], action: 'SCMP_ACT_ERRNO' }],
      }),
    );
    expect(r.stderr).toBe('');
    expect(r.code).toBe(0);
  });

  const docker = '/work/shared/fixtures/docker-configs/docker-default-config-notty.json';
  it.skipIf(!existsSync(docker))("Docker's profile blocks and allows", async () => {
    const profile = JSON.parse(readFileSync(docker, 'utf8')).linux.seccomp;
    const run = (nr: number, ...args: (string | number)[]) =>
      box.run(probe(nr, ...args), (c) => {
        c.linux.seccomp = profile;
      });
    expect((await run(call.unshare, '0x10000000')).stdout).toBe('-1 EPERM\n'); // CLONE_NEWUSER without CAP_SYS_ADMIN
    expect((await run(435, 0, 0)).stdout).toMatch(/^-1 (ENOSYS|EPERM)\n$/); // clone3
    expect((await run(call.personality, '0xffffffff')).stdout).toContain('OK');
    expect((await run(call.personality, '0x12345')).stdout).toBe('-1 EPERM\n');
    expect((await run(call.getpgrp)).stdout).toContain('OK');
  });
});
