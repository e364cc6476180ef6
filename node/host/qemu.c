// SPDX-License-Identifier: MIT
/* The QEMU process and its life, which never outlasts ours. */
#define _GNU_SOURCE
#include <err.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "qemu.h"

#define PORTS 4
#define INHERIT_MAX 32

static int pair(struct inherit *theirs, int as)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		err(125, "socketpair");
	*theirs = (struct inherit){ descriptor_keep(ends[1], "socket"), as };
	return descriptor_keep(ends[0], "socket");
}

void qemu_start(struct qemu *qemu, char **argv, const char *log,
		const struct inherit *fds, size_t count)
{
	struct inherit all[INHERIT_MAX];
	int i;

	if (PORTS + count > INHERIT_MAX)
		errx(125, "too many descriptors for QEMU");
	qemu->ctl = pair(&all[0], FD_CTL);
	qemu->in = pair(&all[1], FD_IN);
	qemu->out = pair(&all[2], FD_OUT);
	qemu->err = pair(&all[3], FD_ERR);
	memcpy(all + PORTS, fds, count * sizeof(*fds));
	qemu->pid = spawn(argv, log, all, PORTS + count);
	for (i = 0; i < PORTS; i++)
		close(all[i].fd);
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
