// SPDX-License-Identifier: MIT
/* Several GPUs: they copy from each other, share pages, and pass pages on. */

#include <pthread.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "queue.h"

#define SIZE	(4 * T_MIB)
#define PAGES	(SIZE / T_PAGE)
#define SECONDS	300
#define PARAMETERS "/sys/module/amdgpu/parameters/"

FIXTURE(peers)
{
	struct t_kfd kfd;
	int n;
	struct t_queue q[T_GPUS];
	char *bo[T_GPUS];
	char *mem;
	struct t_counters before;
	long used;
};

FIXTURE_SETUP(peers)
{
	self->used = t_vram_used();
	ASSERT_EQ(0, t_open(&self->kfd));
	ASSERT_EQ(0, t_xnack(true));
	self->n = self->kfd.ngpus;
	for (int i = 0; i < self->n; i++) {
		ASSERT_EQ(0, t_queue_open(&self->q[i], &self->kfd.gpu[i], HSA_QUEUE_SDMA_XGMI));
		self->bo[i] = t_vram_bo(&self->kfd.gpu[i], SIZE);
		ASSERT_NE(NULL, self->bo[i]);
		ASSERT_TRUE(t_finish(&self->q[i]));
	}
	self->mem = t_map_thp(SIZE, false);
	ASSERT_NE(NULL, self->mem);
	ASSERT_EQ(0, t_counters(&self->before));
}

FIXTURE_TEARDOWN(peers)
{
	munmap(self->mem, SIZE);
	for (int i = 0; i < self->n; i++) {
		EXPECT_EQ(0, t_queue_close(&self->q[i]));
		EXPECT_EQ(0, t_free(self->bo[i], SIZE));
	}
	EXPECT_EQ(0, t_close(&self->kfd));
	EXPECT_TRUE(t_wait_vram_used(self->used, T_SOON));
}

/* The pages of @mem in the VRAM of each GPU. */
static void where(struct __test_metadata *_metadata, struct _test_data_peers *self,
		  unsigned long *pages)
{
	struct t_where w;

	ASSERT_EQ(0, t_where(&self->kfd, self->mem, SIZE, &w));
	memcpy(pages, w.gpu, sizeof(w.gpu));
}

TEST_F_TIMEOUT(peers, every_gpu_copies_from_and_to_every_other, SECONDS)
{
	char *host = t_host(SIZE);

	if (self->n < 2)
		SKIP(return, "peers: one GPU only");
	ASSERT_NE(NULL, host);
	for (int by = 0; by < self->n; by++)
		for (int from = 0; from < self->n; from++)
			for (int to = 0; to < self->n; to++) {
				uint64_t seed = 1 + by * 64 + from * 8 + to;

				if (from == to)
					continue;
				t_fill(self->bo[from], SIZE, seed);
				memset(self->bo[to], 0, T_PAGE);
				ASSERT_EQ(0, t_copy(&self->q[by], self->bo[to], self->bo[from],
						    SIZE));
				ASSERT_TRUE(t_finish(&self->q[by]));
				EXPECT_EQ(0, t_wrong(self->bo[to], SIZE, seed)) {
					TH_LOG("GPU %d: from %d to %d", by, from, to);
				}
			}
	EXPECT_EQ(0, t_free(host, SIZE));
}

TEST_F_TIMEOUT(peers, data_goes_around_all_gpus, SECONDS)
{
	uint32_t *word = t_host(T_PAGE);

	if (self->n < 2)
		SKIP(return, "peers: one GPU only");
	ASSERT_NE(NULL, word);
	/* Each passes it to the next when it has it; all are told at once. */
	t_fill(self->bo[0], SIZE, 7);
	for (int i = 0; i < self->n; i++) {
		ASSERT_EQ(0, t_poll(&self->q[i], word, T_EQUAL, i + 1, ~0U));
		ASSERT_EQ(0, t_copy(&self->q[i], self->bo[(i + 1) % self->n], self->bo[i], SIZE));
		if (!i)
			ASSERT_EQ(0, t_fill_words(&self->q[i], self->bo[0], 0, SIZE / 4));
		ASSERT_EQ(0, t_fence(&self->q[i], word, i + 2));
		t_submit(&self->q[i]);
	}
	t_set_word(word, 1);
	EXPECT_TRUE(t_wait_word(word, self->n + 1, T_SOON));
	EXPECT_EQ(0, t_wrong(self->bo[0], SIZE, 7));
	EXPECT_EQ(0, t_free(word, T_PAGE));
}

