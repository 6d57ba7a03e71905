/**
 * The default seccomp profile, said in our own way: what a program inside a container may call, by subject.
 * What is not named here fails with EPERM: it reaches out of the namespaces (kexec_load, swapon, keyctl,
 * userfaultfd …), is gone from the kernel, or is an open door for attacks. The verdicts are those of Docker's
 * profile; test/engine/seccomp.test.ts compares them name by name.
 */

const words = (text: string) => text.trim().split(/\s+/);

/** Harmless for everybody. `32`, `64` and `_time64` forms stand beside their call. */
export const freeCalls: readonly string[] = words(`
  execve execveat exit exit_group fork vfork wait4 waitid waitpid
  getpid getppid gettid getpgid getpgrp getsid setpgid setsid set_tid_address
  prctl seccomp rseq membarrier restart_syscall getcpu uname sysinfo times getrusage
  set_robust_list get_robust_list get_thread_area set_thread_area
  pidfd_open pidfd_send_signal process_mrelease
  landlock_create_ruleset landlock_add_rule landlock_restrict_self

  getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32
  getresuid getresuid32 getresgid getresgid32 getgroups getgroups32
  setuid setuid32 setgid setgid32 setreuid setreuid32 setregid setregid32
  setresuid setresuid32 setresgid setresgid32 setfsuid setfsuid32 setfsgid setfsgid32
  setgroups setgroups32 capget capset umask

  getpriority setpriority ioprio_get ioprio_set
  getrlimit ugetrlimit setrlimit prlimit64
  sched_yield sched_getaffinity sched_setaffinity sched_getattr sched_setattr
  sched_getparam sched_setparam sched_getscheduler sched_setscheduler
  sched_get_priority_min sched_get_priority_max
  sched_rr_get_interval sched_rr_get_interval_time64

  brk mmap mmap2 munmap mremap mprotect madvise mincore msync remap_file_pages
  mlock mlock2 munlock mlockall munlockall memfd_create memfd_secret

  kill tkill tgkill pause alarm sigaltstack sigprocmask sigreturn signalfd signalfd4
  rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_tgsigqueueinfo
  rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64

  time gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64
  clock_nanosleep clock_nanosleep_time64 nanosleep adjtimex clock_adjtime clock_adjtime64
  getitimer setitimer timer_create timer_delete timer_getoverrun
  timer_gettime timer_gettime64 timer_settime timer_settime64
  timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64
  futex futex_time64 futex_waitv

  open openat openat2 creat close close_range dup dup2 dup3 fcntl fcntl64 ioctl flock
  read readv pread64 preadv preadv2 write writev pwrite64 pwritev pwritev2
  lseek _llseek readahead fadvise64 fadvise64_64 fallocate
  truncate truncate64 ftruncate ftruncate64
  fsync fdatasync sync syncfs sync_file_range
  sendfile sendfile64 splice tee vmsplice copy_file_range

  stat stat64 lstat lstat64 fstat fstat64 fstatat64 newfstatat statx
  statfs statfs64 fstatfs fstatfs64 access faccessat faccessat2
  chmod fchmod fchmodat chown chown32 fchown fchown32 fchownat lchown lchown32
  utime utimes futimesat utimensat utimensat_time64
  getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
  setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr

  getcwd chdir fchdir getdents getdents64 mkdir mkdirat rmdir mknod mknodat
  link linkat symlink symlinkat readlink readlinkat unlink unlinkat
  rename renameat renameat2
  inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fanotify_mark

  pipe pipe2 eventfd eventfd2 select _newselect pselect6 pselect6_time64
  poll ppoll ppoll_time64
  epoll_create epoll_create1 epoll_ctl epoll_ctl_old
  epoll_wait epoll_wait_old epoll_pwait epoll_pwait2
  io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents io_pgetevents_time64
  io_uring_setup io_uring_enter io_uring_register

  socket socketcall socketpair bind listen accept accept4 connect shutdown
  getsockname getpeername getsockopt setsockopt
  send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg recvmmsg_time64

  ipc msgget msgctl msgsnd msgrcv shmget shmctl shmat shmdt
  semget semctl semop semtimedop semtimedop_time64
  mq_open mq_unlink mq_notify mq_getsetattr
  mq_timedsend mq_timedsend_time64 mq_timedreceive mq_timedreceive_time64
  getrandom
`);

/** Calls that the capability already guards in the kernel: whoever has it may call them. */
export const capabilityCalls: Readonly<Record<string, readonly string[]>> = {
  CAP_DAC_READ_SEARCH: words('open_by_handle_at'),
  CAP_SYS_ADMIN: words(`
    bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie
    mount mount_setattr move_mount name_to_handle_at open_tree perf_event_open
    quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare`),
  CAP_SYS_BOOT: words('reboot'),
  CAP_SYS_CHROOT: words('chroot'),
  CAP_SYS_MODULE: words('delete_module init_module finit_module'),
  CAP_SYS_PACCT: words('acct'),
  CAP_SYS_PTRACE: words(`
    kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace`),
  CAP_SYS_RAWIO: words('iopl ioperm'),
  CAP_SYS_TIME: words('settimeofday stime clock_settime'),
  CAP_SYS_TTY_CONFIG: words('vhangup'),
  CAP_SYS_NICE: words('get_mempolicy mbind set_mempolicy'),
  CAP_SYSLOG: words('syslog'),
};

/** personality(2): Linux, UNAME26, ADDR_NO_RANDOMIZE, both, and asking (0xffffffff). */
export const personalities: readonly number[] = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

/** clone(2) flags that make namespaces: without CAP_SYS_ADMIN none of them may be set. */
export const namespaceFlags = 0x7e020000;
