/* SPDX-License-Identifier: MIT */
/* Child processes, which never outlast us, and the descriptors that they get. */
#ifndef CONODE_HOST_SPAWN_H
#define CONODE_HOST_SPAWN_H

#include <stddef.h>
#include <sys/types.h>

/*
 * The numbers below which children find what they inherit; the launcher writes
 * them into their command lines (node/lib/node.sh, node/lib/layout.sh).  Ours
 * are above.
 */
enum {
	FD_CTL = 10, FD_IN, FD_OUT, FD_ERR,	/* QEMU: the ports */
	FD_MEMORY = 20,				/* QEMU and devices: parts of the RAM */
	FD_GPU = 40,				/* QEMU: the socket of each device */
	FD_BAR = 50, FD_VECTORS,		/* devices: see device.c */
	FD_KICK = FD_VECTORS + 2, FD_IVSHMEM, FD_POWER,
	FD_OURS = 64,
};

/* struct inherit - our descriptor @fd is the child's @as */
struct inherit {
	int fd;
	int as;
};

/*
 * Starts a program in a process group of its own, so that Ctrl-C does not
 * reach it; it gets SIGKILL when we end.  Its output is appended to @log.
 * Return: its pid; ends the program when it cannot fork.
 */
pid_t spawn(char **argv, const char *log, const struct inherit *fds, size_t count);

/*
 * Moves @fd out of the way of the numbers above; it is closed on exec.
 * Return: the new descriptor; ends the program, naming @what, when @fd is
 * negative or there is none left.
 */
int descriptor_keep(int fd, const char *what);

#endif
