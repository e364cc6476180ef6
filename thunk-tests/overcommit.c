// SPDX-License-Identifier: MIT
/*
 * A GPU works on several times as much memory as it has: patterns written by SDMA
 * go out and come in again, and each word is checked.
 *
 *   overcommit [--factor N]
 *
 * Four times the VRAM by default.
 */
#include <getopt.h>
#include <pthread.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "queue.h"

#define CHUNK	(2 * T_MIB)
#define SECONDS	1800
#define ROUNDS	8	/* of EACH accesses, each of which may move 2 MiB */
#define EACH	4

static unsigned int factor = 4;

FIXTURE(overcommit)
{
	struct t_kfd kfd;
	const struct t_gpu *gpu;
	struct t_queue q;
	struct t_counters before;
	char *mem;
	char *bo;
	size_t size;
	long used;
};

FIXTURE_VARIANT(overcommit)
{
	bool xnack;
};

FIXTURE_VARIANT_ADD(overcommit, retry) { true };
FIXTURE_VARIANT_ADD(overcommit, prefetch) { false };

FIXTURE_SETUP(overcommit)
{
	self->used = t_vram_used();
	ASSERT_EQ(0, t_open(&self->kfd));
	self->gpu = &self->kfd.gpu[0];
	self->size = factor * self->gpu->pages * T_PAGE / CHUNK * CHUNK;
	ASSERT_EQ(0, t_xnack(variant->xnack));
	ASSERT_EQ(0, t_queue_open(&self->q, self->gpu, HSA_QUEUE_SDMA));
	self->mem = t_map_thp(self->size, false);
	self->bo = t_vram_bo(self->gpu, CHUNK);
	ASSERT_NE(NULL, self->mem);
	ASSERT_NE(NULL, self->bo);
	ASSERT_TRUE(t_finish(&self->q));
	ASSERT_EQ(0, t_counters(&self->before));
}

FIXTURE_TEARDOWN(overcommit)
{
	EXPECT_EQ(0, t_queue_close(&self->q));
	EXPECT_EQ(0, t_free(self->bo, CHUNK));
	munmap(self->mem, self->size);
	EXPECT_EQ(0, t_close(&self->kfd));
	EXPECT_TRUE(t_wait_vram_used(self->used, T_SOON));
}

/* Without XNACK somebody has to bring the memory first. */
static int bring(struct _test_data_overcommit *self, bool xnack, char *at)
{
	if (xnack)
		return 0;
	if (t_prefetch(at, CHUNK, self->gpu->node))
		return -1;
	return t_access(self->gpu, at, CHUNK);
}

static uint32_t value_of(size_t at, uint32_t pass)
{
	return at / CHUNK * 0x01010101 + pass;
}

static unsigned long wrong_words(const char *mem, size_t size, uint32_t value)
{
	const uint32_t *p = (const uint32_t *)mem;
	unsigned long n = 0;

	for (size_t i = 0; i < size / 4; i++)
		n += p[i] != value;
	return n;
}

TEST_F_TIMEOUT(overcommit, every_word_is_right, SECONDS)
{
	unsigned long wrong = 0;

	for (size_t at = 0; at < self->size; at += CHUNK) {
		ASSERT_EQ(0, bring(self, variant->xnack, self->mem + at));
		ASSERT_EQ(0, t_fill_words(&self->q, self->mem + at, value_of(at, 0), CHUNK / 4));
		ASSERT_TRUE(t_finish(&self->q));
	}
	EXPECT_GT(t_since(&self->before, "evict_pages"), self->gpu->pages);
	/* Again from the start, where nothing is left in VRAM; read, and add one half. */
	for (size_t at = 0; at < self->size; at += CHUNK) {
		ASSERT_EQ(0, bring(self, variant->xnack, self->mem + at));
		ASSERT_EQ(0, t_copy(&self->q, self->bo, self->mem + at, CHUNK));
		ASSERT_EQ(0, t_fill_words(&self->q, self->mem + at, value_of(at, 1), CHUNK / 8));
		ASSERT_TRUE(t_finish(&self->q));
		wrong += wrong_words(self->bo, CHUNK, value_of(at, 0));
	}
	EXPECT_EQ(0, wrong);
	for (size_t at = 0; at < self->size; at += CHUNK)
		wrong += wrong_words(self->mem + at, CHUNK / 2, value_of(at, 1)) +
			 wrong_words(self->mem + at + CHUNK / 2, CHUNK / 2, value_of(at, 0));
	EXPECT_EQ(0, wrong);
	TH_LOG("%zu MiB in %lu MiB: %lld pages came, %lld went", self->size / T_MIB,
	       self->gpu->pages * T_PAGE / T_MIB, t_since(&self->before, "migrate_to_vram"),
	       t_since(&self->before, "evict_pages"));
}

/* Queues that want more than there is at the same moment. */
struct worker {
	struct t_queue q;
	char *mem;
	size_t size;
	uint64_t state;
	bool failed;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	const unsigned int add64 = 47;
	const size_t pages = w->size / T_PAGE;

	for (int i = 0; i < ROUNDS && !w->failed; i++) {
		for (int n = 0; n < EACH; n++) {
			size_t page = t_random(&w->state) % pages;

			w->failed |= t_atomic(&w->q, w->mem + page * T_PAGE, add64, 1, 0);
		}
		w->failed |= !t_finish(&w->q);
	}
	return NULL;
}

TEST_F_TIMEOUT(overcommit, random_accesses_of_four_queues_are_all_done, SECONDS)
{
	struct worker workers[4];
	pthread_t threads[4];
	uint64_t sum = 0;

	if (!variant->xnack)
		SKIP(return, "random accesses: they need retry");
	for (int i = 0; i < 4; i++) {
		workers[i] = (struct worker){
			.mem = self->mem, .size = self->size, .state = i + 1,
		};
		ASSERT_EQ(0, t_queue_open(&workers[i].q, self->gpu, HSA_QUEUE_SDMA));
	}
	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, work, &workers[i]));
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
		EXPECT_FALSE(workers[i].failed);
		EXPECT_EQ(0, t_queue_close(&workers[i].q));
	}
	for (size_t at = 0; at < self->size; at += T_PAGE)
		sum += *(uint64_t *)(self->mem + at);
	EXPECT_EQ(4 * ROUNDS * EACH, sum);
}

T_ORDER_TESTS

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "factor", required_argument, NULL, 'f' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'f') {
			fprintf(stderr, "Usage: overcommit [--factor N]\n");
			return 2;
		}
		factor = strtoul(optarg, NULL, 0);
	}
	return t_no_queues() ? 0 : test_harness_run(argc, argv);
}
