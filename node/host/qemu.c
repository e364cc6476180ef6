// SPDX-License-Identifier: MIT
/* The QEMU process and its life, which never outlasts ours. */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "qemu.h"

static int pair(int *theirs)
{
	int ends[2], high;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		err(125, "socketpair");
	/* Out of the way of the numbers that the child will use. */
	high = fcntl(ends[1], F_DUPFD_CLOEXEC, FD_END);
	if (high < 0)
		err(125, "descriptor");
	close(ends[1]);
	*theirs = high;
	return ends[0];
}

/* Its own process group: Ctrl-C is for the program in the node. */
static _Noreturn void child(char **argv, const char *log, const int *theirs, pid_t parent)
{
	int i, fd;
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(125);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (i = 0; i < FD_END - FD_CTL; i++)
		if (dup2(theirs[i], FD_CTL + i) < 0)
			_exit(125);
	fd = open("/dev/null", O_RDONLY);
	dup2(fd, 0);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		_exit(125);
	dup2(fd, 1);
	dup2(fd, 2);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

void qemu_start(struct qemu *qemu, char **argv, const char *log)
{
	pid_t self = getpid();
	int theirs[FD_END - FD_CTL], i;

	qemu->ctl = pair(&theirs[0]);
	qemu->in = pair(&theirs[1]);
	qemu->out = pair(&theirs[2]);
	qemu->err = pair(&theirs[3]);
	qemu->pid = fork();
	if (qemu->pid < 0)
		err(125, "fork");
	if (!qemu->pid)
		child(argv, log, theirs, self);
	for (i = 0; i < FD_END - FD_CTL; i++)
		close(theirs[i]);
}

bool qemu_has_ended(struct qemu *qemu)
{
	if (qemu->pid && waitpid(qemu->pid, NULL, WNOHANG) == qemu->pid)
		qemu->pid = 0;
	return !qemu->pid;
}

void qemu_stop(struct qemu *qemu)
{
	if (!qemu->pid)
		return;
	kill(qemu->pid, SIGKILL);
	waitpid(qemu->pid, NULL, 0);
	qemu->pid = 0;
}
