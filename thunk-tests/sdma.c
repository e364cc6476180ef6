// SPDX-License-Identifier: MIT
/* What SDMA packets do to memory, byte by byte. */

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "queue.h"

#define SIZE	(4 * T_MIB)
#define SECONDS	300
#define GUARD	0xa5

FIXTURE(sdma)
{
	struct t_kfd kfd;
	struct t_queue q;
	char *host;
	char *vram;
};

FIXTURE_SETUP(sdma)
{
	ASSERT_EQ(0, t_open(&self->kfd));
	ASSERT_EQ(0, t_queue_open(&self->q, &self->kfd.gpu[0], HSA_QUEUE_SDMA));
	self->host = t_host(SIZE);
	self->vram = t_vram_bo(&self->kfd.gpu[0], SIZE);
	ASSERT_NE(NULL, self->host);
	ASSERT_NE(NULL, self->vram);
}

FIXTURE_TEARDOWN(sdma)
{
	EXPECT_EQ(0, t_queue_close(&self->q));
	EXPECT_EQ(0, t_free(self->host, SIZE));
	EXPECT_EQ(0, t_free(self->vram, SIZE));
	EXPECT_EQ(0, t_close(&self->kfd));
}

static bool all_guard(const char *mem, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)mem[i] != GUARD)
			return false;
	return true;
}

/* Small copies: each has a slot of its own, and nothing around it may change. */
#define SLOT	512
#define MARGIN	64

static const unsigned int small_sizes[] = {
	1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256,
};

static int copy_small(struct t_queue *q, char *dst, const char *src, unsigned int size)
{
	for (unsigned int i = 0; i < 256; i++)
		if (t_copy(q, dst + i * SLOT + MARGIN + i % 16, src + i * SLOT + i / 16, size))
			return -1;
	return 0;
}

static unsigned int wrong_small(const char *dst, const char *src, unsigned int size)
{
	unsigned int wrong = 0;

	for (unsigned int i = 0; i < 256; i++) {
		const char *slot = dst + i * SLOT;
		unsigned int from = MARGIN + i % 16, to = from + size;

		wrong += memcmp(slot + from, src + i * SLOT + i / 16, size) ||
			 !all_guard(slot, from) || !all_guard(slot + to, SLOT - to);
	}
	return wrong;
}

FIXTURE(places)
{
	struct t_kfd kfd;
	struct t_queue q;
	char *dst;
	char *src;
};

FIXTURE_VARIANT(places)
{
	bool dst_vram;
	bool src_vram;
	HSA_QUEUE_TYPE type;
};

FIXTURE_VARIANT_ADD(places, host_to_vram) { true, false, HSA_QUEUE_SDMA };
FIXTURE_VARIANT_ADD(places, vram_to_host) { false, true, HSA_QUEUE_SDMA };
FIXTURE_VARIANT_ADD(places, host_to_host) { false, false, HSA_QUEUE_SDMA };
FIXTURE_VARIANT_ADD(places, vram_to_vram) { true, true, HSA_QUEUE_SDMA };
FIXTURE_VARIANT_ADD(places, host_to_vram_by_xgmi) { true, false, HSA_QUEUE_SDMA_XGMI };

FIXTURE_SETUP(places)
{
	const struct t_gpu *gpu = &self->kfd.gpu[0];

	ASSERT_EQ(0, t_open(&self->kfd));
	ASSERT_EQ(0, t_queue_open(&self->q, gpu, variant->type));
	self->dst = variant->dst_vram ? t_vram_bo(gpu, SIZE) : t_host(SIZE);
	self->src = variant->src_vram ? t_vram_bo(gpu, SIZE) : t_host(SIZE);
	ASSERT_NE(NULL, self->dst);
	ASSERT_NE(NULL, self->src);
	t_fill(self->src, SIZE, 1);
}

FIXTURE_TEARDOWN(places)
{
	EXPECT_EQ(0, t_queue_close(&self->q));
	EXPECT_EQ(0, t_free(self->dst, SIZE));
	EXPECT_EQ(0, t_free(self->src, SIZE));
	EXPECT_EQ(0, t_close(&self->kfd));
}