TEST_F_TIMEOUT(peers, vram_of_one_is_used_in_place_by_the_other, SECONDS)
{
	unsigned long pages[T_GPUS];

	if (self->n < 2)
		SKIP(return, "peers: one GPU only");
	t_fill(self->mem, SIZE, 1);
	for (int i = 0; i < self->n; i++)
		ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_ACCESS_IN_PLACE,
				   self->kfd.gpu[i].node));
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->kfd.gpu[0].node));
	where(_metadata, self, pages);
	ASSERT_EQ(PAGES, pages[0]);
	for (int i = self->n - 1; i >= 0; i--) {
		ASSERT_EQ(0, t_copy(&self->q[i], self->bo[i], self->mem, SIZE));
		ASSERT_EQ(0, t_fill_words(&self->q[i], self->mem + i * T_PAGE, i + 1, 1024));
		ASSERT_TRUE(t_finish(&self->q[i]));
	}
	EXPECT_EQ(0, t_wrong(self->bo[self->n - 1], SIZE, 1));
	for (int i = 0; i < self->n; i++)
		EXPECT_EQ(i + 1, *(int *)(self->mem + i * T_PAGE));
	where(_metadata, self, pages);
	EXPECT_EQ(PAGES, pages[0]);
}

TEST_F_TIMEOUT(peers, a_fault_fetches_pages_from_the_other_directly, SECONDS)
{
	unsigned long pages[T_GPUS];

	if (self->n < 2)
		SKIP(return, "peers: one GPU only");
	t_fill(self->mem, SIZE, 1);
	for (int i = 0; i < 2 * self->n; i++) {
		int gpu = i % self->n;

		/* Not so often that it would be thrash. */
		ASSERT_EQ(0, t_counters(&self->before));
		ASSERT_EQ(0, t_copy(&self->q[gpu], self->bo[gpu], self->mem, SIZE));
		ASSERT_TRUE(t_finish(&self->q[gpu]));
		EXPECT_EQ(0, t_wrong(self->bo[gpu], SIZE, 1));
		where(_metadata, self, pages);
		if (i >= self->n)
			continue;
		EXPECT_EQ(PAGES, pages[gpu]);
		if (i)
			EXPECT_EQ(PAGES, t_since(&self->before, "migrate_vram_to_vram"));
	}
}

TEST_F_TIMEOUT(peers, a_prefetch_moves_from_vram_to_vram, SECONDS)
{
	unsigned long pages[T_GPUS];

	if (self->n < 2)
		SKIP(return, "peers: one GPU only");
	t_fill(self->mem, SIZE, 1);
	ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->kfd.gpu[0].node));
	for (int i = 1; i < self->n; i++) {
		ASSERT_EQ(0, t_counters(&self->before));
		ASSERT_EQ(0, t_prefetch(self->mem, SIZE, self->kfd.gpu[i].node));
		EXPECT_EQ(PAGES, t_since(&self->before, "migrate_vram_to_vram"));
		EXPECT_EQ(0, t_since(&self->before, "migrate_to_ram"));
		where(_metadata, self, pages);
		EXPECT_EQ(PAGES, pages[i]);
		EXPECT_EQ(0, t_wrong(self->mem, SIZE, 1));
	}
}

TEST_F_TIMEOUT(peers, a_preferred_gpu_gets_what_another_touches, SECONDS)
{
	unsigned long pages[T_GPUS];

	if (self->n < 2)
		SKIP(return, "peers: one GPU only");
	t_fill(self->mem, SIZE, 1);
	ASSERT_EQ(0, t_set(self->mem, SIZE, HSA_SVM_ATTR_PREFERRED_LOC, self->kfd.gpu[1].node));
	ASSERT_EQ(0, t_copy(&self->q[0], self->bo[0], self->mem, SIZE));
	ASSERT_TRUE(t_finish(&self->q[0]));
	EXPECT_EQ(0, t_wrong(self->bo[0], SIZE, 1));
	where(_metadata, self, pages);
	EXPECT_EQ(PAGES, pages[1]);
}

struct adder {
	struct t_queue *q;
	char *mem;
	int rounds;
	bool failed;
};

static void *add(void *arg)
{
	struct adder *a = arg;
	const unsigned int add64 = 47;

	for (int i = 0; i < a->rounds && !a->failed; i++) {
		for (size_t page = 0; page < PAGES; page += 4)
			a->failed |= t_atomic(a->q, a->mem + page * T_PAGE, add64, 1, 0);
		a->failed |= !t_finish(a->q);
	}
	return NULL;
}

