// SPDX-License-Identifier: MIT
/*
 * A GPU touches memory that nobody prepared for it: with XNACK its faults are
 * served as the attributes say, and what cannot be served ends its queues.
 *
 *   faults [--walk MIB]
 */
#include <fcntl.h>
#include <getopt.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "queue.h"

#define SIZE	(4 * T_MIB)
#define PAGES	(SIZE / T_PAGE)
#define SECONDS	600

static size_t walk = 64 * T_MIB;

FIXTURE(retry)
{
	struct t_kfd kfd;
	const struct t_gpu *gpu;
	struct t_queue q;
	struct t_counters before;
	char *mem;
	char *bo;
	long used;
};

FIXTURE_SETUP(retry)
{
	self->used = t_vram_used();
	ASSERT_EQ(0, t_open(&self->kfd));
	self->gpu = &self->kfd.gpu[0];
	ASSERT_EQ(0, t_xnack(true));
	ASSERT_EQ(0, t_queue_open(&self->q, self->gpu, HSA_QUEUE_SDMA));
	self->mem = t_map_thp(SIZE, false);
	self->bo = t_vram_bo(self->gpu, SIZE);
	ASSERT_NE(NULL, self->mem);
	ASSERT_NE(NULL, self->bo);
	/* The queue's own memory has its faults at the first use. */
	ASSERT_TRUE(t_finish(&self->q));
	ASSERT_EQ(0, t_counters(&self->before));
}

FIXTURE_TEARDOWN(retry)
{
	EXPECT_EQ(0, t_queue_close(&self->q));
	EXPECT_EQ(0, t_free(self->bo, SIZE));
	munmap(self->mem, SIZE);
	EXPECT_EQ(0, t_close(&self->kfd));
	EXPECT_TRUE(t_wait_vram_used(self->used, T_SOON));
}

TEST_F_TIMEOUT(retry, reads_of_plain_memory_are_served, SECONDS)
{
	t_fill(self->mem, SIZE, 1);
	ASSERT_EQ(0, t_copy(&self->q, self->bo, self->mem, SIZE));
	ASSERT_TRUE(t_finish(&self->q));
	EXPECT_EQ(0, t_wrong(self->bo, SIZE, 1));
	EXPECT_GT(t_since(&self->before, "fault_served"), 0);
	/* Every GPU has access by default, and whoever has access gets the pages. */
	EXPECT_EQ(PAGES, t_in_spm(self->mem, SIZE));
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 1));
}

TEST_F_TIMEOUT(retry, writes_to_plain_memory_are_served, SECONDS)
{
	t_fill(self->bo, SIZE, 1);
	memset(self->mem, 0, SIZE);
	ASSERT_EQ(0, t_copy(&self->q, self->mem, self->bo, SIZE));
	ASSERT_TRUE(t_finish(&self->q));
	EXPECT_EQ(0, t_wrong(self->mem, SIZE, 1));
}

TEST_F_TIMEOUT(retry, untouched_memory_is_zero_and_can_be_written, SECONDS)
{
	memset(self->bo, 0xff, SIZE);
	ASSERT_EQ(0, t_copy(&self->q, self->bo, self->mem, SIZE / 2));
	ASSERT_EQ(0, t_fill_words(&self->q, self->mem + SIZE / 2, 0x5a5a5a5a, SIZE / 8));
	ASSERT_TRUE(t_finish(&self->q));
	EXPECT_EQ(0, t_nonzero(self->bo, SIZE / 2));
	EXPECT_EQ(0, t_nonzero(self->mem, SIZE / 2));
	EXPECT_EQ(0x5a5a5a5a, *(uint32_t *)(self->mem + SIZE / 2));
	EXPECT_EQ(0x5a5a5a5a, *(uint32_t *)(self->mem + SIZE - 4));
}