TEST_F_TIMEOUT(places, copies_of_every_alignment, SECONDS)
{
	for (size_t i = 0; i < ARRAY_SIZE(small_sizes); i++) {
		memset(self->dst, GUARD, 256 * SLOT);
		ASSERT_EQ(0, copy_small(&self->q, self->dst, self->src, small_sizes[i]));
		ASSERT_TRUE(t_finish(&self->q));
		EXPECT_EQ(0, wrong_small(self->dst, self->src, small_sizes[i])) {
			TH_LOG("copies of %u bytes", small_sizes[i]);
		}
	}
}

TEST_F_TIMEOUT(places, copies_of_many_sizes, SECONDS)
{
	static const size_t sizes[] = {
		T_PAGE - 1, T_PAGE, T_PAGE + 1, 0xffff, 0x10000, 0x10001, 0x12345, T_MIB - 1,
		T_MIB + 3, T_HUGE, 2 * T_HUGE - 2 * T_PAGE,
	};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		char *dst = self->dst + T_PAGE - i, *src = self->src + T_PAGE - 3 * i;

		memset(self->dst, GUARD, SIZE);
		ASSERT_EQ(0, t_copy(&self->q, dst, src, sizes[i]));
		ASSERT_TRUE(t_finish(&self->q));
		EXPECT_EQ(0, memcmp(dst, src, sizes[i])) {
			TH_LOG("a copy of %zu bytes", sizes[i]);
		}
		EXPECT_TRUE(all_guard(self->dst, T_PAGE - i));
		EXPECT_TRUE(all_guard(dst + sizes[i], T_PAGE));
	}
}

TEST_F_TIMEOUT(sdma, the_largest_packet_and_one_byte_more, SECONDS)
{
	const size_t sizes[] = { T_SDMA_COPY_MAX - 1, T_SDMA_COPY_MAX, T_SDMA_COPY_MAX + 1 };

	t_fill(self->host, SIZE, 1);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		memset(self->vram, GUARD, SIZE);
		ASSERT_EQ(0, t_copy(&self->q, self->vram, self->host, sizes[i]));
		ASSERT_TRUE(t_finish(&self->q));
		EXPECT_EQ(0, memcmp(self->vram, self->host, sizes[i]));
		EXPECT_TRUE(all_guard(self->vram + sizes[i], SIZE - sizes[i]));
	}
}

TEST_F_TIMEOUT(sdma, a_copy_through_vram_that_the_cpu_does_not_see, SECONDS)
{
	char *hidden = t_vram_hidden(&self->kfd.gpu[0], T_MIB);

	ASSERT_NE(NULL, hidden);
	t_fill(self->host, T_MIB, 1);
	memset(self->vram, GUARD, T_MIB);
	ASSERT_EQ(0, t_copy(&self->q, hidden, self->host, T_MIB));
	ASSERT_EQ(0, t_copy(&self->q, self->vram, hidden, T_MIB));
	ASSERT_TRUE(t_finish(&self->q));
	EXPECT_EQ(0, t_wrong(self->vram, T_MIB, 1));
	EXPECT_EQ(0, t_free(hidden, T_MIB));
}

TEST_F_TIMEOUT(sdma, one_packet_copies_to_two_places, SECONDS)
{
	const size_t size = T_MIB + 5;

	t_fill(self->host, T_HUGE, 1);
	memset(self->vram, GUARD, SIZE);
	ASSERT_EQ(0, t_copy_to_two(&self->q, self->vram, self->vram + T_HUGE, self->host, size));
	ASSERT_TRUE(t_finish(&self->q));
	EXPECT_EQ(0, memcmp(self->vram, self->host, size));
	EXPECT_EQ(0, memcmp(self->vram + T_HUGE, self->host, size));
	EXPECT_TRUE(all_guard(self->vram + size, T_HUGE - size));
	EXPECT_TRUE(all_guard(self->vram + T_HUGE + size, T_HUGE - size));
}

/* Rectangles: what the packet should do, written as three loops. */
struct rect {
	unsigned int log2;
	struct t_area dst;
	struct t_area src;
	uint32_t w, h, d;
};

