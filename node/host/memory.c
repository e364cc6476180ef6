// SPDX-License-Identifier: MIT
/* The RAM of the node, which QEMU and the devices share. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "memory.h"

void memory_add(struct memory *memory, const char *size)
{
	struct inherit *part = &memory->fds[memory->count];
	unsigned long long bytes;
	char *end;

	if (memory->count == MEMORY_PARTS)
		errx(2, "--memory: at most %d", MEMORY_PARTS);
	errno = 0;
	bytes = strtoull(size, &end, 10);
	if (errno || *end || !bytes)
		errx(2, "--memory: '%s' is no size in bytes", size);
	part->fd = descriptor_keep(memfd_create("conode-ram", MFD_CLOEXEC), "memory");
	part->as = FD_MEMORY + memory->count++;
	if (ftruncate(part->fd, bytes))
		err(125, "memory of %llu bytes", bytes);
}
