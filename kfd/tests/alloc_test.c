// SPDX-License-Identifier: GPL-2.0
/* The VRAM allocator: contiguity, exact counts, poison, eviction order. */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/prandom.h>

#include "../devmem/alloc.h"

#define CHUNKS		4
#define PAGES		(CHUNKS * VRAM_CHUNK_PAGES)

struct fixture {
	struct vram_alloc va;
	unsigned long index[PAGES + 1];
	DECLARE_BITMAP(taken, PAGES);
};

static int alloc_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_ASSERT_EQ(test, vram_alloc_init(&f->va, CHUNKS), 0);
	test->priv = f;
	return 0;
}

static void alloc_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	vram_alloc_fini(&f->va);
}

static unsigned int take(struct kunit *test, unsigned long hint, unsigned int n)
{
	struct fixture *f = test->priv;
	unsigned int i, got = vram_alloc_take(&f->va, hint, f->index, n);

	for (i = 0; i < got; i++)
		KUNIT_EXPECT_FALSE(test,
				   __test_and_set_bit(f->index[i], f->taken));
	return got;
}

static void give(struct kunit *test, unsigned long index)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_TRUE(test, __test_and_clear_bit(index, f->taken));
	vram_alloc_give(&f->va, index);
}

static void expect_run(struct kunit *test, unsigned int from, unsigned int n)
{
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 1; i < n; i++)
		KUNIT_EXPECT_EQ(test, f->index[from + i],
				f->index[from] + i);
}

static void big_request_gets_aligned_chunks(struct kunit *test)
{
	struct fixture *f = test->priv;

	/* Two fragments first, so that a lazy choice would not be aligned. */
	KUNIT_ASSERT_EQ(test, take(test, 3, 1), 1);
	KUNIT_ASSERT_EQ(test, take(test, 1024, 512), 512);
	KUNIT_EXPECT_EQ(test, f->index[0] % VRAM_CHUNK_PAGES, 0);
	expect_run(test, 0, 512);
}

static void offset_in_chunk_follows_the_hint(struct kunit *test)
{
	struct fixture *f = test->priv;

	/* Half a chunk, a chunk, half a chunk. */
	KUNIT_ASSERT_EQ(test, take(test, 256, 1024), 1024);
	KUNIT_EXPECT_EQ(test, f->index[0] % VRAM_CHUNK_PAGES, 256);
	expect_run(test, 0, 256);
	KUNIT_EXPECT_EQ(test, f->index[256] % VRAM_CHUNK_PAGES, 0);
	expect_run(test, 256, 512);
	expect_run(test, 768, 256);
}

static void neighbours_share_a_chunk(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long first;

	KUNIT_ASSERT_EQ(test, take(test, 16, 8), 8);
	first = f->index[0];
	KUNIT_ASSERT_EQ(test, take(test, 24, 8), 8);
	KUNIT_EXPECT_EQ(test, f->index[0], first + 8);
	KUNIT_EXPECT_FALSE(test, list_empty(&f->va.whole));
}

static void full_gives_what_is_there(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, take(test, 7, PAGES + 1), PAGES);
	KUNIT_EXPECT_EQ(test, f->va.nfree, 0);
	KUNIT_EXPECT_EQ(test, take(test, 0, 1), 0);
	give(test, 77);
	KUNIT_EXPECT_EQ(test, take(test, 0, 2), 1);
	KUNIT_EXPECT_EQ(test, f->index[0], 77);
}

static void freed_chunk_is_whole_again(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i;

	take(test, 0, PAGES);
	for (i = 0; i < VRAM_CHUNK_PAGES; i++)
		give(test, VRAM_CHUNK_PAGES + i);
	KUNIT_EXPECT_EQ(test, take(test, 0, 512), 512);
	KUNIT_EXPECT_EQ(test, f->index[0], VRAM_CHUNK_PAGES);
}

static void poisoned_page_never_comes_back(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i;

	KUNIT_EXPECT_FALSE(test, vram_alloc_poison(&f->va, 5));
	take(test, 0, PAGES - 1);
	KUNIT_EXPECT_FALSE(test, test_bit(5, f->taken));
	KUNIT_EXPECT_TRUE(test, vram_alloc_poison(&f->va, 9));
	for (i = 0; i < PAGES; i++) {
		if (test_bit(i, f->taken))
			give(test, i);
	}
	KUNIT_EXPECT_EQ(test, f->va.nfree, PAGES - 2);
	KUNIT_EXPECT_EQ(test, f->va.nbad, 2);
	KUNIT_EXPECT_EQ(test, take(test, 0, PAGES), PAGES - 2);
	KUNIT_EXPECT_FALSE(test, test_bit(5, f->taken));
	KUNIT_EXPECT_FALSE(test, test_bit(9, f->taken));
}

static void victims_come_oldest_first(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long since;

	KUNIT_EXPECT_LT(test, vram_alloc_victim(&f->va, ULONG_MAX), 0);
	take(test, 0, 512);
	take(test, 0, 512);
	since = f->va.stamp;
	take(test, 0, 512);
	KUNIT_EXPECT_EQ(test, vram_alloc_victim(&f->va, since), 0);
	KUNIT_EXPECT_EQ(test, vram_alloc_victim(&f->va, since), 1);
	KUNIT_EXPECT_LT(test, vram_alloc_victim(&f->va, since), 0);
	KUNIT_EXPECT_EQ(test, vram_alloc_victim(&f->va, ULONG_MAX), 2);
}

static void random_calls_keep_the_books(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct rnd_state rnd;
	unsigned long bit;
	unsigned int i;

	prandom_seed_state(&rnd, 0x5eed);
	for (i = 0; i < 5000; i++) {
		u32 r = prandom_u32_state(&rnd);

		if (r & 1) {
			take(test, r >> 8, 1 + (r >> 20) % 600);
		} else {
			for_each_set_bit(bit, f->taken, PAGES) {
				if (prandom_u32_state(&rnd) & 1)
					give(test, bit);
			}
		}
		if (f->va.nused != bitmap_weight(f->taken, PAGES) ||
		    f->va.nused + f->va.nfree != PAGES) {
			KUNIT_FAIL(test, "call %u: used %lu free %lu", i,
				   f->va.nused, f->va.nfree);
			return;
		}
	}
}

static struct kunit_case alloc_cases[] = {
	KUNIT_CASE(big_request_gets_aligned_chunks),
	KUNIT_CASE(offset_in_chunk_follows_the_hint),
	KUNIT_CASE(neighbours_share_a_chunk),
	KUNIT_CASE(full_gives_what_is_there),
	KUNIT_CASE(freed_chunk_is_whole_again),
	KUNIT_CASE(poisoned_page_never_comes_back),
	KUNIT_CASE(victims_come_oldest_first),
	KUNIT_CASE(random_calls_keep_the_books),
	{}
};

static struct kunit_suite alloc_suite = {
	.name = "devmem-alloc",
	.init = alloc_test_init,
	.exit = alloc_test_exit,
	.test_cases = alloc_cases,
};

kunit_test_suite(alloc_suite);
