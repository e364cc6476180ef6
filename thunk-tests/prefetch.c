// SPDX-License-Identifier: MIT
/* Pages go where a prefetch sends them, with every byte. */

#include <linux/mempolicy.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "lib.h"

#define SIZE	(8 * T_MIB)
#define PAGES	(SIZE / T_PAGE)
#define SECONDS	120

FIXTURE(prefetch)
{
	struct t_kfd kfd;
	unsigned int gpu;
	char *mem;
};

FIXTURE_VARIANT(prefetch)
{
	bool huge;
};

FIXTURE_VARIANT_ADD(prefetch, small_pages)
{
	.huge = false,
};

FIXTURE_VARIANT_ADD(prefetch, huge_pages)
{
	.huge = true,
};

FIXTURE_SETUP(prefetch)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	self->gpu = self->kfd.gpu[0].node;
	self->mem = t_map_thp(SIZE, variant->huge);
	ASSERT_NE(NULL, self->mem);
}

FIXTURE_TEARDOWN(prefetch)
{
	munmap(self->mem, SIZE);
	EXPECT_EQ(0, t_close(&self->kfd));
}

/* KiB of transparent huge pages that this process has, or -1. */
static long thp_kib(void)
{
	FILE *f = fopen("/proc/self/smaps_rollup", "r");
	char line[256];
	long kib = -1;

	while (f && kib < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "AnonHugePages: %ld kB", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

TEST_F_TIMEOUT(prefetch, every_page_reaches_the_spm_with_every_byte, SECONDS)
{
	struct t_where w;

	t_fill(self->mem, SIZE, 1);
	if (variant->huge && thp_kib() <= 0)
		SKIP(return, "huge pages: the kernel gave none");
	if (!variant->huge)
		EXPECT_EQ(0, thp_kib());
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
	ASSERT_EQ(0, t_where(&self->kfd, self->mem, SIZE, &w));
	EXPECT_EQ(PAGES, w.spm);
	EXPECT_EQ(PAGES, w.gpu[0]);
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 1));
}

/*
 * A page that is mapped for DMA stays so until the mm takes it away.  It may do that
 * for reasons of its own, as long as it does not with all of them.
 */
TEST_F_TIMEOUT(prefetch, only_what_has_changed_is_mapped_for_dma_again, SECONDS)
{
	struct t_counters before;
	long long n, now;

	if (!t_kernel_has("hmm_dma_map_pfn"))
		SKIP(return, "the kernel has no hmm_dma_map_pfn()");
	t_fill(self->mem, SIZE, 1);
	ASSERT_EQ(0, t_counters(&before));
	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_ACCESS, self->gpu));
	n = t_since(&before, "dma_mapped");
	EXPECT_GE(n, PAGES);
	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_ACCESS, self->gpu));
	now = t_since(&before, "dma_mapped");
	EXPECT_LT(now - n, PAGES);

	ASSERT_EQ(0, madvise(self->mem + 7 * T_PAGE, T_PAGE, MADV_DONTNEED));
	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_ACCESS, self->gpu));
	n = t_since(&before, "dma_mapped");
	EXPECT_GE(n - now, 1);
	EXPECT_LT(n - now, PAGES);

	/* What is the device's own needs no DMA; in DRAM they are other pages. */
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
	now = t_since(&before, "dma_mapped");
	EXPECT_LT(now - n, PAGES);
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, 0));
	EXPECT_GE(t_since(&before, "dma_mapped") - now, PAGES);
}

/* How many pages are on a NUMA node. */
static long on_node(void *mem, int node)
{
	static void *pages[PAGES];
	static int status[PAGES];
	long n = 0;

	for (size_t i = 0; i < PAGES; i++)
		pages[i] = (char *)mem + i * T_PAGE;
	if (syscall(SYS_move_pages, 0, PAGES, pages, NULL, status, 0))
		return -1;
	for (size_t i = 0; i < PAGES; i++)
		n += status[i] == node;
	return n;
}