static size_t offset_of(const struct t_area *a, unsigned int log2, uint32_t x, uint32_t y,
			uint32_t z)
{
	return ((size_t)(a->z + z) * a->slice + (size_t)(a->y + y) * a->pitch + a->x + x) << log2;
}

static void copy_rect_by_cpu(char *dst, const char *src, const struct rect *r)
{
	for (uint32_t z = 0; z < r->d; z++)
		for (uint32_t y = 0; y < r->h; y++)
			memcpy(dst + offset_of(&r->dst, r->log2, 0, y, z),
			       src + offset_of(&r->src, r->log2, 0, y, z),
			       (size_t)r->w << r->log2);
}

TEST_F_TIMEOUT(sdma, rectangles, SECONDS)
{
	static const struct rect rects[] = {
		{ 0, { .pitch = 64, .slice = 64 * 64 },
		  { .pitch = 64, .slice = 64 * 64 }, 64, 64, 1 },
		{ 0, { .x = 3, .y = 5, .pitch = 100, .slice = 10000 },
		  { .x = 7, .y = 1, .pitch = 333, .slice = 33300 }, 41, 29, 1 },
		{ 2, { .x = 1, .y = 2, .z = 1, .pitch = 64, .slice = 64 * 40 },
		  { .x = 5, .y = 0, .z = 2, .pitch = 48, .slice = 48 * 48 }, 33, 17, 5 },
		{ 4, { .x = 0, .y = 9, .z = 0, .pitch = 32, .slice = 32 * 32 },
		  { .x = 2, .y = 3, .z = 0, .pitch = 64, .slice = 64 * 16 }, 30, 12, 2 },
		{ 3, { .pitch = 1, .slice = 1 }, { .pitch = 1, .slice = 1 }, 1, 1, 1 },
	};
	char *expected = t_map(T_MIB);

	ASSERT_NE(NULL, expected);
	t_fill(self->host, T_MIB, 1);
	for (size_t i = 0; i < ARRAY_SIZE(rects); i++) {
		struct rect r = rects[i];

		r.dst.addr = self->vram;
		r.src.addr = self->host;
		memset(expected, GUARD, T_MIB);
		memset(self->vram, GUARD, T_MIB);
		copy_rect_by_cpu(expected, self->host, &r);
		ASSERT_EQ(0, t_copy_rect(&self->q, &r.dst, &r.src, r.w, r.h, r.d, r.log2));
		ASSERT_TRUE(t_finish(&self->q));
		EXPECT_EQ(0, memcmp(self->vram, expected, T_MIB)) {
			TH_LOG("rectangle %zu", i);
		}
	}
}

TEST_F_TIMEOUT(sdma, fills_with_words, SECONDS)
{
	static const size_t words[] = { 1, 2, 3, 15, 16, 1023, 1024, 1025, 100001, 0x80000 };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		uint32_t value = 0x01020304 * (i + 1), *p = (uint32_t *)(self->vram + 4 * i + 64);
		size_t wrong = 0;

		memset(self->vram, GUARD, SIZE);
		ASSERT_EQ(0, t_fill_words(&self->q, p, value, words[i]));
		ASSERT_TRUE(t_finish(&self->q));
		for (size_t n = 0; n < words[i]; n++)
			wrong += p[n] != value;
		EXPECT_EQ(0, wrong);
		EXPECT_TRUE(all_guard(self->vram, (char *)p - self->vram));
		EXPECT_TRUE(all_guard((char *)(p + words[i]), 4 * T_PAGE));
	}
}

TEST_F_TIMEOUT(sdma, fills_with_bytes, SECONDS)
{
	static const size_t sizes[] = { 1, 3, 4, 4095, T_PAGE + 1, T_HUGE - 5 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		char *p = self->vram + 65 + i;
		size_t wrong = 0;

		memset(self->vram, GUARD, SIZE);
		ASSERT_EQ(0, t_fill_bytes(&self->q, p, 0x3c, sizes[i]));
		ASSERT_TRUE(t_finish(&self->q));
		for (size_t n = 0; n < sizes[i]; n++)
			wrong += p[n] != 0x3c;
		EXPECT_EQ(0, wrong);
		EXPECT_TRUE(all_guard(self->vram, p - self->vram));
		EXPECT_TRUE(all_guard(p + sizes[i], T_PAGE));
	}
}

