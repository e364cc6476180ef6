/* SPDX-License-Identifier: MIT */
/* The RAM of the node, which QEMU and the devices share. */
#ifndef CONODE_HOST_MEMORY_H
#define CONODE_HOST_MEMORY_H

#include <stddef.h>
#include "spawn.h"

/* Two NUMA nodes of DRAM, and the VRAM of eight GPUs. */
#define MEMORY_PARTS 10

/* struct memory - parts of the RAM; children find them from FD_MEMORY on */
struct memory {
	struct inherit fds[MEMORY_PARTS];
	size_t count;
};

/*
 * Adds a part of @size bytes, a decimal number.  Its pages are taken from the
 * host as they are touched.  Ends the program when that is no size or too much.
 */
void memory_add(struct memory *memory, const char *size);

#endif
