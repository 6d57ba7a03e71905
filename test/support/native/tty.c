/* tty SOCKET: the other end of --console-socket.
 *
 * Listens on SOCKET, prints "listening", takes one connection and its descriptor, prints
 * "fd <name sent> tty=<0|1> fds=<how many>", then copies stdin to the terminal and the terminal to
 * stdout until the terminal hangs up. --size ROWSxCOLS as second argument sets the window's size.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <signal.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGPIPE, SIG_IGN);
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  strncpy(a.sun_path, argv[1], sizeof a.sun_path - 1);
  int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (s < 0 || bind(s, (void *)&a, sizeof a) < 0 || listen(s, 4) < 0) { perror("tty: listen"); return 1; }
  dprintf(1, "listening\n");
  int c = accept(s, NULL, NULL);
  if (c < 0) return 1;
  char name[4096];
  union { char b[CMSG_SPACE(16 * sizeof(int))]; struct cmsghdr h; } u;
  struct iovec v = {name, sizeof name - 1};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = &u, .msg_controllen = sizeof u};
  ssize_t n = recvmsg(c, &m, MSG_CMSG_CLOEXEC);
  struct cmsghdr *h = n >= 0 ? CMSG_FIRSTHDR(&m) : NULL;
  if (!h || h->cmsg_type != SCM_RIGHTS) { dprintf(1, "no descriptor\n"); return 1; }
  name[n] = 0;
  int fd, count = (int)((h->cmsg_len - CMSG_LEN(0)) / sizeof(int));
  memcpy(&fd, CMSG_DATA(h), sizeof fd);
  dprintf(1, "fd %s tty=%d fds=%d\n", name, isatty(fd), count);
  if (argc > 2) {
    struct winsize w = {0};
    if (sscanf(argv[2], "%hux%hu", &w.ws_row, &w.ws_col) == 2) ioctl(fd, TIOCSWINSZ, &w);
  }
  struct pollfd p[2] = {{fd, POLLIN, 0}, {0, POLLIN, 0}};
  char b[4096];
  while (poll(p, 2, -1) >= 0 || errno == EINTR) {
    if (p[0].revents) {
      n = read(fd, b, sizeof b);
      if (n <= 0) break;
      if (write(1, b, n) < 0) break;
    }
    if (p[1].revents) {
      n = read(0, b, sizeof b);
      if (n <= 0) p[1].fd = -1;
      else if (write(fd, b, n) < 0) break;
    }
  }
  return 0;
}
