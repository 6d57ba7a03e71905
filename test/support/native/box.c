/* box: a private room for one test file.
 *
 *   box hold [legacy] [shared] [hostnet]  makes new mount, pid, uts, ipc and network namespaces, prints the
 *                                  pid of their first process, and keeps them until stdin ends.
 *                                  legacy: without the cgroup2 mount of a hybrid host;
 *                                  shared: "/" is a shared mount (dockerd's rslave volumes need it);
 *                                  hostnet: without a network namespace.
 *   box enter PID DIR [opts] -- CMD…
 *                                  runs CMD in the room with working directory DIR and the state that
 *                                  opts ask for, forwards signals, ends as CMD ended.
 *
 * The end of the first process ends everything in the room: nothing a test leaves can survive it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what) {
  fprintf(stderr, "box: %s: %s\n", what, strerror(errno));
  exit(125);
}

#define ROOM (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET)

static int hold(int argc, char **argv) {
  int legacy = 0, shared = 0, hostnet = 0;
  for (int i = 0; i < argc; i++) {
    legacy |= !strcmp(argv[i], "legacy");
    shared |= !strcmp(argv[i], "shared");
    hostnet |= !strcmp(argv[i], "hostnet");
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (unshare(hostnet ? ROOM & ~CLONE_NEWNET : ROOM) < 0) die("unshare");
  pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid > 0) {
    int status;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    return 0;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGCHLD, SIG_IGN); /* orphans are reaped by the kernel */
  char real[32] = "";
  ssize_t n = readlink("/proc/self", real, sizeof real - 1); /* the outer /proc: our outer pid */
  if (n < 0) die("/proc/self");
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) die("private /");
  if (legacy && umount2("/sys/fs/cgroup/unified", 0) < 0 && errno != EINVAL && errno != ENOENT) die("umount unified");
  if (mount("proc", "/proc", "proc", 0, NULL) < 0) die("mount /proc");
  if (mount("tmpfs", "/run", "tmpfs", 0, "mode=755") < 0) die("mount /run");
  if (shared && mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0) die("shared /");
  dprintf(1, "%s\n", real);
  char c;
  while (read(0, &c, 1) > 0) continue;
  _exit(0);
}

static pid_t child;
static void forward(int sig) { kill(child, sig); }

static void raise_caps(int ambient) {
  struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct d[2];
  if (syscall(SYS_capget, &h, d) < 0) die("capget");
  for (int i = 0; i < 2; i++) d[i].inheritable = d[i].permitted;
  if (syscall(SYS_capset, &h, d) < 0) die("capset");
  for (int cap = 0; ambient && cap < 64; cap++)
    if (d[cap / 32].permitted & (1u << (cap % 32))) prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
}

static int enter(int argc, char **argv) {
  if (argc < 2) return 125;
  int fd = syscall(SYS_pidfd_open, atoi(argv[0]), 0);
  if (fd < 0) die("pidfd_open");
  if (setns(fd, ROOM) < 0) die("setns");
  close(fd);
  if (chdir(argv[1]) < 0) die(argv[1]);
  child = fork();
  if (child < 0) die("fork");
  if (child > 0) {
    int sigs[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT}, status;
    for (unsigned i = 0; i < sizeof sigs / sizeof *sigs; i++) signal(sigs[i], forward);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
    return 128 + WTERMSIG(status);
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t block;
  sigemptyset(&block);
  int i = 2, clear = 0;
  for (; i < argc && strcmp(argv[i], "--"); i++) {
    char *o = argv[i];
    if (!strcmp(o, "--ignore")) signal(atoi(argv[++i]), SIG_IGN);
    else if (!strcmp(o, "--block")) sigaddset(&block, atoi(argv[++i]));
    else if (!strcmp(o, "--close")) close(atoi(argv[++i]));
    else if (!strcmp(o, "--open")) { /* --open FD PATH: a leaked descriptor */
      int want = atoi(argv[++i]), got = open(argv[++i], O_RDONLY);
      if (got < 0) die(argv[i]);
      if (got != want) { dup2(got, want); close(got); }
    } else if (!strcmp(o, "--groups")) {
      gid_t g[16]; size_t k = 0;
      for (char *p = strtok(argv[++i], ","); p && k < 16; p = strtok(NULL, ",")) g[k++] = atoi(p);
      if (setgroups(k, g) < 0) die("setgroups");
    } else if (!strcmp(o, "--inheritable")) raise_caps(0);
    else if (!strcmp(o, "--ambient")) raise_caps(1);
    else if (!strcmp(o, "--umask")) umask(strtol(argv[++i], NULL, 8));
    else if (!strcmp(o, "--deleted-cwd")) {
      char dir[] = "/tmp/box-cwd-XXXXXX";
      if (!mkdtemp(dir) || chdir(dir) < 0 || rmdir(dir) < 0) die("deleted cwd");
    } else if (!strcmp(o, "--clearenv")) clear = 1;
    else { fprintf(stderr, "box: unknown option %s\n", o); _exit(125); }
  }
  if (i + 1 >= argc) _exit(125);
  char *argv0 = argv[i + 1];
  if (clear) clearenv();
  sigprocmask(SIG_BLOCK, &block, NULL);
  execvp(argv0, argv + i + 1);
  die(argv0);
  return 125;
}

int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "hold")) return hold(argc - 2, argv + 2);
  if (argc > 1 && !strcmp(argv[1], "enter")) return enter(argc - 2, argv + 2);
  fprintf(stderr, "usage: box hold|enter\n");
  return 125;
}
