/* pty ROWSxCOLS CMD…: runs CMD on a terminal of that size, types what comes on stdin, copies its output,
 * ends as it ended. */
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct winsize size = {0};
  char text[4096];
  int terminal, status;
  ssize_t n;
  if (argc < 3 || sscanf(argv[1], "%hux%hu", &size.ws_row, &size.ws_col) != 2) return 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pid_t pid = forkpty(&terminal, NULL, NULL, &size);
  if (pid < 0) return 3;
  if (pid == 0) {
    execvp(argv[2], argv + 2);
    _exit(127);
  }
  /* the read fails when the last holder of the terminal is gone: nothing of its output is lost */
  struct pollfd p[2] = {{terminal, POLLIN, 0}, {0, POLLIN, 0}};
  while (poll(p, 2, -1) > 0) {
    if (p[0].revents) {
      if ((n = read(terminal, text, sizeof text)) <= 0) break;
      if (write(1, text, n) < 0) break;
    }
    if (p[1].revents) {
      if ((n = read(0, text, sizeof text)) <= 0) p[1].fd = -1;
      else if (write(terminal, text, n) < 0) break;
    }
  }
  if (waitpid(pid, &status, 0) < 0) return 4;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
