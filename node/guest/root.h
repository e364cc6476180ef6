/* SPDX-License-Identifier: MIT */
/* The node's file system: the host's, read-only, under a memory overlay. */
#ifndef CONODE_GUEST_ROOT_H
#define CONODE_GUEST_ROOT_H

/* Mounts what init itself needs before the root is there. */
int root_early(void);

/*
 * Mounts the host's root and the overlay, and makes it the root; mounts
 * /proc, /sys, /dev and all that programs expect there.
 * Return: 0 or a negative errno; root_step() says what failed.
 */
int root_enter(void);

const char *root_step(void);

/* Mounts the share @tag of the host, writable, at @path. */
int root_share(const char *tag, const char *path);

/* Makes the modules of @directory those of the running kernel. */
int root_modules(const char *directory, const char *release);

/* Flushes and unmounts the writable shares. */
void root_leave(void);

#endif
