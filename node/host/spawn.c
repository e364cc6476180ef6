// SPDX-License-Identifier: MIT
/* Child processes, which never outlast us, and the descriptors that they get. */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "spawn.h"

static void child_output(const char *log)
{
	int fd = open("/dev/null", O_RDONLY);

	dup2(fd, 0);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		_exit(125);
	dup2(fd, 1);
	dup2(fd, 2);
}

static _Noreturn void child(char **argv, const char *log, const struct inherit *fds,
			    size_t count, pid_t parent)
{
	sigset_t none;
	size_t i;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(125);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (i = 0; i < count; i++)
		if (dup2(fds[i].fd, fds[i].as) < 0)
			_exit(125);
	child_output(log);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

pid_t spawn(char **argv, const char *log, const struct inherit *fds, size_t count)
{
	pid_t self = getpid(), pid = fork();

	if (pid < 0)
		err(125, "fork");
	if (!pid)
		child(argv, log, fds, count, self);
	return pid;
}

int descriptor_keep(int fd, const char *what)
{
	int high;

	if (fd < 0)
		err(125, "%s", what);
	high = fcntl(fd, F_DUPFD_CLOEXEC, FD_OURS);
	if (high < 0)
		err(125, "%s", what);
	close(fd);
	return high;
}
