/* SPDX-License-Identifier: MIT */
/*
 * What the fuzzers share.  An input is a list of operations: what they do to a
 * device that lives on from one input to the next, and is reset in between.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../types.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* The rest of an input; behind its end there are zeros. */
struct input {
	const u8 *data;
	size_t left;
};

static inline u64 take(struct input *in, size_t bytes)
{
	u64 value = 0;
	size_t n = bytes < in->left ? bytes : in->left;

	memcpy(&value, in->data, n);
	in->data += n;
	in->left -= n;
	return value;
}

static inline u8 take8(struct input *in)
{
	return take(in, 1);
}

static inline u16 take16(struct input *in)
{
	return take(in, 2);
}

static inline u32 take32(struct input *in)
{
	return take(in, 4);
}

static inline u64 take64(struct input *in)
{
	return take(in, 8);
}

/* What holds for every input. */
#define fuzz_check(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, \
				__LINE__, #condition); \
			abort(); \
		} \
	} while (0)

#endif
