/* peak CMD…: runs CMD with its output thrown away; prints the peak resident KiB of its largest process. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
extern char **environ;

int main(int argc, char **argv) {
  pid_t pid;
  int status;
  struct rusage usage;
  posix_spawn_file_actions_t quiet;
  if (argc < 2) return 2;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
  if (posix_spawn(&pid, argv[1], &quiet, NULL, argv + 1, environ) != 0) return 3;
  if (waitpid(pid, &status, 0) < 0 || status != 0) return 4;
  getrusage(RUSAGE_CHILDREN, &usage);
  printf("%ld\n", usage.ru_maxrss);
  return 0;
}
