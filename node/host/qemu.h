/* SPDX-License-Identifier: MIT */
/* The QEMU process and its life, which never outlasts ours. */
#ifndef CONODE_HOST_QEMU_H
#define CONODE_HOST_QEMU_H

#include <stdbool.h>
#include <sys/types.h>
#include "spawn.h"

struct qemu {
	pid_t pid;		/* 0: ended */
	int ctl;
	int in;
	int out;
	int err;
};

/*
 * Starts it with its standard error in the file @log and with @fds besides the
 * ports, which are FD_CTL to FD_ERR there.
 */
void qemu_start(struct qemu *qemu, char **argv, const char *log,
		const struct inherit *fds, size_t count);

/* Return: true when it ended by itself. */
bool qemu_has_ended(struct qemu *qemu);

void qemu_stop(struct qemu *qemu);

#endif