TEST_F_TIMEOUT(retry, copies_at_odd_places_of_plain_memory, SECONDS)
{
	char *src = t_map_thp(SIZE, true);
	uint64_t state = 5;

	ASSERT_NE(NULL, src);
	t_fill(src, SIZE, 1);
	memset(self->mem, 0, SIZE);
	for (int i = 0; i < 40; i++) {
		size_t size = 1 + t_random(&state) % 100000;
		size_t to = t_random(&state) % (SIZE - size);
		size_t from = t_random(&state) % (SIZE - size);

		ASSERT_EQ(0, t_copy(&self->q, self->mem + to, src + from, size));
		ASSERT_TRUE(t_finish(&self->q));
		EXPECT_EQ(0, memcmp(self->mem + to, src + from, size));
	}
	munmap(src, SIZE);
}

TEST_F_TIMEOUT(retry, stack_heap_and_data_can_be_reached, SECONDS)
{
	static char data[3 * T_PAGE];
	char stack[3 * T_PAGE], *heap = malloc(3 * T_PAGE);
	char * const all[] = { data, stack, heap };

	ASSERT_NE(NULL, heap);
	t_fill(self->bo, sizeof(data), 1);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		memset(all[i], 0, sizeof(data));
		ASSERT_EQ(0, t_copy(&self->q, all[i], self->bo, sizeof(data)));
		ASSERT_TRUE(t_finish(&self->q));
		EXPECT_EQ(0, memcmp(all[i], self->bo, sizeof(data)));
	}
	free(heap);
}

TEST_F_TIMEOUT(retry, atomics_on_plain_memory_are_served, SECONDS)
{
	const unsigned int add64 = 47;

	memset(self->mem, 0, SIZE);
	for (size_t i = 0; i < 2 * PAGES; i++)
		ASSERT_EQ(0, t_atomic(&self->q, self->mem + i % PAGES * T_PAGE, add64, i, 0));
	ASSERT_TRUE(t_finish(&self->q));
	for (size_t i = 0; i < PAGES; i++)
		EXPECT_EQ(2 * i + PAGES, *(uint64_t *)(self->mem + i * T_PAGE));
}

/* The ring itself, and the fence, may be plain memory. */
TEST_F_TIMEOUT(retry, fences_and_polls_on_plain_memory_are_served, SECONDS)
{
	uint32_t *word = (uint32_t *)self->mem, *fence = (uint32_t *)(self->mem + T_HUGE);

	ASSERT_EQ(0, t_poll(&self->q, word, T_EQUAL, 0, ~0U));
	ASSERT_EQ(0, t_fence(&self->q, fence, 9));
	t_submit(&self->q);
	EXPECT_TRUE(t_wait_word(fence, 9, T_SOON));
}

/*
 * Memory that is not there yet, then memory that the CPU has filled.  One
 * interrupt may tell of many faults, and one fault brings all of its 2 MiB.
 */
TEST_F_TIMEOUT(retry, a_walk_takes_at_most_one_interrupt_per_2_mib, SECONDS)
{
	char *mem = t_map_thp(walk, false);
	long long interrupts;

	ASSERT_NE(NULL, mem);
	/* What the queue itself needs is no part of the walk. */
	ASSERT_TRUE(t_finish(&self->q));
	for (int pass = 0; pass < 2; pass++) {
		if (pass)
			t_fill(mem, walk, 1);
		ASSERT_EQ(0, t_counters(&self->before));
		for (size_t at = 0; at < walk; at += T_HUGE)
			ASSERT_EQ(0, pass ? t_copy(&self->q, self->bo, mem + at, T_HUGE) :
					    t_fill_words(&self->q, mem + at, 3, T_HUGE / 4));
		ASSERT_TRUE(t_finish_in(&self->q, SECONDS));
		interrupts = t_since(&self->before, "fault_interrupts");
		TH_LOG("%lld interrupts, %lld faults served, for %lu MiB", interrupts,
		       t_since(&self->before, "fault_served"), walk / T_MIB);
		EXPECT_GT(interrupts, 0);
		EXPECT_LE(interrupts, (long long)(walk / T_HUGE));
		/* From where the GPU has it to a new place. */
		munmap(mem, walk);
		mem = t_map_thp(walk, false);
		ASSERT_NE(NULL, mem);
	}
	munmap(mem, walk);
}

