/* SPDX-License-Identifier: MIT */
/* Numbers for tests that try anything: repeatable, by $SEED others. */
#ifndef TESTS_RANDOM_H
#define TESTS_RANDOM_H

#include <stdlib.h>

#include "../types.h"

/** random_seed() - $SEED, or 1 */
static inline u64 random_seed(void)
{
	const char *seed = getenv("SEED");

	return seed ? strtoull(seed, NULL, 0) : 1;
}

/** random_start() - the state that a seed, not 0, begins with */
static inline u64 random_start(u64 seed)
{
	return seed * 0x9e3779b97f4a7c15;
}

/** random_bits() - 64 of them */
static inline u64 random_bits(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * 0x2545f4914f6cdd1d;
}

/** random_below() - a number below @n, which is not 0 */
static inline unsigned int random_below(u64 *state, unsigned int n)
{
	return (random_bits(state) >> 33) % n;
}

#endif
