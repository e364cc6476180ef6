// SPDX-License-Identifier: MIT
/* What happens can be seen: tracepoints, and residency per process. */
#include <fcntl.h>

#include "kselftest_harness.h"
#include "lib.h"

#define SIZE	(4 * T_MIB)
#define PAGES	(SIZE / T_PAGE)
#define SECONDS	120
#define TRACING	"/sys/kernel/tracing/"
#define TRACE	65536

FIXTURE(observe)
{
	struct t_kfd kfd;
	char *mem;
	char *trace;
};

static void set_tracing(const char *on)
{
	t_trace_quietly();
	t_write_file(TRACING "events/kfd/enable", on);
	t_write_file(TRACING "trace", "");
}

FIXTURE_SETUP(observe)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	self->mem = t_map_thp(SIZE, false);
	self->trace = malloc(TRACE);
	ASSERT_NE(NULL, self->mem);
	ASSERT_NE(NULL, self->trace);
	t_fill(self->mem, SIZE, 1);
	set_tracing("1");
}

FIXTURE_TEARDOWN(observe)
{
	set_tracing("0");
	munmap(self->mem, SIZE);
	free(self->trace);
	EXPECT_EQ(0, t_close(&self->kfd));
}

/* The rest of the first trace line with @event of this process, or NULL. */
static const char *traced(char *trace, const char *event)
{
	char mine[64];
	const char *at;

	if (t_read_file(TRACING "trace", trace, TRACE) < 0)
		return NULL;
	snprintf(mine, sizeof(mine), " %s: pid=%d ", event, getpid());
	at = strstr(trace, mine);
	return at ? at + strlen(mine) : NULL;
}

TEST_F_TIMEOUT(observe, a_migration_is_traced_with_its_phases, SECONDS)
{
	unsigned long long start, collect, alloc, copy, finalize;
	unsigned long npages, moved;
	unsigned int to;
	const char *line;
	int n;

	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->kfd.gpu[0].node));
	line = traced(self->trace, "kfd_migrate_start");
	ASSERT_NE(NULL, line);
	n = sscanf(line, "start=%llx npages=%lu to=%x", &start, &npages, &to);
	ASSERT_EQ(3, n);
	EXPECT_EQ((uintptr_t)self->mem, start);
	EXPECT_EQ(PAGES, npages);
	EXPECT_EQ(0, to);

	line = traced(self->trace, "kfd_migrate_end");
	ASSERT_NE(NULL, line);
	n = sscanf(line,
		   "start=%llx npages=%lu moved=%lu to=%x trigger=0 collect=%llu alloc=%llu copy=%llu finalize=%llu",
		   &start, &npages, &moved, &to, &collect, &alloc, &copy, &finalize);
	ASSERT_EQ(8, n);
	EXPECT_EQ(PAGES, moved);
	EXPECT_GT(collect, 0);
	EXPECT_GT(alloc, 0);
	EXPECT_GT(copy, 0);
	EXPECT_GT(finalize, 0);
}

TEST_F_TIMEOUT(observe, a_split_is_traced, SECONDS)
{
	unsigned long long start, end;
	unsigned long splits;
	const char *line;
	int n;

	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_GRANULARITY, 5));
	EXPECT_EQ(NULL, traced(self->trace, "kfd_range_split"));
	ASSERT_EQ(0, t_set(self->mem + T_PAGE, T_PAGE, HSA_SVM_ATTR_GRANULARITY, 6));
	line = traced(self->trace, "kfd_range_split");
	ASSERT_NE(NULL, line);
	n = sscanf(line, "range=[%llx, %llx) splits=%lu", &start, &end, &splits);
	ASSERT_EQ(3, n);
	EXPECT_EQ((uintptr_t)self->mem + T_PAGE, start);
	EXPECT_EQ((uintptr_t)self->mem + 2 * T_PAGE, end);
	EXPECT_EQ(2, splits);
}

TEST_F_TIMEOUT(observe, a_mapping_for_the_gpu_is_traced, SECONDS)
{
	const char *line;
	int error, n;

	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_ACCESS, self->kfd.gpu[0].node));
	line = traced(self->trace, "kfd_fault");
	ASSERT_NE(NULL, line);
	n = sscanf(line, "start=%*x npages=%*u devices=%*x error=%d", &error);
	ASSERT_EQ(1, n);
	EXPECT_EQ(0, error);
}

/* Closing moves the pages out by pfn. */
TEST_F_TIMEOUT(observe, an_eviction_is_traced, SECONDS)
{
	unsigned long npages, moved, sum = 0;
	const char *at;
	int n;

	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->kfd.gpu[0].node));
	ASSERT_EQ(0, t_close(&self->kfd));
	ASSERT_GT(t_read_file(TRACING "trace", self->trace, TRACE), 0);
	for (at = self->trace; (at = strstr(at, " kfd_evict: device=0 ")); at++) {
		n = sscanf(at, " kfd_evict: device=0 pfn=%*x npages=%lu moved=%lu",
			   &npages, &moved);
		ASSERT_EQ(2, n);
		EXPECT_GE(npages, moved);
		sum += moved;
	}
	EXPECT_EQ(PAGES, sum);
	ASSERT_EQ(0, t_open(&self->kfd));
}

TEST_F_TIMEOUT(observe, a_process_is_shown_with_what_it_has_where, SECONDS)
{
	struct t_process p;

	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->kfd.gpu[0].node));
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE / 4, 0));
	ASSERT_EQ(0, t_process(getpid(), &p));
	EXPECT_EQ(2, p.ranges);
	EXPECT_EQ(PAGES - PAGES / 4, p.vram);
	EXPECT_EQ(PAGES, p.to_vram);
	EXPECT_EQ(PAGES / 4, p.to_ram);
	ASSERT_EQ(0, t_close(&self->kfd));
	EXPECT_EQ(1, t_process(getpid(), &p));
	ASSERT_EQ(0, t_open(&self->kfd));
}

TEST_HARNESS_MAIN
