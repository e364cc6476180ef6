// SPDX-License-Identifier: MIT
/*
 * What ranges and migrations cost, in units that repeat: bytes, calls, and guest
 * instructions where the node's clock counts them (-icount).
 */
#include <pthread.h>

#include "kselftest_harness.h"
#include "lib.h"
#include "many.h"

#define SIZE	(16 * T_MIB)
#define SECONDS	600

FIXTURE(cost)
{
	struct t_kfd kfd;
	char *mem;
};

FIXTURE_SETUP(cost)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	self->mem = t_map_thp(SPAN, false);
	ASSERT_NE(NULL, self->mem);
}

FIXTURE_TEARDOWN(cost)
{
	munmap(self->mem, SPAN);
	EXPECT_EQ(0, t_close(&self->kfd));
}

/* KiB in slab caches, or -1. */
static long slab_kib(void)
{
	char buf[4096], *p;

	if (t_read_file("/proc/meminfo", buf, sizeof(buf)) < 0)
		return -1;
	p = strstr(buf, "\nSlab:");
	return p ? atol(p + 6) : -1;
}

TEST_F_TIMEOUT(cost, a_range_needs_at_most_a_kibibyte, SECONDS)
{
	long before, after;

	if (t_debug_kernel())
		SKIP(return, "range memory: the debug kernel pads every object");
	/* The first ones pay for caches and per-CPU stocks. */
	ASSERT_EQ(0, make(self->mem, 0, 200));
	before = slab_kib();
	ASSERT_EQ(0, make(self->mem, 200, RANGES));
	after = slab_kib();
	ASSERT_GE(before, 0);
	TH_LOG("%ld bytes of slab per range", (after - before) * 1024 / (RANGES - 200));
	EXPECT_GT(after, before);
	EXPECT_LE(after - before, RANGES - 200);
}

/* Instructions, in a node that runs with -icount, for ten sets and ten gets. */
static double cost_at(char *mem, size_t at)
{
	double start = t_now();
	int failed = 0;

	for (size_t i = at; i < at + 10; i++) {
		failed |= t_set(mem + i * STRIDE, T_PAGE, HSA_SVM_ATTR_GRANULARITY, value_of(i));
		failed |= granularity(mem + i * STRIDE, T_PAGE) != value_of(i);
	}
	return failed ? -1 : (t_now() - start) * 1e9 / 10;
}

TEST_F_TIMEOUT(cost, the_10001st_range_costs_at_most_twice_the_11th, SECONDS)
{
	const char *icount = getenv("CONODE_ICOUNT");
	double few, many;

	if (!icount || strcmp(icount, "1"))
		SKIP(return, "range cost: the clock counts instructions only under -icount");
	ASSERT_EQ(0, make(self->mem, 0, 10));
	few = cost_at(self->mem, 10);
	ASSERT_EQ(0, make(self->mem, 20, RANGES));
	many = cost_at(self->mem, RANGES);
	TH_LOG("%.0f instructions with 10 ranges, %.0f with %d", few, many, RANGES);
	EXPECT_GT(few, 0);
	EXPECT_GT(many, 0);
	EXPECT_LE(many, 2 * few);
}

struct filler {
	pthread_barrier_t barrier;
	void *mem;
	bool filled;
};

/* Lives on until the prefetch is over: its end would drain that CPU. */
static void *fill_elsewhere(void *arg)
{
	struct filler *f = arg;

	f->filled = t_run_on(1);
	t_fill(f->mem, SIZE, 1);
	pthread_barrier_wait(&f->barrier);
	pthread_barrier_wait(&f->barrier);
	return NULL;
}

/*
 * Pages that were faulted in on another CPU may still be on their way to the
 * LRU lists there, and the kernel has to ask every CPU for them.
 */
TEST_F_TIMEOUT(cost, at_most_one_lru_drain_per_2_mib, SECONDS)
{
	struct filler f = { .mem = self->mem };
	HSAKMT_STATUS status;
	pthread_t thread;
	long n;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "lru drains: needs two CPUs");
	if (!t_count_calls("lru_add_drain_all"))
		SKIP(return, "lru drains: the kernel has no function tracer");
	ASSERT_TRUE(t_run_on(0));
	ASSERT_EQ(0, pthread_barrier_init(&f.barrier, NULL, 2));
	ASSERT_EQ(0, pthread_create(&thread, NULL, fill_elsewhere, &f));
	pthread_barrier_wait(&f.barrier);
	status = t_prefetch(self->mem, SIZE, self->kfd.gpu[0].node);
	n = t_calls("lru_add_drain_all");
	pthread_barrier_wait(&f.barrier);
	ASSERT_EQ(0, pthread_join(thread, NULL));
	ASSERT_TRUE(f.filled);
	EXPECT_EQ(HSAKMT_STATUS_SUCCESS, status);
	TH_LOG("%ld drains for %lu MiB", n, SIZE / T_MIB);
	EXPECT_GE(n, 1);
	EXPECT_LE(n, (long)(SIZE / T_HUGE));
	EXPECT_EQ(SIZE / T_PAGE, t_in_spm(self->mem, SIZE));
}

TEST_HARNESS_MAIN
