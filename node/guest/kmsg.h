/* SPDX-License-Identifier: MIT */
/* The kernel's log: what it complains about, and its last words for a report. */
#ifndef CONODE_GUEST_KMSG_H
#define CONODE_GUEST_KMSG_H

#include "port.h"

/*
 * Opens the log, the first time, from its first line.
 * Return: a descriptor to poll for POLLIN, or a negative errno.
 */
int kmsg_open(void);

/*
 * Reads all that the kernel has logged since the last call and sends every
 * complaint (see splat.h) that is complete to the host as WIRE_SPLAT.
 */
void kmsg_check(const struct ports *ports);

/* The same, and sends what is not complete too: no more of it is expected. */
void kmsg_settle(const struct ports *ports);

/* The last lines of the log, oldest first, separated by newlines. */
const char *kmsg_tail(void);

/* Writes a line of ours into the log and so to the console. */
void kmsg_note(const char *format, ...) __printf(1, 2);

#endif