TEST_F_TIMEOUT(retry, granularity_is_how_much_moves_with_a_fault, SECONDS)
{
	static const unsigned int granularities[] = { 0, 1, 4, 6, 8 };

	for (size_t i = 0; i < ARRAY_SIZE(granularities); i++) {
		const size_t block = T_PAGE << granularities[i];
		/* The last page of a block in the middle. */
		char *page = self->mem + SIZE / 2 + 2 * block - T_PAGE;

		ASSERT_EQ(0, t_prefetch(self->mem, SIZE, 0));
		t_fill(self->mem, SIZE, i);
		ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_GRANULARITY, granularities[i]));
		ASSERT_EQ(0, t_fill_words(&self->q, page, 7, 1));
		ASSERT_TRUE(t_finish(&self->q));
		EXPECT_EQ(7, *(uint32_t *)page);
		EXPECT_EQ(block / T_PAGE, t_in_spm(self->mem, SIZE));
		EXPECT_EQ(block / T_PAGE, t_in_spm(self->mem + SIZE / 2 + block, block));
	}
}

struct outcome {
	uint32_t access;
	uint32_t preferred;	/* 0: system, 1: this GPU, 2: nothing said */
	bool moves;
};

TEST_F_TIMEOUT(retry, attributes_say_whether_a_page_moves, SECONDS)
{
	static const struct outcome outcomes[] = {
		{ HSA_SVM_ATTR_ACCESS, 2, true },
		{ HSA_SVM_ATTR_ACCESS, 1, true },
		{ HSA_SVM_ATTR_ACCESS, 0, false },
		{ HSA_SVM_ATTR_ACCESS_IN_PLACE, 2, false },
		{ HSA_SVM_ATTR_ACCESS_IN_PLACE, 1, true },
		{ HSA_SVM_ATTR_ACCESS_IN_PLACE, 0, false },
	};
	const uint32_t where[] = { 0, self->gpu->node, 0xffffffff };

	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++) {
		const struct outcome *o = &outcomes[i];
		char *mem = t_map_thp(T_HUGE, false);

		ASSERT_NE(NULL, mem);
		t_fill(mem, T_HUGE, 1);
		ASSERT_EQ(0, t_set(mem, T_HUGE, o->access, self->gpu->node));
		ASSERT_EQ(0, t_set(mem, T_HUGE, HSA_SVM_ATTR_PREFERRED_LOC, where[o->preferred]));
		ASSERT_EQ(0, t_copy(&self->q, self->bo, mem, T_HUGE));
		ASSERT_EQ(0, t_fill_words(&self->q, mem, 5, 16));
		ASSERT_TRUE(t_finish(&self->q));
		EXPECT_EQ(0, t_wrong(self->bo, T_HUGE, 1));
		EXPECT_EQ(5, *(uint32_t *)mem);
		EXPECT_EQ(o->moves ? T_HUGE / T_PAGE : 0, t_in_spm(mem, T_HUGE)) {
			TH_LOG("row %zu", i);
		}
		munmap(mem, T_HUGE);
	}
}

TEST_F_TIMEOUT(retry, holes_and_neighbours_of_other_kinds_do_not_matter, SECONDS)
{
	char *mem = self->mem;

	t_fill(mem, SIZE, 1);
	ASSERT_EQ(0, munmap(mem + 16 * T_PAGE, 16 * T_PAGE));
	ASSERT_EQ(0, mprotect(mem + 64 * T_PAGE, 16 * T_PAGE, PROT_NONE));
	ASSERT_EQ(0, mprotect(mem + 128 * T_PAGE, 16 * T_PAGE, PROT_READ));
	for (size_t page = 0; page < 256; page += 3) {
		bool gone = page >= 16 && page < 32, none = page >= 64 && page < 80;

		if (gone || none)
			continue;
		ASSERT_EQ(0, t_copy(&self->q, self->bo + page * T_PAGE, mem + page * T_PAGE,
				    T_PAGE));
	}
	ASSERT_TRUE(t_finish(&self->q));
	for (size_t page = 0; page < 256; page += 3)
		if (!(page >= 16 && page < 32) && !(page >= 64 && page < 80))
			EXPECT_EQ(0, t_wrong(self->bo + page * T_PAGE, T_PAGE, 1 + page * 512));
}