/* ROCr gives the number of bytes less four, kfdtest less one. */
TEST_F_TIMEOUT(sdma, a_fill_counts_bytes_less_one_or_less_four, SECONDS)
{
	const uint32_t packet[] = {
		11 | 2U << 30, (uint32_t)(uintptr_t)self->vram, (uintptr_t)self->vram >> 32,
		0x12345678, 4 * 100 - 1,
	};
	uint32_t *p = (uint32_t *)self->vram;

	memset(self->vram, GUARD, T_PAGE);
	ASSERT_EQ(0, t_put(&self->q, packet, ARRAY_SIZE(packet)));
	ASSERT_TRUE(t_finish(&self->q));
	EXPECT_EQ(0x12345678, p[0]);
	EXPECT_EQ(0x12345678, p[99]);
	EXPECT_TRUE(all_guard((char *)(p + 100), T_PAGE - 400));
}

TEST_F_TIMEOUT(sdma, writes_of_1_to_256_words, SECONDS)
{
	uint32_t data[256];
	char *at = self->host;

	for (size_t i = 0; i < ARRAY_SIZE(data); i++)
		data[i] = i * 0x9e3779b1;
	memset(self->host, GUARD, T_MIB);
	for (size_t n = 1; n <= ARRAY_SIZE(data); n++, at += 2048)
		ASSERT_EQ(0, t_write(&self->q, at + 4 * (n % 8), data, n));
	ASSERT_TRUE(t_finish(&self->q));
	at = self->host;
	for (size_t n = 1; n <= ARRAY_SIZE(data); n++, at += 2048) {
		EXPECT_EQ(0, memcmp(at + 4 * (n % 8), data, 4 * n));
		EXPECT_TRUE(all_guard(at + 4 * (n % 8) + 4 * n, 64));
	}
}

TEST_F_TIMEOUT(sdma, what_is_before_a_fence_is_there_when_the_fence_is, SECONDS)
{
	uint64_t *last = (uint64_t *)(self->host + T_MIB) - 1;
	uint32_t *fence = (uint32_t *)(self->host + T_HUGE);

	t_fill(self->vram, T_MIB, 0);
	for (uint32_t i = 1; i <= 50; i++) {
		*(uint64_t *)(self->vram + T_MIB - 8) = i;
		ASSERT_EQ(0, t_copy(&self->q, self->host, self->vram, T_MIB));
		ASSERT_EQ(0, t_fence(&self->q, fence, i));
		t_submit(&self->q);
		ASSERT_TRUE(t_wait_word(fence, i, T_SOON));
		EXPECT_EQ(i, *last);
	}
}

/* The operations of gfx9's TC: number, what becomes of @is with @src and @cmp. */
struct atomic {
	unsigned int op;
	unsigned int size;
	uint64_t is, src, cmp, becomes;
};

#define M32	0xffffffffULL
#define M64	0xffffffffffffffffULL

