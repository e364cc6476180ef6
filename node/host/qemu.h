/* SPDX-License-Identifier: MIT */
/* The QEMU process and its life, which never outlasts ours. */
#ifndef CONODE_HOST_QEMU_H
#define CONODE_HOST_QEMU_H

#include <stdbool.h>
#include <sys/types.h>

/* The descriptors that QEMU's -chardev socket,fd=… name, in this order. */
enum { FD_CTL = 10, FD_IN, FD_OUT, FD_ERR, FD_END };

struct qemu {
	pid_t pid;		/* 0: ended */
	int ctl;
	int in;
	int out;
	int err;
};

/* Starts it with its standard error in the file @log. */
void qemu_start(struct qemu *qemu, char **argv, const char *log);

/* Return: true when it ended by itself. */
bool qemu_has_ended(struct qemu *qemu);

void qemu_stop(struct qemu *qemu);

#endif