TEST_F_TIMEOUT(prefetch, pages_come_back_to_the_node_that_the_policy_names, SECONDS)
{
	for (int node = 0; node < 2; node++) {
		unsigned long mask = 1UL << node;

		t_fill(self->mem, SIZE, 1);
		ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
		if (syscall(SYS_mbind, self->mem, SIZE, MPOL_BIND, &mask,
			    8 * sizeof(mask), 0))
			SKIP(return, "NUMA: there is no node %d", node);
		ASSERT_EQ(0, t_prefetch(self->mem, SIZE, 0));
		EXPECT_EQ(PAGES, t_in_dram(self->mem, SIZE));
		EXPECT_EQ(PAGES, on_node(self->mem, node));
		EXPECT_EQ(0, t_wrong(self->mem, SIZE, 1));
	}
}

TEST_F_TIMEOUT(prefetch, every_page_comes_back_with_every_byte, SECONDS)
{
	t_fill(self->mem, SIZE, 1);
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
	EXPECT_EQ(PAGES, t_in_spm(self->mem, SIZE));
	t_fill(self->mem, SIZE, 2);
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, 0));
	EXPECT_EQ(PAGES, t_in_dram(self->mem, SIZE));
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 2));
}

TEST_F_TIMEOUT(prefetch, every_page_is_counted_once, SECONDS)
{
	long used = t_vram_used();
	struct t_counters before;
	struct t_process p;

	t_fill(self->mem, SIZE, 1);
	ASSERT_EQ(0, t_counters(&before));
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
	EXPECT_EQ(PAGES, t_since(&before, "migrate_to_vram"));
	EXPECT_EQ(0, t_since(&before, "migrate_to_ram"));
	EXPECT_EQ(used + (long)PAGES, t_vram_used());
	ASSERT_EQ(0, t_process(getpid(), &p));
	EXPECT_EQ(PAGES, p.vram);
	EXPECT_EQ(PAGES, p.to_vram);
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, 0));
	EXPECT_EQ(PAGES, t_since(&before, "migrate_to_ram"));
	EXPECT_EQ(used, t_vram_used());
	ASSERT_EQ(0, t_process(getpid(), &p));
	EXPECT_EQ(0, p.vram);
	EXPECT_EQ(PAGES, p.to_ram);
}

TEST_F_TIMEOUT(prefetch, pages_that_are_there_do_not_move_again, SECONDS)
{
	struct t_counters before;

	t_fill(self->mem, SIZE, 1);
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
	ASSERT_EQ(0, t_counters(&before));
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
	EXPECT_EQ(0, t_moved(&before));
	EXPECT_EQ(PAGES, t_in_spm(self->mem, SIZE));
}

TEST_F_TIMEOUT(prefetch, neighbours_of_the_range_stay, SECONDS)
{
	char *mid = self->mem + 37 * T_PAGE;
	size_t n = 1000;

	t_fill(self->mem, SIZE, 1);
	ASSERT_EQ(0, t_prefetch(mid, n * T_PAGE, self->gpu));
	EXPECT_EQ(n, t_in_spm(mid, n * T_PAGE));
	EXPECT_EQ(n, t_in_spm(self->mem, SIZE));
	EXPECT_EQ(PAGES - n, t_in_dram(self->mem, SIZE));
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 1));
}

TEST_F_TIMEOUT(prefetch, a_mixed_range_ends_in_one_place, SECONDS)
{
	t_fill(self->mem, SIZE, 1);
	for (size_t page = 0; page < PAGES; page += 64)
		ASSERT_EQ(0, t_prefetch(self->mem + page * T_PAGE, 3 * T_PAGE, self->gpu));
	EXPECT_EQ(PAGES / 64 * 3, t_in_spm(self->mem, SIZE));
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
	EXPECT_EQ(PAGES, t_in_spm(self->mem, SIZE));
	for (size_t page = 1; page < PAGES; page += 64)
		ASSERT_EQ(0, t_prefetch(self->mem + page * T_PAGE, 3 * T_PAGE, 0));
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, 0));
	EXPECT_EQ(PAGES, t_in_dram(self->mem, SIZE));
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 1));
}

