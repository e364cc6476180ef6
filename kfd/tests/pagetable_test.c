// SPDX-License-Identifier: GPL-2.0
/*
 * The page tables of the simgpu back end, read as the device reads them, against
 * a model that is an array.  No device is needed.
 */
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sizes.h>

#include "../hw/simgpu/device.h"

#define VA		0x7f0000000000ULL
#define SLOTS		4
#define SLOT_PAGES	512
#define PAGES		(SLOTS * SLOT_PAGES)
/* A physical address that is aligned like VA. */
#define BASE		0x480000000ULL

/**
 * struct page_state - what the model knows of a page
 * @addr: 0: not mapped
 * @access: of the mapping
 * @wait: not mapped, and an access waits
 */
struct page_state {
	u64 addr;
	u32 access;
	bool wait;
};

struct fixture {
	struct simgpu_table *root;
	struct mutex lock;	/* what simgpu_pt_prepare() wants to take */
	atomic64_t pages;
	struct page_state model[PAGES];
	struct rnd_state rnd;
};

static int pagetable_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	test->priv = f;
	mutex_init(&f->lock);
	prandom_seed_state(&f->rnd, 1);
	f->root = simgpu_pt_create(&f->pages);
	KUNIT_ASSERT_NOT_NULL(test, f->root);
	KUNIT_ASSERT_EQ(test, 0, simgpu_pt_prepare(f->root, &f->lock, VA,
						   VA + PAGES * PAGE_SIZE,
						   &f->pages));
	return 0;
}

static void pagetable_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	if (!f || !f->root)
		return;
	simgpu_pt_destroy(f->root, &f->pages);
	KUNIT_EXPECT_EQ(test, 0, (long long)atomic64_read(&f->pages));
}

static u64 page_va(unsigned int page)
{
	return VA + page * PAGE_SIZE;
}

static void span_add(struct simgpu_span *span, unsigned int page)
{
	if (span->start == span->end)
		span->start = page_va(page);
	span->end = page_va(page + 1);
}

/* Change the model; returns the hull of what was mapped and is so no more. */
static struct simgpu_span model_set(struct fixture *f, unsigned int first,
				    unsigned int n, struct page_state state)
{
	struct simgpu_span span = {};
	unsigned int i;

	for (i = first; i < first + n; i++) {
		struct page_state *page = &f->model[i];

		if (page->addr && (page->addr != state.addr ||
				   page->access != state.access))
			span_add(&span, i);
		*page = state;
		if (state.addr)
			state.addr += PAGE_SIZE;
	}
	return span;
}

static void expect_span(struct kunit *test, struct simgpu_span wanted,
			struct simgpu_span got)
{
	KUNIT_EXPECT_EQ(test, wanted.start, got.start);
	KUNIT_EXPECT_EQ(test, wanted.end, got.end);
}

static void map(struct kunit *test, unsigned int first, unsigned int n,
		u64 addr, u32 access)
{
	struct fixture *f = test->priv;
	struct hw_mapping mapping = {
		page_va(first), { addr, n, HW_SYSTEM }, access
	};
	struct page_state state = { addr, access };
	struct simgpu_span span = {};

	simgpu_pt_map(f->root, &mapping, &span);
	expect_span(test, model_set(f, first, n, state), span);
}

static void unmap(struct kunit *test, unsigned int first, unsigned int n,
		  bool wait)
{
	struct fixture *f = test->priv;
	struct page_state state = { .wait = wait };
	struct simgpu_span span = {};

	simgpu_pt_unmap(f->root, page_va(first), page_va(first + n), wait,
			&span);
	expect_span(test, model_set(f, first, n, state), span);
}

/* Do the @n pages from @first map one piece that is aligned like them? */
static bool model_is_whole(const struct fixture *f, unsigned int first,
			   unsigned int n)
{
	const struct page_state *page = &f->model[first];
	unsigned int i;

	if (!page->addr || !IS_ALIGNED(page->addr, n * PAGE_SIZE))
		return false;
	for (i = 1; i < n; i++)
		if (page[i].addr != page->addr + i * PAGE_SIZE ||
		    page[i].access != page->access)
			return false;
	return true;
}