/* All GPUs and the CPU count up the same words, wherever they just are. */
static void count_together(struct __test_metadata *_metadata, struct _test_data_peers *self,
			   int rounds)
{
	struct adder adders[T_GPUS];
	pthread_t threads[T_GPUS];

	memset(self->mem, 0, SIZE);
	for (int i = 0; i < self->n; i++) {
		adders[i] = (struct adder){ &self->q[i], self->mem, rounds, false };
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, add, &adders[i]));
	}
	for (int i = 0; i < rounds; i++)
		for (size_t page = 0; page < PAGES; page += 4)
			__atomic_fetch_add((uint64_t *)(self->mem + page * T_PAGE), 1,
					   __ATOMIC_RELAXED);
	for (int i = 0; i < self->n; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
		EXPECT_FALSE(adders[i].failed);
	}
	for (size_t page = 0; page < PAGES; page += 4)
		EXPECT_EQ(rounds * (self->n + 1), *(long *)(self->mem + page * T_PAGE));
}

TEST_F_TIMEOUT(peers, all_count_up_the_same_words, SECONDS)
{
	const char *link = getenv("CONODE_LINK_ATOMICS"), *kernel = getenv("CONODE_KERNEL");

	if (link && strcmp(link, "coherent") && kernel && !strcmp(kernel, "stock"))
		SKIP(return, "shared atomics: on this kernel each moves the page to its GPU");
	count_together(_metadata, self, 20);
}

/* Thrash: pages that two GPUs want again and again. */

FIXTURE(thrash)
{
	struct t_kfd kfd;
	struct t_queue q[2];
	char moves[32];
	char *mem;
};

FIXTURE_SETUP(thrash)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	ASSERT_EQ(0, t_xnack(true));
	ASSERT_GT(t_read_file(PARAMETERS "thrash_moves", self->moves, sizeof(self->moves)), 0);
	for (unsigned int i = 0; i < 2 && i < self->kfd.ngpus; i++)
		ASSERT_EQ(0, t_queue_open(&self->q[i], &self->kfd.gpu[i], HSA_QUEUE_SDMA));
	self->mem = t_map_thp(T_HUGE, false);
	ASSERT_NE(NULL, self->mem);
	t_fill(self->mem, T_HUGE, 1);
}

FIXTURE_TEARDOWN(thrash)
{
	EXPECT_EQ(0, t_write_file(PARAMETERS "thrash_moves", self->moves));
	munmap(self->mem, T_HUGE);
	for (unsigned int i = 0; i < 2 && i < self->kfd.ngpus; i++)
		EXPECT_EQ(0, t_queue_close(&self->q[i]));
	EXPECT_EQ(0, t_close(&self->kfd));
}

/* Pages that moved while two GPUs wrote in turns. */
static long long take_turns(struct __test_metadata *_metadata, struct _test_data_thrash *self,
			    int turns, long long *pinned)
{
	struct t_counters before;

	ASSERT_EQ(0, t_counters(&before));
	for (int i = 0; i < turns; i++) {
		struct t_queue *q = &self->q[i % 2];

		ASSERT_EQ(0, t_fill_words(q, self->mem + 64 * (i % 2), i, 16));
		ASSERT_TRUE(t_finish(q));
		EXPECT_EQ(i, *(int *)(self->mem + 64 * (i % 2)));
	}
	*pinned = t_since(&before, "thrash_pinned");
	return t_moved(&before);
}

TEST_F_TIMEOUT(thrash, pages_stay_when_they_have_moved_too_often, SECONDS)
{
	long long pages = T_HUGE / T_PAGE, moved, pinned;

	if (self->kfd.ngpus < 2)
		SKIP(return, "thrash: one GPU only");
	ASSERT_EQ(0, t_write_file(PARAMETERS "thrash_moves", "3"));
	moved = take_turns(_metadata, self, 40, &pinned);
	EXPECT_GT(pinned, 0);
	EXPECT_GE(moved, 3 * pages);
	EXPECT_LT(moved, 20 * pages);
	TH_LOG("%lld pages moved, %lld pinned", moved, pinned);
}

TEST_F_TIMEOUT(thrash, without_the_guard_they_move_each_time, SECONDS)
{
	long long pages = T_HUGE / T_PAGE, moved, pinned;

	if (self->kfd.ngpus < 2)
		SKIP(return, "thrash: one GPU only");
	ASSERT_EQ(0, t_write_file(PARAMETERS "thrash_moves", "0"));
	moved = take_turns(_metadata, self, 40, &pinned);
	EXPECT_EQ(0, pinned);
	EXPECT_EQ(40 * pages, moved);
}

T_QUEUE_MAIN
