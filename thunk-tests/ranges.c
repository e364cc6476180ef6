// SPDX-License-Identifier: MIT
/* Ten thousand ranges are as easy to handle as ten. */

#include "kselftest_harness.h"
#include "lib.h"
#include "many.h"

#define SECONDS	600

FIXTURE(ranges)
{
	struct t_kfd kfd;
	long used;
	char *mem;
};

FIXTURE_SETUP(ranges)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	self->used = t_vram_used();
	self->mem = t_map_thp(SPAN, false);
	ASSERT_NE(NULL, self->mem);
}

FIXTURE_TEARDOWN(ranges)
{
	munmap(self->mem, SPAN);
	EXPECT_EQ(0, t_close(&self->kfd));
}

static long count(void)
{
	struct t_process p;

	return t_process(getpid(), &p) ? -1 : p.ranges;
}

static bool at_most(void *arg)
{
	long n = count();

	return n >= 0 && n <= *(long *)arg;
}

TEST_F_TIMEOUT(ranges, ten_thousand_keep_their_attributes, SECONDS)
{
	long before = count();

	ASSERT_EQ(0, make(self->mem, 0, RANGES));
	EXPECT_EQ(before + RANGES, count());
	for (size_t i = 0; i < RANGES; i++)
		ASSERT_EQ(value_of(i), granularity(self->mem + i * STRIDE, T_PAGE));
	for (size_t i = 0; i < RANGES; i += 97)
		ASSERT_EQ(9, granularity(self->mem + i * STRIDE + T_PAGE, T_PAGE));
	EXPECT_EQ(1, granularity(self->mem, SPAN));
}

TEST_F_TIMEOUT(ranges, ten_thousand_die_with_their_memory, SECONDS)
{
	long before = count();
	uint64_t state = 7;

	ASSERT_EQ(0, make(self->mem, 0, RANGES));
	for (int i = 0; i < 200; i++) {
		size_t page = t_random(&state) % (SPAN / T_PAGE);

		ASSERT_EQ(0, munmap(self->mem + page * T_PAGE, T_PAGE));
	}
	ASSERT_EQ(0, munmap(self->mem, SPAN));
	EXPECT_TRUE(t_wait(at_most, &before, 120));
}

TEST_F_TIMEOUT(ranges, one_call_over_all_of_them, SECONDS)
{
	ASSERT_EQ(0, make(self->mem, 0, RANGES));
	ASSERT_EQ(0, t_set(self->mem, SPAN, HSA_SVM_ATTR_GRANULARITY, 5));
	EXPECT_EQ(5, granularity(self->mem, SPAN));
	for (size_t i = 0; i < RANGES; i += 101)
		ASSERT_EQ(5, granularity(self->mem + i * STRIDE, STRIDE));
}

TEST_F_TIMEOUT(ranges, prefetch_over_many_ranges, SECONDS)
{
	const size_t n = 1000, size = n * STRIDE;

	ASSERT_EQ(0, make(self->mem, 0, n));
	t_fill(self->mem, size, 1);
	ASSERT_EQ(0, t_prefetch(self->mem, size, self->kfd.gpu[0].node));
	EXPECT_EQ(size / T_PAGE, t_in_spm(self->mem, size));
	EXPECT_EQ(value_of(5), granularity(self->mem + 5 * STRIDE, T_PAGE));
	ASSERT_EQ(0, t_prefetch(self->mem, size, 0));
	EXPECT_EQ(size / T_PAGE, t_in_dram(self->mem, size));
	EXPECT_EQ(0, t_wrong(self->mem, size, 1));
	EXPECT_EQ(self->used, t_vram_used());
}

TEST_HARNESS_MAIN