static void check_page(struct kunit *test, unsigned int i)
{
	struct fixture *f = test->priv;
	const struct page_state *page = &f->model[i];
	struct simgpu_translation t;

	if (simgpu_pt_walk(f->root, page_va(i), &t)) {
		KUNIT_ASSERT_EQ_MSG(test, page->addr, 0, "page %u", i);
		KUNIT_ASSERT_EQ_MSG(test, page->wait, t.wait, "page %u", i);
		return;
	}
	KUNIT_ASSERT_EQ_MSG(test, page->addr, t.map.run.addr, "page %u", i);
	KUNIT_ASSERT_EQ_MSG(test, page->access, t.map.access, "page %u", i);
	/* What one entry covers is what the pages say one by one. */
	KUNIT_ASSERT_TRUE_MSG(test, model_is_whole(f, ALIGN_DOWN(i, t.pages),
						   t.pages),
			      "page %u is one of %u", i, t.pages);
	/* Whatever can be a large entry is one. */
	if (t.pages < SLOT_PAGES)
		KUNIT_ASSERT_FALSE_MSG(test, model_is_whole(f, ALIGN_DOWN(i, SLOT_PAGES),
							    SLOT_PAGES),
				       "page %u", i);
}

static void check(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		check_page(test, i);
}

static u32 pages_at(struct kunit *test, unsigned int page)
{
	struct fixture *f = test->priv;
	struct simgpu_translation t;

	KUNIT_ASSERT_EQ(test, 0, simgpu_pt_walk(f->root, page_va(page), &t));
	return t.pages;
}

static void whole_slot_is_one_leaf(struct kunit *test)
{
	map(test, 0, SLOT_PAGES, BASE, HW_READ);
	KUNIT_EXPECT_EQ(test, pages_at(test, 511), 512);
	/* The address does not fit. */
	map(test, SLOT_PAGES, SLOT_PAGES, BASE + SZ_64K, HW_READ);
	KUNIT_EXPECT_EQ(test, pages_at(test, SLOT_PAGES), 16);
	map(test, 2 * SLOT_PAGES, SLOT_PAGES, BASE + SZ_4K, HW_READ);
	KUNIT_EXPECT_EQ(test, pages_at(test, 2 * SLOT_PAGES), 1);
	check(test);
}

static void leaf_is_split_by_a_page(struct kunit *test)
{
	map(test, 0, SLOT_PAGES, BASE, HW_READ | HW_WRITE);
	unmap(test, 100, 1, false);
	KUNIT_EXPECT_EQ(test, pages_at(test, 99), 1);
	KUNIT_EXPECT_EQ(test, pages_at(test, 0), 16);
	check(test);
	map(test, 200, 3, BASE + SZ_1G, HW_READ);
	check(test);
}

static void pages_join_to_a_leaf(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < SLOT_PAGES; i += 8)
		map(test, i, 8, BASE + i * PAGE_SIZE, HW_READ);
	KUNIT_EXPECT_EQ(test, pages_at(test, 17), 512);
	check(test);
	/* And it splits again, without another prepare. */
	unmap(test, 17, 1, true);
	check(test);
	map(test, 17, 1, BASE + 17 * PAGE_SIZE, HW_READ);
	KUNIT_EXPECT_EQ(test, pages_at(test, 17), 512);
	check(test);
}

static void the_same_again_changes_nothing(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hw_mapping again = {
		page_va(8), { BASE + SZ_32K, 3, HW_SYSTEM }, HW_READ
	};
	struct simgpu_span span = {};

	map(test, 0, 600, BASE, HW_READ);
	simgpu_pt_map(f->root, &again, &span);
	KUNIT_EXPECT_EQ(test, span.start, span.end);
	check(test);
}