TEST_F_TIMEOUT(prefetch, a_range_may_span_several_mappings, SECONDS)
{
	size_t third = 2 * T_MIB;

	t_fill(self->mem, SIZE, 1);
	ASSERT_EQ(0, mprotect(self->mem + third, third, PROT_READ));
	ASSERT_EQ(0, madvise(self->mem + 2 * third, third, MADV_DONTFORK));
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
	EXPECT_EQ(PAGES, t_in_spm(self->mem, SIZE));
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, 0));
	EXPECT_EQ(PAGES, t_in_dram(self->mem, SIZE));
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 1));
}

TEST_F_TIMEOUT(prefetch, untouched_memory_reads_as_zero, SECONDS)
{
	long used = t_vram_used();
	struct t_where w;

	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
	ASSERT_EQ(0, t_where(&self->kfd, self->mem, SIZE, &w));
	EXPECT_EQ(PAGES, w.spm + w.absent);
	EXPECT_EQ((long)w.spm, t_vram_used() - used);
	EXPECT_EQ(0, t_nonzero(self->mem, SIZE));
	t_fill(self->mem, SIZE, 3);
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
	EXPECT_EQ(PAGES, t_in_spm(self->mem, SIZE));
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 3));
}

TEST_F_TIMEOUT(prefetch, memory_that_was_only_read_reads_as_zero, SECONDS)
{
	EXPECT_EQ(0, t_nonzero(self->mem, SIZE));
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
	EXPECT_EQ(0, t_nonzero(self->mem, SIZE));
	t_fill(self->mem, SIZE, 3);
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->gpu));
	EXPECT_EQ(PAGES, t_in_spm(self->mem, SIZE));
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 3));
}

TEST_F_TIMEOUT(prefetch, many_round_trips_lose_nothing, SECONDS)
{
	long used = t_vram_used();
	size_t size = 2 * T_MIB;

	t_fill(self->mem, size, 0);
	for (unsigned int i = 0; i < 20; i++) {
		ASSERT_EQ(0, t_prefetch(self->mem, size, self->gpu));
		ASSERT_EQ(512, t_in_spm(self->mem, size));
		ASSERT_EQ(0, t_wrong(self->mem, size, i));
		t_fill(self->mem, size, i + 1);
		ASSERT_EQ(0, t_prefetch(self->mem, size, 0));
		ASSERT_EQ(512, t_in_dram(self->mem, size));
		ASSERT_EQ(0, t_wrong(self->mem, size, i + 1));
	}
	EXPECT_EQ(used, t_vram_used());
}

TEST_F_TIMEOUT(prefetch, from_one_gpu_to_another, SECONDS)
{
	struct t_counters before;
	struct t_where w;

	if (self->kfd.ngpus < 2)
		SKIP(return, "from_one_gpu_to_another: needs two GPUs");
	t_fill(self->mem, SIZE, 1);
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->kfd.gpu[0].node));
	ASSERT_EQ(0, t_counters(&before));
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->kfd.gpu[1].node));
	ASSERT_EQ(0, t_where(&self->kfd, self->mem, SIZE, &w));
	EXPECT_EQ(0, w.gpu[0]);
	EXPECT_EQ(PAGES, w.gpu[1]);
	EXPECT_EQ(PAGES, t_since(&before, "migrate_vram_to_vram"));
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 1));
}

TEST_F_TIMEOUT(prefetch, with_access_for_the_gpu, SECONDS)
{
	HSA_SVM_ATTRIBUTE attrs[] = {
		{ HSA_SVM_ATTR_ACCESS, self->gpu },
		{ HSA_SVM_ATTR_PREFETCH_LOC, self->gpu },
	};

	t_fill(self->mem, SIZE, 1);
	ASSERT_EQ(0, hsaKmtSVMSetAttr(self->mem, SIZE, 2, attrs));
	EXPECT_EQ(PAGES, t_in_spm(self->mem, SIZE));
	t_fill(self->mem, SIZE, 2);
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, 0));
	EXPECT_EQ(PAGES, t_in_dram(self->mem, SIZE));
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 2));
}

TEST_HARNESS_MAIN
