/* kernel-floor BUNDLE-ROOTFS COUNT: what the kernel alone needs for a default container.
 *
 * One process, no records, no JSON, no safety: cgroups in every mounted v1 hierarchy, the namespaces and
 * mounts of the default bundle, masks, pivot_root, execve of /bin/true, wait, removal. Prints one
 * number a line: milliseconds of each container. BENCH compares the in-process library with its median.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MUST(call) \
  do { \
    if ((call) < 0) { \
      dprintf(2, "kernel-floor: line %d: %s: %s\n", __LINE__, #call, strerror(errno)); \
      _exit(90); \
    } \
  } while (0)

struct mounting { const char *type, *target; unsigned long flags; const char *data; };
static const struct mounting mountings[] = {
  {"proc", "proc", 0, NULL},
  {"tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"},
  {"devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"},
  {"tmpfs", "dev/shm", MS_NOSUID | MS_NOEXEC | MS_NODEV, "mode=1777,size=65536k"},
  {"mqueue", "dev/mqueue", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL},
  {"sysfs", "sys", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, NULL},
};
static const struct { const char *path; unsigned minor_major; } nodes[] = {
  {"dev/null", 0x103}, {"dev/zero", 0x105}, {"dev/full", 0x107},
  {"dev/random", 0x108}, {"dev/urandom", 0x109}, {"dev/tty", 0x500},
};
static const char *links[][2] = {
  {"/proc/self/fd", "dev/fd"}, {"/proc/self/fd/0", "dev/stdin"}, {"/proc/self/fd/1", "dev/stdout"},
  {"/proc/self/fd/2", "dev/stderr"}, {"pts/ptmx", "dev/ptmx"},
};
static const char *masked_files[] = {"proc/kcore", "proc/keys", "proc/timer_list"};
static const char *masked_dirs[] = {"proc/acpi", "proc/scsi", "sys/firmware"};
static const char *readonly[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"};
#define EACH(i, list) for (size_t i = 0; i < sizeof(list) / sizeof *(list); i++)

static char *hierarchies[32];
static int hierarchy_count;

/* The v1 hierarchies, from our own mount table. */
static void find_hierarchies(void) {
  FILE *table = fopen("/proc/self/mounts", "re");
  char source[256], target[PATH_MAX], type[64];
  while (table && fscanf(table, "%255s %4095s %63s %*[^\n]", source, target, type) == 3)
    if (!strcmp(type, "cgroup") && hierarchy_count < 32) hierarchies[hierarchy_count++] = strdup(target);
  if (table) fclose(table);
}

static void copy_file(const char *from, const char *to) {
  char text[256];
  int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CLOEXEC);
  ssize_t n = in < 0 ? -1 : read(in, text, sizeof text);
  if (n > 0 && out >= 0 && write(out, text, n) < 0) perror(to);
  if (in >= 0) close(in);
  if (out >= 0) close(out);
}

static void make_cgroups(const char *name) {
  char dir[PATH_MAX], from[PATH_MAX], to[PATH_MAX + 32];
  for (int i = 0; i < hierarchy_count; i++) {
    snprintf(dir, sizeof dir, "%s/%s", hierarchies[i], name);
    MUST(mkdir(dir, 0755));
    static const char *inherited[] = {"cpuset.cpus", "cpuset.mems"};
    if (strstr(hierarchies[i], "cpuset")) EACH(k, inherited) {
      snprintf(from, sizeof from, "%s/%s", hierarchies[i], inherited[k]);
      snprintf(to, sizeof to, "%s/%s", dir, inherited[k]);
      copy_file(from, to);
    }
  }
}

static void join_cgroups(const char *name, pid_t pid) {
  char file[PATH_MAX], text[16];
  int n = snprintf(text, sizeof text, "%d", pid);
  for (int i = 0; i < hierarchy_count; i++) {
    snprintf(file, sizeof file, "%s/%s/cgroup.procs", hierarchies[i], name);
    int fd = open(file, O_WRONLY | O_CLOEXEC);
    MUST(fd);
    MUST(write(fd, text, n));
    close(fd);
  }
}

static void remove_cgroups(const char *name) {
  char dir[PATH_MAX];
  for (int i = 0; i < hierarchy_count; i++) {
    snprintf(dir, sizeof dir, "%s/%s", hierarchies[i], name);
    while (rmdir(dir) < 0 && errno == EBUSY) sched_yield();
  }
}

static void be_the_container(const char *rootfs, int gate) {
  char byte;
  if (read(gate, &byte, 1) != 1) _exit(91);
  MUST(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
  MUST(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL));
  MUST(chdir(rootfs));
  EACH(i, mountings) {
    const struct mounting *m = &mountings[i];
    if (!strncmp(m->target, "dev/", 4)) MUST(mkdir(m->target, 0755));
    MUST(mount(m->type, m->target, m->type, m->flags, m->data));
  }
  umask(0);
  EACH(i, nodes) MUST(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].minor_major >> 8, nodes[i].minor_major & 0xff)));
  EACH(i, links) MUST(symlink(links[i][0], links[i][1]));
  /* what a kernel does not have is passed over, as every runtime does */
  EACH(i, masked_files) (void)!mount("dev/null", masked_files[i], NULL, MS_BIND, NULL);
  EACH(i, masked_dirs) (void)!mount("tmpfs", masked_dirs[i], "tmpfs", MS_RDONLY, "nr_blocks=1,nr_inodes=1");
  EACH(i, readonly)
    if (mount(readonly[i], readonly[i], NULL, MS_BIND | MS_REC, NULL) == 0)
      MUST(mount(NULL, readonly[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
  MUST(syscall(SYS_pivot_root, ".", "."));
  MUST(umount2(".", MNT_DETACH));
  MUST(chdir("/"));
  MUST(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
  MUST(sethostname("floor", 5));
  MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  char *argv[] = {"true", NULL}, *envp[] = {"PATH=/bin", NULL};
  execve("/bin/true", argv, envp);
  _exit(92);
}

static void one_container(const char *rootfs, int n) {
  char name[64];
  int gate[2], status;
  snprintf(name, sizeof name, "kernel-floor-%d-%d", getpid(), n);
  MUST(pipe2(gate, O_CLOEXEC));
  make_cgroups(name);
  struct clone_args how = {
    .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP,
    .exit_signal = SIGCHLD,
  };
  pid_t pid = syscall(SYS_clone3, &how, sizeof how);
  MUST(pid);
  if (pid == 0) be_the_container(rootfs, gate[0]);
  join_cgroups(name, pid);
  MUST(write(gate[1], "g", 1));
  MUST(waitpid(pid, &status, 0));
  if (status) { fprintf(stderr, "kernel-floor: container ended with %#x\n", status); exit(1); }
  remove_cgroups(name);
  close(gate[0]);
  close(gate[1]);
}

int main(int argc, char **argv) {
  if (argc != 3) { fprintf(stderr, "usage: kernel-floor ROOTFS COUNT\n"); return 2; }
  find_hierarchies();
  for (int i = 0, n = atoi(argv[2]); i < n; i++) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    one_container(argv[1], i);
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("%.4f\n", (to.tv_sec - from.tv_sec) * 1e3 + (to.tv_nsec - from.tv_nsec) / 1e6);
  }
  return 0;
}