static void waiting_holds_for_what_is_prepared(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct simgpu_span span = {};
	struct simgpu_translation t;

	simgpu_pt_unmap(f->root, 0, page_va(3), true, &span);
	KUNIT_EXPECT_EQ(test, span.start, span.end);
	KUNIT_EXPECT_NE(test, 0, simgpu_pt_walk(f->root, page_va(2), &t));
	KUNIT_EXPECT_TRUE(test, t.wait);
	KUNIT_EXPECT_NE(test, 0, simgpu_pt_walk(f->root, page_va(3), &t));
	KUNIT_EXPECT_FALSE(test, t.wait);
	KUNIT_EXPECT_NE(test, 0, simgpu_pt_walk(f->root, page_va(-1), &t));
	KUNIT_EXPECT_FALSE(test, t.wait);
}

static void both_ends_of_the_addresses_work(struct kunit *test)
{
	static const u64 ends[] = { 0, BIT_ULL(48) - PAGE_SIZE };
	struct fixture *f = test->priv;
	struct simgpu_translation t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		struct hw_mapping one = { ends[i], { BASE, 1, HW_LOCAL },
					  HW_READ };
		struct simgpu_span span = {};

		KUNIT_ASSERT_EQ(test, 0,
				simgpu_pt_prepare(f->root, &f->lock, ends[i],
						  ends[i] + PAGE_SIZE,
						  &f->pages));
		simgpu_pt_map(f->root, &one, &span);
		KUNIT_ASSERT_EQ(test, 0,
				simgpu_pt_walk(f->root, ends[i], &t));
		KUNIT_EXPECT_EQ(test, t.map.run.addr, BASE);
		KUNIT_EXPECT_EQ(test, t.map.run.place, HW_LOCAL);
		simgpu_pt_unmap(f->root, 0, U64_MAX & PAGE_MASK, false, &span);
		KUNIT_EXPECT_EQ(test, span.start, ends[i]);
		KUNIT_EXPECT_EQ(test, span.end, ends[i] + PAGE_SIZE);
	}
	KUNIT_EXPECT_EQ(test, -EINVAL,
			simgpu_pt_prepare(f->root, &f->lock, BIT_ULL(48),
					  BIT_ULL(48) + PAGE_SIZE, &f->pages));
}

static unsigned int below(struct fixture *f, unsigned int n)
{
	return prandom_u32_state(&f->rnd) % n;
}

/* Long and short, aligned and not, contiguous with their neighbours or not. */
static void random_step(struct kunit *test)
{
	static const unsigned int grains[] = { 1, 4, 16, 64, 512 };
	struct fixture *f = test->priv;
	unsigned int grain = grains[below(f, ARRAY_SIZE(grains))];
	unsigned int first = ALIGN_DOWN(below(f, PAGES), grain);
	unsigned int n = grain * (1 + below(f, 3));
	u64 addr = BASE + first * PAGE_SIZE;

	n = min(n, PAGES - first);
	switch (below(f, 6)) {
	case 0:
		unmap(test, first, n, below(f, 2));
		break;
	case 1:
		addr += (u64)below(f, 64) * PAGE_SIZE;
		fallthrough;
	default:
		map(test, first, n, addr, below(f, 16) ? HW_READ | HW_WRITE :
							 HW_READ);
		break;
	}
}

static void random_steps_match_the_model(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 4000; i++) {
		random_step(test);
		if (i % 10 == 0)
			check(test);
	}
	check(test);
}

static struct kunit_case pagetable_cases[] = {
	KUNIT_CASE(whole_slot_is_one_leaf),
	KUNIT_CASE(leaf_is_split_by_a_page),
	KUNIT_CASE(pages_join_to_a_leaf),
	KUNIT_CASE(the_same_again_changes_nothing),
	KUNIT_CASE(waiting_holds_for_what_is_prepared),
	KUNIT_CASE(both_ends_of_the_addresses_work),
	KUNIT_CASE(random_steps_match_the_model),
	{}
};

static struct kunit_suite pagetable_suite = {
	.name = "simgpu-pagetable",
	.init = pagetable_init,
	.exit = pagetable_exit,
	.test_cases = pagetable_cases,
};

kunit_test_suite(pagetable_suite);
