// SPDX-License-Identifier: MIT
/*
 * Programs as a compiler makes them, without optimization and with: each has the result
 * that the same code has on the host.  They are in programs.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa_image.h"
#include "random.h"

#define FUNCTION	static
#define TABLE		static
#include "programs.h"

#define ROUNDS		16
#define BUDGET		20000000

/* In the data: a, b, result. */
#define A		0x1000
#define B		0x2000
#define RESULT		0x3000

struct program {
	const char *name;

	u64 (*run)(u64 a, u64 b);
};

#define PROGRAM(name) { "k_" #name, name }

static const struct program programs[] = {
	PROGRAM(collatz),
	PROGRAM(gcd),
	PROGRAM(power),
	PROGRAM(bits),
	PROGRAM(crc),
	PROGRAM(sha256),
	PROGRAM(sort),
	PROGRAM(decimal),
	PROGRAM(bignum),
	PROGRAM(product),
	PROGRAM(machine),
	PROGRAM(queens),
	PROGRAM(ackermann),
	PROGRAM(narrow),
	PROGRAM(fields),
	PROGRAM(structures),
	PROGRAM(functions),
	PROGRAM(matrix),
	PROGRAM(series),
	PROGRAM(quotients),
	PROGRAM(conversions),
	PROGRAM(bytes),
	PROGRAM(tree),
};

/* Small numbers, those with few bits, and any. */
static u64 argument(u64 *state)
{
	u64 v = random_bits(state);

	switch (random_below(state, 8)) {
	case 0:
		return v & 0xff;
	case 1:
		return ~(v & 0xff);
	case 2:
		return 1ULL << (v & 63);
	case 3:
		return (u32)v;
	default:
		return v;
	}
}

static void run_program(struct image *image, const struct program *p, u64 *state)
{
	const u64 args[] = { IMAGE_DATA + RESULT, IMAGE_DATA + A, IMAGE_DATA + B };
	u64 *a = (u64 *)(image_data(image) + A), *b = (u64 *)(image_data(image) + B);
	u64 *result = (u64 *)(image_data(image) + RESULT);
	int l;

	for (l = 0; l < WAVE_LANES; l++) {
		a[l] = argument(state);
		b[l] = argument(state);
	}
	memset(result, 0xa5, WAVE_LANES * sizeof(*result));
	image_launch(image, p->name, args, ARRAY_SIZE(args), BUDGET);
	for (l = 0; l < WAVE_LANES; l++) {
		if (result[l] != p->run(a[l], b[l]))
			fail_msg("%s(%llx, %llx): %llx, not %llx", p->name, a[l], b[l],
				 result[l], p->run(a[l], b[l]));
	}
}

static void run_all(const char *path)
{
	struct image *image = image_open(path);
	u64 state = random_start(random_seed());
	unsigned int i, round;

	for (i = 0; i < ARRAY_SIZE(programs); i++) {
		for (round = 0; round < ROUNDS; round++)
			run_program(image, &programs[i], &state);
	}
	image_close(image);
}

#define LEVEL(name, level)						\
static void name(void **state)						\
{									\
	(void)state;							\
	run_all(PROGRAMS_PREFIX level ".so");				\
}

LEVEL(without_optimization, "0")
LEVEL(with_some, "1")
LEVEL(with_all, "3")

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_optimization),
		cmocka_unit_test(with_some),
		cmocka_unit_test(with_all),
	};

	if (!image_is_there(PROGRAMS_PREFIX "0.so")) {
		printf("1..1\nok 1 - program # SKIP no clang-15\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