TEST_F_TIMEOUT(retry, a_shared_file_is_reached_where_it_is, SECONDS)
{
	int fd = memfd_create("shared", 0);
	char *mem;

	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, ftruncate(fd, T_MIB));
	mem = mmap(NULL, T_MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, mem);
	t_fill(mem, T_MIB, 1);
	ASSERT_EQ(0, t_copy(&self->q, self->bo, mem, T_MIB));
	ASSERT_EQ(0, t_fill_words(&self->q, mem + T_MIB / 2, 8, T_MIB / 8));
	ASSERT_TRUE(t_finish(&self->q));
	EXPECT_EQ(0, t_wrong(self->bo, T_MIB, 1));
	EXPECT_EQ(0, t_in_spm(mem, T_MIB));
	/* The file has it, not just this mapping. */
	ASSERT_EQ(T_PAGE, pread(fd, self->mem, T_PAGE, T_MIB / 2));
	EXPECT_EQ(8, *(uint32_t *)self->mem);
	munmap(mem, T_MIB);
	close(fd);
}

TEST_F_TIMEOUT(retry, a_private_file_is_copied_on_write, SECONDS)
{
	int fd = memfd_create("private", 0);
	char *mem;

	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, ftruncate(fd, T_MIB));
	mem = mmap(NULL, T_MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	ASSERT_NE(MAP_FAILED, mem);
	t_fill(self->mem, T_MIB, 1);
	ASSERT_EQ(T_MIB, pwrite(fd, self->mem, T_MIB, 0));
	ASSERT_EQ(0, t_copy(&self->q, self->bo, mem, T_MIB));
	ASSERT_EQ(0, t_fill_words(&self->q, mem, 8, T_MIB / 8));
	ASSERT_TRUE(t_finish(&self->q));
	EXPECT_EQ(0, t_wrong(self->bo, T_MIB, 1));
	EXPECT_EQ(8, *(uint32_t *)mem);
	ASSERT_EQ(T_PAGE, pread(fd, self->mem, T_PAGE, 0));
	EXPECT_EQ(0, t_wrong(self->mem, T_PAGE, 1));
	munmap(mem, T_MIB);
	close(fd);
}

TEST_F_TIMEOUT(retry, a_swapped_out_or_dropped_page_comes_back, SECONDS)
{
	t_fill(self->mem, SIZE, 1);
	madvise(self->mem, SIZE / 2, MADV_PAGEOUT);
	ASSERT_EQ(0, madvise(self->mem + SIZE / 2, SIZE / 2, MADV_DONTNEED));
	ASSERT_EQ(0, t_copy(&self->q, self->bo, self->mem, SIZE));
	ASSERT_TRUE(t_finish(&self->q));
	EXPECT_EQ(0, t_wrong(self->bo, SIZE / 2, 1));
	EXPECT_EQ(0, t_nonzero(self->bo + SIZE / 2, SIZE / 2));
}

TEST_F_TIMEOUT(retry, a_queue_that_waits_for_a_fault_can_be_destroyed, SECONDS)
{
	struct t_queue q;

	for (int i = 0; i < 10; i++) {
		char *mem = t_map_thp(8 * SIZE, false);

		ASSERT_NE(NULL, mem);
		ASSERT_EQ(0, t_queue_open(&q, self->gpu, HSA_QUEUE_SDMA));
		ASSERT_EQ(0, t_fill_words(&q, mem, i, 2 * SIZE));
		t_submit(&q);
		EXPECT_EQ(0, t_queue_close(&q));
		munmap(mem, 8 * SIZE);
	}
	ASSERT_EQ(0, t_fill_words(&self->q, self->mem, 1, 1));
	EXPECT_TRUE(t_finish(&self->q));
}