static const struct atomic atomics[] = {
	{ 7, 4, 5, 9, 0, 9 },				/* swap */
	{ 8, 4, 5, 9, 5, 9 },				/* compare and swap */
	{ 8, 4, 5, 9, 6, 5 },
	{ 15, 4, M32, 2, 0, 1 },			/* add */
	{ 16, 4, 1, 2, 0, M32 },			/* subtract */
	{ 17, 4, 3, M32, 0, M32 },			/* signed minimum */
	{ 18, 4, 3, M32, 0, 3 },			/* unsigned minimum */
	{ 19, 4, 3, M32, 0, 3 },			/* signed maximum */
	{ 20, 4, 3, M32, 0, M32 },			/* unsigned maximum */
	{ 21, 4, 0xf0f0, 0xff00, 0, 0xf000 },		/* and */
	{ 22, 4, 0xf0f0, 0xff00, 0, 0xfff0 },		/* or */
	{ 23, 4, 0xf0f0, 0xff00, 0, 0x0ff0 },		/* exclusive or */
	{ 24, 4, 4, 5, 0, 5 },				/* increment, back to 0 */
	{ 24, 4, 5, 5, 0, 0 },
	{ 25, 4, 5, 7, 0, 4 },				/* decrement, back to src */
	{ 25, 4, 0, 7, 0, 7 },
	{ 25, 4, 9, 7, 0, 7 },
	{ 39, 8, 5, M64 - 1, 0, M64 - 1 },
	{ 40, 8, 1ULL << 40, 9, 1ULL << 40, 9 },
	{ 40, 8, 1ULL << 40, 9, 1, 1ULL << 40 },
	{ 47, 8, M32, 1, 0, M32 + 1 },
	{ 47, 8, 1, M64, 0, 0 },			/* as ROCr's signals */
	{ 48, 8, 0, 1, 0, M64 },
	{ 49, 8, 3, M64, 0, M64 },
	{ 50, 8, 3, M64, 0, 3 },
	{ 51, 8, 3, M64, 0, 3 },
	{ 52, 8, 3, M64, 0, M64 },
	{ 53, 8, M64, 0xf0ULL << 40, 0, 0xf0ULL << 40 },
	{ 54, 8, 1, 1ULL << 63, 0, 1ULL << 63 | 1 },
	{ 55, 8, 3, 1, 0, 2 },
	{ 56, 8, M32, M64, 0, M32 + 1 },
	{ 56, 8, 7, 7, 0, 0 },
	{ 57, 8, M32 + 1, M64, 0, M32 },
	{ 57, 8, 0, 1ULL << 40, 0, 1ULL << 40 },
};

static void check_atomics(struct __test_metadata *_metadata, struct t_queue *q, char *mem)
{
	uint64_t word, want, old;

	for (size_t i = 0; i < ARRAY_SIZE(atomics); i++) {
		const struct atomic *a = &atomics[i];
		char *at = mem + 64 * i + 8;

		memset(mem + 64 * i, GUARD, 64);
		memcpy(at, &a->is, a->size);
		ASSERT_EQ(0, t_atomic(q, at, a->op, a->src, a->cmp));
	}
	ASSERT_TRUE(t_finish(q));
	for (size_t i = 0; i < ARRAY_SIZE(atomics); i++) {
		const struct atomic *a = &atomics[i];

		memset(&old, GUARD, sizeof(old));
		want = old;
		memcpy(&want, &a->becomes, a->size);
		memcpy(&word, mem + 64 * i + 8, sizeof(word));
		EXPECT_EQ(want, word) {
			TH_LOG("row %zu: operation %u", i, a->op);
		}
		EXPECT_TRUE(all_guard(mem + 64 * i, 8));
		EXPECT_TRUE(all_guard(mem + 64 * i + 16, 48));
	}
}

TEST_F_TIMEOUT(sdma, atomics_on_system_memory, SECONDS)
{
	check_atomics(_metadata, &self->q, self->host);
}

TEST_F_TIMEOUT(sdma, atomics_on_vram, SECONDS)
{
	check_atomics(_metadata, &self->q, self->vram);
}

#define INCREMENTS	20000

struct counter {
	uint64_t *word;
	uint64_t n;
	bool stop;
};

static void *count_up(void *arg)
{
	struct counter *c = arg;

	/* Once at least, even if the GPU is ready before this thread runs. */
	do {
		__atomic_fetch_add(c->word, 1, __ATOMIC_RELAXED);
		c->n++;
	} while (!__atomic_load_n(&c->stop, __ATOMIC_RELAXED));
	return NULL;
}

TEST_F_TIMEOUT(sdma, cpu_and_gpu_count_up_the_same_words, SECONDS)
{
	const char *link = getenv("CONODE_LINK_ATOMICS");
	char * const words[] = { self->host, self->vram };
	bool coherent = !link || !strcmp(link, "coherent");
	const unsigned int add64 = 47;
	pthread_t thread;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct counter c = { .word = (uint64_t *)words[i] };
		uint64_t sum;

		t_set_qword(words[i], 0);
		ASSERT_EQ(0, pthread_create(&thread, NULL, count_up, &c));
		for (int n = 0; n < INCREMENTS; n++)
			ASSERT_EQ(0, t_atomic(&self->q, words[i], add64, 1, 0));
		EXPECT_TRUE(t_finish(&self->q));
		__atomic_store_n(&c.stop, true, __ATOMIC_RELAXED);
		ASSERT_EQ(0, pthread_join(thread, NULL));
		EXPECT_GT(c.n, 0);
		sum = t_qword(words[i]);
		/* A link without atomics loses what the CPU adds in between. */
		if (coherent || words[i] == self->vram) {
			EXPECT_EQ(c.n + INCREMENTS, sum);
		} else {
			TH_LOG("%llu of %llu increments lost",
			       (unsigned long long)(c.n + INCREMENTS - sum),
			       (unsigned long long)(c.n + INCREMENTS));
			EXPECT_LE(sum, c.n + INCREMENTS);
		}
	}
}

