/* probe: what a process inside the container sees; static, in every test rootfs as /bin/probe. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* fds: one line "N target" for each descriptor above 2 */
static int fds(void) {
  DIR *d = opendir("/proc/self/fd");
  struct dirent *e;
  while (d && (e = readdir(d))) {
    int n = atoi(e->d_name);
    char link[4096], path[64];
    if (n <= 2 || n == dirfd(d)) continue;
    snprintf(path, sizeof path, "/proc/self/fd/%d", n);
    ssize_t k = readlink(path, link, sizeof link - 1);
    printf("%d %.*s\n", n, (int)(k < 0 ? 0 : k), link);
  }
  return 0;
}

/* call NR A0 A1 …: one system call; prints "rc errno-name" */
static int call(int c, char **v) {
  long a[7] = {0};
  for (int i = 0; i < c && i < 7; i++) a[i] = strtol(v[i], NULL, 0);
  errno = 0;
  long rc = syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
  printf("%ld %s\n", rc < 0 ? -1 : rc, rc < 0 ? strerrorname_np(errno) : "OK");
  return 0;
}

/* open r|w|rw PATH…: prints "PATH errno-name" */
static int try_open(int c, char **v) {
  int mode = !strcmp(v[0], "r") ? O_RDONLY : !strcmp(v[0], "w") ? O_WRONLY : O_RDWR;
  for (int i = 1; i < c; i++) {
    int fd = open(v[i], mode | O_NONBLOCK);
    printf("%s %s\n", v[i], fd < 0 ? strerrorname_np(errno) : "OK");
    if (fd >= 0) close(fd);
  }
  return 0;
}

/* hold [TEXT]: prints TEXT (or "up"), then waits; TERM ends it with 0, USR1 with 7, HUP with 8 */
static void on(int sig) { _exit(sig == SIGTERM ? 0 : sig == SIGUSR1 ? 7 : 8); }
static int hold(int c, char **v) {
  signal(SIGTERM, on);
  signal(SIGUSR1, on);
  signal(SIGHUP, on);
  dprintf(1, "%s\n", c ? v[0] : "up");
  for (;;) pause();
  return 0;
}

/* eat MB: touches memory until it has MB */
static int eat(char **v) {
  size_t mb = strtoul(v[0], NULL, 0);
  for (size_t i = 0; i < mb; i++) {
    char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return 1;
    memset(p, 1, 1 << 20);
  }
  puts("ate");
  return 0;
}

/* fork N: tries N children that wait; prints how many there were */
static int forks(char **v) {
  int n = atoi(v[0]), k = 0;
  for (; k < n; k++) {
    pid_t p = fork();
    if (p < 0) break;
    if (!p) { pause(); _exit(0); }
  }
  printf("%d %s\n", k, k < n ? strerrorname_np(errno) : "OK");
  fflush(stdout);
  signal(SIGTERM, SIG_IGN);
  kill(0, SIGTERM);
  return 0;
}

/* keyring: the description of the session keyring */
static int keyring(void) {
  char b[256] = "";
  long n = syscall(SYS_keyctl, 6 /* KEYCTL_DESCRIBE */, -3 /* session */, b, sizeof b);
  printf("%s\n", n < 0 ? strerrorname_np(errno) : b);
  return 0;
}

/* steal-exe ROUNDS: grabs the executable of every foreign process that shows up in /proc and tries to
   write its own first byte back into it (CVE-2019-5736); prints what could be written, then "done" */
static int steal_exe(char **v) {
  int rounds = atoi(v[0]), n = 0;
  struct { int fd; char name[256]; } got[256];
  struct stat own, st;
  stat("/proc/self/exe", &own);
  dprintf(1, "ready\n");
  for (int r = 0; r < rounds; r++) {
    DIR *d = opendir("/proc");
    struct dirent *e;
    while (d && (e = readdir(d))) {
      char path[300];
      if (e->d_name[0] < '0' || e->d_name[0] > '9') continue;
      snprintf(path, sizeof path, "/proc/%s/exe", e->d_name);
      int fd = open(path, O_RDONLY | O_CLOEXEC);
      if (fd < 0) continue;
      if (fstat(fd, &st) < 0 || (st.st_ino == own.st_ino && st.st_dev == own.st_dev) || n >= 256) { close(fd); continue; }
      int seen = 0;
      for (int i = 0; i < n && !seen; i++) { struct stat s; fstat(got[i].fd, &s); seen = s.st_ino == st.st_ino && s.st_dev == st.st_dev; }
      if (seen) { close(fd); continue; }
      ssize_t k = readlink(path, got[n].name, 255);
      got[n].name[k < 0 ? 0 : k] = 0;
      got[n++].fd = fd;
    }
    if (d) closedir(d);
  }
  for (int i = 0; i < n; i++) {
    char path[64], c;
    snprintf(path, sizeof path, "/proc/self/fd/%d", got[i].fd);
    int tries = 0, w = -1;
    while (tries++ < 20 && (w = open(path, O_WRONLY)) < 0 && errno == ETXTBSY) usleep(1000);
    if (w >= 0 && pread(got[i].fd, &c, 1, 0) == 1 && pwrite(w, &c, 1, 0) == 1) printf("WRITTEN %s\n", got[i].name);
    else printf("safe %s\n", got[i].name);
  }
  printf("done\n");
  return 0;
}

/* steal-fds ROUNDS: looks at the descriptors of foreign processes; prints those of regular files and directories */
static int steal_fds(char **v) {
  int rounds = atoi(v[0]);
  dprintf(1, "ready\n");
  for (int r = 0; r < rounds; r++) {
    DIR *d = opendir("/proc");
    struct dirent *e, *f;
    while (d && (e = readdir(d))) {
      char path[300], file[600], link[512];
      if (e->d_name[0] < '0' || e->d_name[0] > '9' || atoi(e->d_name) == getpid()) continue;
      snprintf(path, sizeof path, "/proc/%s/fd", e->d_name);
      DIR *g = opendir(path);
      while (g && (f = readdir(g))) {
        struct stat st;
        snprintf(file, sizeof file, "%s/%s", path, f->d_name);
        if (f->d_name[0] == '.' || stat(file, &st) < 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))) continue;
        ssize_t k = readlink(file, link, 511);
        link[k < 0 ? 0 : k] = 0;
        if (strncmp(link, "/memfd:", 7) && strncmp(link, "/proc/", 6)) printf("BADFD %s %s\n", f->d_name, link);
      }
      if (g) closedir(g);
    }
    if (d) closedir(d);
  }
  printf("done\n");
  return 0;
}

int main(int c, char **v) {
  const char *w = c > 1 ? v[1] : "";
  if (!strcmp(w, "fds")) return fds();
  if (!strcmp(w, "call")) return call(c - 2, v + 2);
  if (!strcmp(w, "open") && c > 3) return try_open(c - 2, v + 2);
  if (!strcmp(w, "hold")) return hold(c - 2, v + 2);
  if (!strcmp(w, "eat") && c > 2) return eat(v + 2);
  if (!strcmp(w, "fork") && c > 2) return forks(v + 2);
  if (!strcmp(w, "keyring")) return keyring();
  if (!strcmp(w, "steal-exe") && c > 2) return steal_exe(v + 2);
  if (!strcmp(w, "steal-fds") && c > 2) return steal_fds(v + 2);
  fprintf(stderr, "usage: probe fds|call|open|hold|eat|fork|keyring|steal-exe|steal-fds\n");
  return 2;
}