TEST_F_TIMEOUT(retry, eight_queues_fault_on_the_same_pages, SECONDS)
{
	struct t_queue q[8];

	memset(self->mem, 0, SIZE);
	for (int i = 0; i < 8; i++)
		ASSERT_EQ(0, t_queue_open(&q[i], self->gpu, HSA_QUEUE_SDMA));
	for (int i = 0; i < 8; i++) {
		for (size_t page = 0; page < PAGES; page++)
			ASSERT_EQ(0, t_fill_words(&q[i], self->mem + page * T_PAGE + 64 * i,
						  i + 1, 16));
		t_submit(&q[i]);
	}
	for (int i = 0; i < 8; i++) {
		ASSERT_TRUE(t_finish(&q[i]));
		EXPECT_EQ(0, t_queue_close(&q[i]));
	}
	for (size_t page = 0; page < PAGES; page++)
		for (int i = 0; i < 8; i++)
			for (int n = 0; n < 16; n++)
				EXPECT_EQ(i + 1, ((uint32_t *)(self->mem + page * T_PAGE))
						 [16 * i + n]);
}

/* What cannot be served. */

FIXTURE(killed)
{
	struct t_kfd kfd;
	const struct t_gpu *gpu;
	struct t_queue q;
	struct _HsaEvent *event;
	char *mem;
	char *bo;
};

enum kind {
	UNMAPPED,
	KERNEL_ADDRESS,
	NO_CANONICAL_ADDRESS,
	NULL_ADDRESS,
	NO_PERMISSION,
	READ_ONLY,
	NO_ACCESS,
	NEVER_MENTIONED,
};

FIXTURE_VARIANT(killed)
{
	enum kind kind;
	bool xnack;
};

FIXTURE_VARIANT_ADD(killed, unmapped) { UNMAPPED, true };
FIXTURE_VARIANT_ADD(killed, unmapped_off) { UNMAPPED, false };
FIXTURE_VARIANT_ADD(killed, address_of_the_kernel) { KERNEL_ADDRESS, true };
FIXTURE_VARIANT_ADD(killed, address_of_the_kernel_off) { KERNEL_ADDRESS, false };
FIXTURE_VARIANT_ADD(killed, address_between) { NO_CANONICAL_ADDRESS, true };
FIXTURE_VARIANT_ADD(killed, null_pointer) { NULL_ADDRESS, true };
FIXTURE_VARIANT_ADD(killed, prot_none) { NO_PERMISSION, true };
FIXTURE_VARIANT_ADD(killed, write_to_read_only) { READ_ONLY, true };
FIXTURE_VARIANT_ADD(killed, write_to_read_only_off) { READ_ONLY, false };
FIXTURE_VARIANT_ADD(killed, no_access) { NO_ACCESS, true };
FIXTURE_VARIANT_ADD(killed, no_access_off) { NO_ACCESS, false };
FIXTURE_VARIANT_ADD(killed, never_mentioned_off) { NEVER_MENTIONED, false };

FIXTURE_SETUP(killed)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	self->gpu = &self->kfd.gpu[0];
	ASSERT_EQ(0, t_xnack(variant->xnack));
	self->event = t_event_of(HSA_EVENTTYPE_MEMORY, self->gpu, true);
	ASSERT_NE(NULL, self->event);
	ASSERT_EQ(0, t_queue_open(&self->q, self->gpu, HSA_QUEUE_SDMA));
	self->mem = t_map_thp(SIZE, false);
	self->bo = t_vram_bo(self->gpu, SIZE);
	ASSERT_NE(NULL, self->mem);
	ASSERT_NE(NULL, self->bo);
	t_fill(self->mem, SIZE, 1);
}

FIXTURE_TEARDOWN(killed)
{
	EXPECT_EQ(0, t_queue_close(&self->q));
	EXPECT_EQ(0, t_free(self->bo, SIZE));
	EXPECT_EQ(0, hsaKmtDestroyEvent(self->event));
	EXPECT_EQ(0, t_close(&self->kfd));
}

