/* SPDX-License-Identifier: MIT */
/*
 * Which kernel messages fail a run.  The node's init looks at /dev/kmsg, the
 * launcher at the console; both ask here.
 */
#ifndef CONODE_SPLAT_H
#define CONODE_SPLAT_H

#include <stdbool.h>
#include <string.h>
#include "std.h"

/* Lines of context that are quoted after the first one. */
#define SPLAT_LINES 40

/* Returns the message without the console's "[   12.345678] " or "[   T1] ". */
static inline const char *splat_text(const char *line)
{
	while (*line == '[') {
		const char *end = strchr(line, ']');

		if (!end || end - line > 24)
			break;
		line = end + 1;
		while (*line == ' ')
			line++;
	}
	return line;
}

/* True when @line is the first line of a kernel complaint. */
static inline bool splat_begins(const char *line)
{
	static const char * const heads[] = {
		"------------[ cut here ]",
		"WARNING: ", "BUG: ", "INFO: possible ", "INFO: task ", "INFO: rcu",
		"INFO: trying to register non-static key", "Oops",
		"general protection fault", "Kernel panic", "UBSAN:", "kernel BUG at",
		"Internal error", "divide error", "invalid opcode", "double fault",
	};
	static const char * const parts[] = {
		"kernel BUG at ", "BUG: soft lockup", "BUG: KASAN", "BUG: Bad page",
		"new suspected memory leaks", "page dumped because",
		"self-detected stall", "detected stalls on CPUs",
		"detected expedited stalls", "Kernel panic - not syncing",
		"unable to handle kernel", "unable to handle page fault",
		"kernel NULL pointer dereference",
	};
	const char *text = splat_text(line);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(heads); i++)
		if (!strncmp(text, heads[i], strlen(heads[i])))
			return true;
	for (i = 0; i < ARRAY_SIZE(parts); i++)
		if (strstr(text, parts[i]))
			return true;
	return false;
}

/* True when @line closes the complaint that is being quoted. */
static inline bool splat_ends(const char *line)
{
	const char *text = splat_text(line);

	return !strncmp(text, "---[ end ", 9) ||
	       !strncmp(text, "==========", 10);
}

#endif
