/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR MIT */
/*
 * What the tests of this folder share.  Each compares the headers of abi/ with
 * something that was not written here, because a header that both sides include
 * also shares a mistake.
 */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))

/* A value at the place of its mask. */
#define FIELD(mask, value)	((__u32)(value) << __builtin_ctz(mask) & (mask))

/* A number of ours and the same number of theirs. */
struct golden {
	const char *name;
	unsigned long long ours;
	unsigned long long theirs;
};

static inline void golden_compare(const struct golden *rows, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (rows[i].ours != rows[i].theirs)
			fail_msg("%s: 0x%llx here, 0x%llx there", rows[i].name,
				 rows[i].ours, rows[i].theirs);
	}
}

#endif