struct poll {
	enum t_cond cond;
	uint32_t not_yet, then, value, mask;
};

TEST_F_TIMEOUT(sdma, polls_wait_for_each_condition, SECONDS)
{
	static const struct poll polls[] = {
		{ T_LESS, 5, 4, 5, ~0U },
		{ T_LESS_EQUAL, 6, 5, 5, ~0U },
		{ T_EQUAL, 4, 5, 5, ~0U },
		{ T_NOT_EQUAL, 5, 4, 5, ~0U },
		{ T_GREATER_EQUAL, 4, 5, 5, ~0U },
		{ T_GREATER, 5, 6, 5, ~0U },
		{ T_EQUAL, 0x10005, 0x20004, 4, 0xffff },
		{ T_GREATER, 5, 0x80000000, 5, ~0U },	/* unsigned */
	};
	uint32_t *word = (uint32_t *)self->host, *done = word + 64;
	struct t_queue other;

	ASSERT_EQ(0, t_queue_open(&other, &self->kfd.gpu[0], HSA_QUEUE_SDMA));
	for (uint32_t i = 0; i < ARRAY_SIZE(polls); i++) {
		t_set_word(word, polls[i].not_yet);
		ASSERT_EQ(0, t_poll(&self->q, word, polls[i].cond, polls[i].value, polls[i].mask));
		ASSERT_EQ(0, t_fence(&self->q, done, i + 1));
		t_submit(&self->q);
		/* Time for the poll to be wrong: another queue does some work. */
		ASSERT_EQ(0, t_copy(&other, self->vram, self->vram + T_HUGE, T_MIB));
		ASSERT_TRUE(t_finish(&other));
		EXPECT_EQ(i, t_word(done)) {
			TH_LOG("poll %u did not wait", i);
		}
		t_set_word(word, polls[i].then);
		EXPECT_TRUE(t_wait_word(done, i + 1, T_SOON)) {
			TH_LOG("poll %u waits on", i);
		}
	}
	EXPECT_EQ(0, t_queue_close(&other));
}

TEST_F_TIMEOUT(sdma, a_poll_that_always_holds_does_not_wait, SECONDS)
{
	/* ROCr's HDP flush is one without an address. */
	const uint32_t hdp_flush[] = { 8, 0, 0x80000000, 0, 0, 0 };

	ASSERT_EQ(0, t_poll(&self->q, self->host, T_ALWAYS, 1, ~0U));
	ASSERT_EQ(0, t_put(&self->q, hdp_flush, ARRAY_SIZE(hdp_flush)));
	EXPECT_TRUE(t_finish(&self->q));
}

TEST_F_TIMEOUT(sdma, nops_are_passed_over_with_their_bodies, SECONDS)
{
	memset(self->host, GUARD, T_PAGE);
	for (unsigned int n = 1; n < 100; n++)
		ASSERT_EQ(0, t_nop(&self->q, n));
	ASSERT_EQ(0, t_fill_words(&self->q, self->host, 1, 1));
	ASSERT_TRUE(t_finish(&self->q));
	EXPECT_EQ(1, *(uint32_t *)self->host);
}

static uint64_t raw_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