/* Makes memory bad in the way that @kind says; the address, or NULL */
static char *bad_address(char *mem, enum kind kind, const struct t_gpu *gpu)
{
	char *at = mem + T_HUGE + 0x1238;
	int ret = 0;

	switch (kind) {
	case KERNEL_ADDRESS:
		return (char *)0xffff888000001238;
	case NO_CANONICAL_ADDRESS:
		return (char *)0x800000001238;
	case NULL_ADDRESS:
		return (char *)8;
	case UNMAPPED:
		ret = munmap(mem + T_HUGE, T_HUGE);
		break;
	case NO_PERMISSION:
		ret = mprotect(mem + T_HUGE, T_HUGE, PROT_NONE);
		break;
	case READ_ONLY:
		ret = mprotect(mem + T_HUGE, T_HUGE, PROT_READ);
		if (!ret)
			ret = t_access(gpu, mem, SIZE);
		break;
	case NO_ACCESS:
		ret = t_set(mem, SIZE, HSA_SVM_ATTR_NO_ACCESS, gpu->node);
		break;
	default:
		break;
	}
	return ret ? NULL : at;
}

/* In a child: other processes go on.  The exit status. */
static int work(void)
{
	struct t_queue q;
	struct t_kfd kfd;
	char *bo;

	if (t_open(&kfd) || t_queue_open(&q, &kfd.gpu[0], HSA_QUEUE_SDMA))
		return 1;
	bo = t_vram_bo(&kfd.gpu[0], SIZE);
	if (!bo || t_fill_words(&q, bo, 3, 16) || !t_finish(&q))
		return 2;
	return *(uint32_t *)bo == 3 ? 0 : 3;
}

TEST_F_TIMEOUT(killed, by_an_access_that_cannot_be_served, SECONDS)
{
	char *bad = bad_address(self->mem, variant->kind, self->gpu);
	uint32_t *after = (uint32_t *)self->bo + 1000;
	HsaMemoryAccessFault fault = { };
	struct t_counters before;
	pid_t pid;

	ASSERT_NE(NULL, bad);
	ASSERT_EQ(0, t_counters(&before));
	t_set_word(after, 0);
	ASSERT_EQ(0, t_fill_words(&self->q, bad, 7, 1));
	ASSERT_EQ(0, t_fence(&self->q, after, 1));
	t_submit(&self->q);
	ASSERT_EQ(0, t_memory_fault(self->event, &fault));
	EXPECT_EQ(self->gpu->node, fault.NodeId);
	/* Of an address that is too long, the GPU knows 48 bits. */
	if (variant->kind != KERNEL_ADDRESS)
		EXPECT_EQ((uintptr_t)bad & -T_PAGE, fault.VirtualAddress);
	EXPECT_EQ(variant->kind == READ_ONLY, (unsigned int)fault.Failure.ReadOnly);
	EXPECT_EQ(variant->kind != READ_ONLY, (unsigned int)fault.Failure.NotPresent);
	EXPECT_EQ(0, (unsigned int)fault.Failure.NoExecute);
	EXPECT_EQ(0, (unsigned int)fault.Failure.ErrorType);
	EXPECT_EQ(1, t_since(&before, "fault_killed"));
	EXPECT_EQ(0, t_word(after));
	if (variant->kind == READ_ONLY || variant->kind == NO_ACCESS)
		EXPECT_EQ(0, t_wrong(self->mem, SIZE, 1));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid)
		_exit(work());
	EXPECT_EQ(0, t_wait_exit(pid, SECONDS));
	EXPECT_EQ(0, t_word(after));
}

T_ORDER_TESTS

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "walk", required_argument, NULL, 'w' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'w') {
			fprintf(stderr, "Usage: faults [--walk MIB]\n");
			return 2;
		}
		walk = strtoul(optarg, NULL, 0) * T_MIB / T_HUGE * T_HUGE;
	}
	return t_no_queues() ? 0 : test_harness_run(argc, argv);
}
