/* SPDX-License-Identifier: MIT */
/* Ten thousand disjoint ranges in one piece of memory. */
#ifndef T_MANY_H
#define T_MANY_H

#include "lib.h"

#define RANGES	10000
#define STRIDE	(2 * T_PAGE)
#define SPAN	((RANGES + 64) * STRIDE)

static inline uint32_t value_of(size_t i)
{
	return 1 + i * 7 % 8;
}

/* Range i is the even page 2i; the odd pages between have no attributes. */
static inline int make(char *mem, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (t_set(mem + i * STRIDE, T_PAGE, HSA_SVM_ATTR_GRANULARITY, value_of(i)))
			return -1;
	return 0;
}

static inline uint32_t granularity(void *addr, size_t size)
{
	uint32_t value = 0;

	return t_get(addr, size, HSA_SVM_ATTR_GRANULARITY, &value) ? ~0U : value;
}

#endif