TEST_F_TIMEOUT(sdma, timestamps_advance_and_agree_with_the_clock_counters, SECONDS)
{
	uint64_t *stamps = (uint64_t *)self->host;
	HsaClockCounters before, after;
	uint64_t raw[4], ticks;

	raw[0] = raw_ns();
	ASSERT_EQ(0, hsaKmtGetClockCounters(self->kfd.gpu[0].node, &before));
	raw[1] = raw_ns();
	for (int i = 0; i < 16; i++) {
		ASSERT_EQ(0, t_timestamp(&self->q, stamps + 4 * i));
		ASSERT_EQ(0, t_copy(&self->q, self->vram, self->vram + T_HUGE, T_MIB));
		ASSERT_TRUE(t_finish(&self->q));
	}
	/* Long enough for a rate. */
	usleep(100000);
	raw[2] = raw_ns();
	ASSERT_EQ(0, hsaKmtGetClockCounters(self->kfd.gpu[0].node, &after));
	raw[3] = raw_ns();
	EXPECT_LE(before.GPUClockCounter, stamps[0]);
	for (int i = 1; i < 16; i++)
		EXPECT_LT(stamps[4 * i - 4], stamps[4 * i]);
	EXPECT_LE(stamps[60], after.GPUClockCounter);
	EXPECT_LE(raw[0], before.CPUClockCounter);
	EXPECT_LE(before.CPUClockCounter, raw[1]);
	EXPECT_LE(raw[2], after.CPUClockCounter);
	EXPECT_LE(after.CPUClockCounter, raw[3]);
	/* 100 MHz: each was read while its call lasted, however long that took. */
	ticks = after.GPUClockCounter - before.GPUClockCounter;
	EXPECT_GT(ticks * 10, (raw[2] - raw[1]) * 0.8);
	EXPECT_LT(ticks * 10, (raw[3] - raw[0]) * 1.25);
	EXPECT_EQ(1000000000, after.SystemClockFrequencyHz);
}

TEST_F_TIMEOUT(sdma, traps_become_events, SECONDS)
{
	struct _HsaEvent *events[16];

	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		events[i] = t_event(false);
		ASSERT_NE(NULL, events[i]);
		EXPECT_NE(0, events[i]->EventData.HWData2);
	}
	EXPECT_EQ(HSAKMT_STATUS_WAIT_TIMEOUT, hsaKmtWaitOnEvent(events[0], 0));
	for (size_t i = 0; i < 5 * ARRAY_SIZE(events); i++) {
		size_t n = i * 7 % ARRAY_SIZE(events);
		HsaEvent *event = events[n];

		ASSERT_EQ(0, t_signal(&self->q, event));
		t_submit(&self->q);
		ASSERT_EQ(0, hsaKmtWaitOnEvent(event, T_SOON * 1000));
		/* It was reset by the wait, and no other one was set. */
		for (n = 0; n < ARRAY_SIZE(events); n++)
			EXPECT_EQ(HSAKMT_STATUS_WAIT_TIMEOUT, hsaKmtWaitOnEvent(events[n], 0));
	}
	ASSERT_EQ(0, t_signal(&self->q, events[3]));
	ASSERT_EQ(0, t_signal(&self->q, events[11]));
	t_submit(&self->q);
	EXPECT_EQ(0, hsaKmtWaitOnEvent(events[3], T_SOON * 1000));
	EXPECT_EQ(0, hsaKmtWaitOnEvent(events[11], T_SOON * 1000));
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		EXPECT_EQ(0, hsaKmtDestroyEvent(events[i]));
}

/* Interrupts whose context says nothing: the driver looks at all slots. */
TEST_F_TIMEOUT(sdma, a_trap_without_an_event_id_finds_the_mailbox, SECONDS)
{
	HsaEvent *event = t_event(false);

	ASSERT_NE(NULL, event);
	ASSERT_EQ(0, t_fence(&self->q, (void *)event->EventData.HWData2, event->EventId));
	ASSERT_EQ(0, t_trap(&self->q, 0));
	t_submit(&self->q);
	EXPECT_EQ(0, hsaKmtWaitOnEvent(event, T_SOON * 1000));
	EXPECT_EQ(0, hsaKmtDestroyEvent(event));
}

TEST_F_TIMEOUT(sdma, packets_wrap_around_in_the_smallest_ring, SECONDS)
{
	uint32_t *words = (uint32_t *)self->host;
	struct t_queue small;
	uint32_t data[40];

	ASSERT_EQ(0, t_queue_open_size(&small, &self->kfd.gpu[0], HSA_QUEUE_SDMA, T_PAGE));
	for (uint32_t i = 0; i < 3000; i++) {
		size_t n = 1 + i % ARRAY_SIZE(data);

		for (size_t k = 0; k < n; k++)
			data[k] = i + k;
		ASSERT_EQ(0, t_write(&small, words + 64 * (i % 100), data, n));
		if (i % 9 == 0)
			t_submit(&small);
	}
	ASSERT_TRUE(t_finish(&small));
	for (uint32_t i = 2900; i < 3000; i++)
		for (size_t k = 0; k < 1 + i % ARRAY_SIZE(data); k++)
			EXPECT_EQ(i + k, words[64 * (i % 100) + k]);
	EXPECT_GT(small.wptr, 20 * T_PAGE);
	EXPECT_EQ(small.wptr, t_rptr(&small));
	EXPECT_EQ(0, t_queue_close(&small));
}

/* A packet may begin before the end of the ring and go on at its start. */
TEST_F_TIMEOUT(sdma, a_packet_may_lie_across_the_end_of_the_ring, SECONDS)
{
	const uint32_t write[] = {
		2, (uint32_t)(uintptr_t)self->host, (uintptr_t)self->host >> 32, 0, 0xcafe,
	};
	struct t_queue small;
	size_t dwords = T_PAGE / 4;

	ASSERT_EQ(0, t_queue_open_size(&small, &self->kfd.gpu[0], HSA_QUEUE_SDMA, T_PAGE));
	ASSERT_EQ(0, t_nop(&small, dwords - 2));
	t_submit(&small);
	ASSERT_TRUE(t_wait_qword(small.res.Queue_read_ptr_aql, T_PAGE - 8, T_SOON));
	for (size_t i = 0; i < ARRAY_SIZE(write); i++)
		small.ring[(dwords - 2 + i) % dwords] = write[i];
	small.wptr += sizeof(write);
	ASSERT_TRUE(t_finish(&small));
	EXPECT_EQ(0xcafe, *(uint32_t *)self->host);
	EXPECT_EQ(0, t_queue_close(&small));
}

/* Packets that make no sense. */
struct bad {
	const char *what;
	uint32_t packet[8];
	unsigned int words;
};

static const struct bad bads[] = {
	{ "an unknown opcode", { 0xee }, 1 },
	{ "an unknown sub-opcode", { 1 | 0x7f << 8, 0, 0, 0, 0, 0, 0 }, 7 },
	{ "an atomic operation that does not exist", { 10 | 127U << 25, 0, 0, 0, 0, 0, 0, 0 }, 8 },
	{ "a packet without its end", { 2, 0, 0, 100, 1 }, 5 },
};

TEST_F_TIMEOUT(sdma, a_bad_packet_stops_its_queue_only, SECONDS)
{
	struct t_queue bad;
	HsaEvent *event;

	for (size_t i = 0; i < ARRAY_SIZE(bads); i++) {
		ASSERT_EQ(0, t_queue_open(&bad, &self->kfd.gpu[0], HSA_QUEUE_SDMA));
		event = t_event_of(HSA_EVENTTYPE_HW_EXCEPTION, &self->kfd.gpu[0], false);
		ASSERT_NE(NULL, event);
		*(uint32_t *)self->host = 0;
		ASSERT_EQ(0, t_put(&bad, bads[i].packet, bads[i].words));
		t_submit(&bad);
		/* A packet whose end may still come is no error yet. */
		if (i != ARRAY_SIZE(bads) - 1)
			EXPECT_EQ(0, hsaKmtWaitOnEvent(event, T_SOON * 1000)) {
				TH_LOG("no exception after %s", bads[i].what);
			}
		ASSERT_EQ(0, t_fill_words(&self->q, self->host, 7, 1));
		EXPECT_TRUE(t_finish(&self->q));
		EXPECT_EQ(7, *(uint32_t *)self->host);
		EXPECT_EQ(0, hsaKmtDestroyEvent(event));
		EXPECT_EQ(0, t_queue_close(&bad));
	}
}

T_QUEUE_MAIN
