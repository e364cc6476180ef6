// SPDX-License-Identifier: GPL-2.0
/* Ranges: splitting, merging, cutting, holes, and a random walk beside a map. */
#include <kunit/test.h>
#include <linux/prandom.h>

#include "../svm/range.h"
#include "../svm/stale.h"

#define MAP_PAGES	200
#define NO_RANGE	0xff

struct fixture {
	struct svm_ranges ranges;
	struct list_head spares;
	struct svm_attrs defaults;
};

static int range_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_ASSERT_EQ(test, svm_range_cache_init(), 0);
	f->ranges.root = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&f->spares);
	svm_attrs_default(&f->defaults, false, 0);
	test->priv = f;
	return 0;
}

static void range_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	svm_ranges_cut(&f->ranges, 0, ULONG_MAX, &f->spares);
	KUNIT_EXPECT_EQ(test, f->ranges.count, 0);
	svm_range_free_list(&f->spares);
	svm_range_cache_exit();
}

/* Give [start, last] the granularity @value, as an attribute call does. */
static void set(struct kunit *test, unsigned long start, unsigned long last,
		u8 value)
{
	struct fixture *f = test->priv;
	const struct svm_attr attr = { SVM_ATTR_GRANULARITY, value };
	unsigned long need = svm_ranges_need(&f->ranges, start, last);
	struct svm_range *range;

	svm_range_free_list(&f->spares);
	KUNIT_ASSERT_EQ(test, svm_range_spares(&f->spares, need, GFP_KERNEL),
			0);
	svm_ranges_isolate(&f->ranges, start, last, &f->defaults, &f->spares);
	for (range = svm_ranges_first(&f->ranges, start, last); range;
	     range = svm_ranges_next(range, start, last)) {
		KUNIT_EXPECT_GE(test, range->it.start, start);
		KUNIT_EXPECT_LE(test, range->it.last, last);
		svm_attrs_apply(&range->attrs, &attr);
	}
	svm_ranges_merge(&f->ranges, start, last, &f->spares);
}

static void cut(struct kunit *test, unsigned long start, unsigned long last)
{
	struct fixture *f = test->priv;

	KUNIT_ASSERT_EQ(test, svm_range_spares(&f->spares, 1, GFP_KERNEL), 0);
	svm_ranges_cut(&f->ranges, start, last, &f->spares);
}

static u8 get(struct kunit *test, unsigned long page)
{
	struct fixture *f = test->priv;
	struct svm_range *range = svm_ranges_first(&f->ranges, page, page);

	return range ? range->attrs.granularity : NO_RANGE;
}

static void set_in_the_middle_splits_in_three(struct kunit *test)
{
	struct fixture *f = test->priv;

	set(test, 10, 29, 1);
	KUNIT_EXPECT_EQ(test, f->ranges.count, 1);
	set(test, 15, 19, 2);
	KUNIT_EXPECT_EQ(test, f->ranges.count, 3);
	KUNIT_EXPECT_EQ(test, f->ranges.nr_split, 2);
	KUNIT_EXPECT_EQ(test, get(test, 9), NO_RANGE);
	KUNIT_EXPECT_EQ(test, get(test, 10), 1);
	KUNIT_EXPECT_EQ(test, get(test, 14), 1);
	KUNIT_EXPECT_EQ(test, get(test, 15), 2);
	KUNIT_EXPECT_EQ(test, get(test, 19), 2);
	KUNIT_EXPECT_EQ(test, get(test, 20), 1);
	KUNIT_EXPECT_EQ(test, get(test, 30), NO_RANGE);
}

static void set_back_merges_again(struct kunit *test)
{
	struct fixture *f = test->priv;

	set(test, 10, 29, 1);
	set(test, 15, 19, 2);
	set(test, 15, 19, 1);
	KUNIT_EXPECT_EQ(test, f->ranges.count, 1);
	KUNIT_EXPECT_EQ(test, get(test, 10), 1);
	KUNIT_EXPECT_EQ(test, get(test, 29), 1);
}

static void set_fills_gaps_with_defaults(struct kunit *test)
{
	struct fixture *f = test->priv;
	const struct svm_attr flag = { SVM_ATTR_SET_FLAGS, SVM_FLAG_GPU_RO };
	struct svm_range *range;

	set(test, 10, 14, 1);
	set(test, 20, 24, 1);
	svm_attrs_apply(&svm_ranges_first(&f->ranges, 10, 10)->attrs, &flag);
	set(test, 5, 29, 3);

	range = svm_ranges_first(&f->ranges, 17, 17);
	KUNIT_ASSERT_NOT_NULL(test, range);
	KUNIT_EXPECT_EQ(test, range->attrs.flags, f->defaults.flags);
	range = svm_ranges_first(&f->ranges, 12, 12);
	KUNIT_EXPECT_EQ(test, range->attrs.flags,
			f->defaults.flags | SVM_FLAG_GPU_RO);
	KUNIT_EXPECT_EQ(test, get(test, 5), 3);
	KUNIT_EXPECT_EQ(test, get(test, 29), 3);
	KUNIT_EXPECT_EQ(test, f->ranges.count, 3);
}

static void set_at_the_ends_of_the_address_space(struct kunit *test)
{
	set(test, 0, 0, 1);
	set(test, ULONG_MAX, ULONG_MAX, 2);
	KUNIT_EXPECT_EQ(test, get(test, 0), 1);
	KUNIT_EXPECT_EQ(test, get(test, ULONG_MAX), 2);
}

static void cut_keeps_both_sides(struct kunit *test)
{
	struct fixture *f = test->priv;

	set(test, 10, 29, 1);
	cut(test, 15, 19);
	KUNIT_EXPECT_EQ(test, f->ranges.count, 2);
	KUNIT_EXPECT_EQ(test, get(test, 14), 1);
	KUNIT_EXPECT_EQ(test, get(test, 15), NO_RANGE);
	KUNIT_EXPECT_EQ(test, get(test, 19), NO_RANGE);
	KUNIT_EXPECT_EQ(test, get(test, 20), 1);

	cut(test, 0, 11);
	KUNIT_EXPECT_EQ(test, get(test, 11), NO_RANGE);
	KUNIT_EXPECT_EQ(test, get(test, 12), 1);
	cut(test, 28, 100);
	KUNIT_EXPECT_EQ(test, get(test, 27), 1);
	KUNIT_EXPECT_EQ(test, get(test, 28), NO_RANGE);
	KUNIT_EXPECT_EQ(test, f->ranges.nr_dropped, 0);
	cut(test, 0, 100);
	KUNIT_EXPECT_EQ(test, f->ranges.count, 0);
	KUNIT_EXPECT_EQ(test, f->ranges.nr_dropped, 2);
}

static void holes_join_and_overflow_to_the_nearest(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct svm_range *range;

	set(test, 100, 199, 1);
	range = svm_ranges_first(&f->ranges, 100, 199);
	svm_range_add_hole(range, 110, 111);
	svm_range_add_hole(range, 112, 113);
	KUNIT_EXPECT_EQ(test, range->nr_holes, 1);
	svm_range_add_hole(range, 120, 120);
	svm_range_add_hole(range, 140, 140);
	svm_range_add_hole(range, 0, 101);
	KUNIT_EXPECT_EQ(test, range->nr_holes, SVM_RANGE_HOLES);
	KUNIT_EXPECT_EQ(test, range->holes[3].start, 100);
	KUNIT_EXPECT_EQ(test, range->vague, 0);

	svm_range_add_hole(range, 143, 143);
	KUNIT_EXPECT_EQ(test, range->nr_holes, SVM_RANGE_HOLES);
	KUNIT_EXPECT_EQ(test, range->holes[2].start, 140);
	KUNIT_EXPECT_EQ(test, range->holes[2].last, 143);
	/* Pages 141 and 142 are still there. */
	KUNIT_EXPECT_EQ(test, range->vague, BIT(2));
}

static void access_attributes_exclude_each_other(struct kunit *test)
{
	struct svm_attr attr = { SVM_ATTR_ACCESS, 3 };
	struct svm_attrs attrs;

	svm_attrs_default(&attrs, true, 0x0f);
	KUNIT_EXPECT_EQ(test, attrs.access, 0x0f);
	attr.type = SVM_ATTR_ACCESS_IN_PLACE;
	svm_attrs_apply(&attrs, &attr);
	KUNIT_EXPECT_EQ(test, attrs.access, 0x07);
	KUNIT_EXPECT_EQ(test, attrs.in_place, 0x08);
	attr.type = SVM_ATTR_ACCESS;
	svm_attrs_apply(&attrs, &attr);
	KUNIT_EXPECT_EQ(test, attrs.in_place, 0);
	attr.type = SVM_ATTR_NO_ACCESS;
	svm_attrs_apply(&attrs, &attr);
	KUNIT_EXPECT_EQ(test, attrs.access | attrs.in_place, 0x07);
}

/* 2,000 random calls; every page must be as an array of pages has it. */
static void random_calls_match_a_map(struct kunit *test)
{
	struct rnd_state rnd;
	u8 map[MAP_PAGES];
	unsigned int i, page, a, b, value;

	prandom_seed_state(&rnd, 0x5eed);
	memset(map, NO_RANGE, sizeof(map));
	for (i = 0; i < 2000; i++) {
		a = prandom_u32_state(&rnd) % MAP_PAGES;
		b = min_t(unsigned int, MAP_PAGES - 1,
			  a + prandom_u32_state(&rnd) % 40);
		value = prandom_u32_state(&rnd) % 4;
		if (value) {
			set(test, a, b, value);
			memset(map + a, value, b - a + 1);
		} else {
			cut(test, a, b);
			memset(map + a, NO_RANGE, b - a + 1);
		}
		for (page = 0; page < MAP_PAGES; page++) {
			if (get(test, page) == map[page])
				continue;
			KUNIT_FAIL(test, "call %u: page %u is %u, not %u", i,
				   page, get(test, page), map[page]);
			return;
		}
	}
}

static bool stale_has(const struct svm_stale *set, unsigned long page)
{
	unsigned int i;

	for (i = 0; i < set->n; i++) {
		if (page >= set->iv[i].start && page <= set->iv[i].last)
			return true;
	}
	return false;
}

static void stale_joins_what_touches(struct kunit *test)
{
	struct svm_stale set = { .n = 0 };

	svm_stale_add(&set, 10, 19);
	svm_stale_add(&set, 30, 39);
	KUNIT_EXPECT_EQ(test, set.n, 2);
	svm_stale_add(&set, 20, 20);
	KUNIT_EXPECT_EQ(test, set.n, 2);
	KUNIT_EXPECT_TRUE(test, stale_has(&set, 20));
	KUNIT_EXPECT_FALSE(test, stale_has(&set, 21));
	svm_stale_add(&set, 21, 29);
	KUNIT_EXPECT_EQ(test, set.n, 1);
	KUNIT_EXPECT_EQ(test, set.iv[0].start, 10);
	KUNIT_EXPECT_EQ(test, set.iv[0].last, 39);
	svm_stale_add(&set, 0, ULONG_MAX);
	KUNIT_EXPECT_EQ(test, set.n, 1);
	KUNIT_EXPECT_EQ(test, set.iv[0].last, ULONG_MAX);
}

static void stale_cut_takes_out(struct kunit *test)
{
	struct svm_stale set = { .n = 0 };
	unsigned int i;

	svm_stale_add(&set, 10, 19);
	svm_stale_add(&set, 30, 39);
	svm_stale_cut(&set, 15, 33);
	KUNIT_EXPECT_TRUE(test, stale_has(&set, 14));
	KUNIT_EXPECT_FALSE(test, stale_has(&set, 15));
	KUNIT_EXPECT_FALSE(test, stale_has(&set, 33));
	KUNIT_EXPECT_TRUE(test, stale_has(&set, 34));
	svm_stale_cut(&set, 36, 36);
	KUNIT_EXPECT_EQ(test, set.n, 3);
	KUNIT_EXPECT_TRUE(test, stale_has(&set, 35));
	KUNIT_EXPECT_FALSE(test, stale_has(&set, 36));
	KUNIT_EXPECT_TRUE(test, stale_has(&set, 37));
	svm_stale_cut(&set, 0, ULONG_MAX);
	KUNIT_EXPECT_EQ(test, set.n, 0);

	/* Without a place for the second part nothing is lost. */
	for (i = 0; i < SVM_STALE_MAX; i++)
		svm_stale_add(&set, i * 100, i * 100 + 10);
	svm_stale_cut(&set, 305, 305);
	KUNIT_EXPECT_EQ(test, set.n, SVM_STALE_MAX);
	KUNIT_EXPECT_TRUE(test, stale_has(&set, 300));
	KUNIT_EXPECT_TRUE(test, stale_has(&set, 310));
}

/* Whatever is added stays in, however much it is. */
static void stale_never_forgets(struct kunit *test)
{
	DECLARE_BITMAP(map, 4 * MAP_PAGES);
	struct svm_stale set = { .n = 0 };
	struct rnd_state rnd;
	unsigned long page, n;
	unsigned int i, round;

	prandom_seed_state(&rnd, 3);
	for (round = 0; round < 50; round++) {
		set.n = 0;
		bitmap_zero(map, 4 * MAP_PAGES);
		for (i = 0; i < 3 * SVM_STALE_MAX; i++) {
			page = prandom_u32_state(&rnd) % (4 * MAP_PAGES - 8);
			n = 1 + prandom_u32_state(&rnd) % 8;
			svm_stale_add(&set, page, page + n - 1);
			bitmap_set(map, page, n);
			KUNIT_ASSERT_LE(test, set.n, SVM_STALE_MAX);
		}
		for_each_set_bit(page, map, 4 * MAP_PAGES)
			KUNIT_ASSERT_TRUE(test, stale_has(&set, page));
	}
}

static void stale_grows_to_the_nearest(struct kunit *test)
{
	struct svm_stale set = { .n = 0 };
	unsigned int i;

	for (i = 0; i < SVM_STALE_MAX; i++)
		svm_stale_add(&set, i * 100, i * 100);
	svm_stale_add(&set, 310, 310);
	KUNIT_EXPECT_EQ(test, set.n, SVM_STALE_MAX);
	KUNIT_EXPECT_TRUE(test, stale_has(&set, 305));
	KUNIT_EXPECT_FALSE(test, stale_has(&set, 311));
	KUNIT_EXPECT_FALSE(test, stale_has(&set, 299));
}

static void split_and_merge_keep_mapped(struct kunit *test)
{
	struct fixture *f = test->priv;

	set(test, 0, 99, 1);
	svm_ranges_first(&f->ranges, 0, 0)->mapped = 0x2;
	set(test, 40, 59, 2);
	KUNIT_EXPECT_EQ(test, svm_ranges_first(&f->ranges, 45, 45)->mapped,
			0x2);
	KUNIT_EXPECT_EQ(test, svm_ranges_first(&f->ranges, 70, 70)->mapped,
			0x2);
	svm_ranges_first(&f->ranges, 70, 70)->mapped = 0x1;
	set(test, 40, 59, 1);
	KUNIT_EXPECT_EQ(test, f->ranges.count, 1);
	KUNIT_EXPECT_EQ(test, svm_ranges_first(&f->ranges, 0, 0)->mapped, 0x3);
	/* What is retired and used again is not mapped. */
	set(test, 150, 160, 1);
	KUNIT_EXPECT_EQ(test, svm_ranges_first(&f->ranges, 150, 150)->mapped,
			0);
}

static struct kunit_case range_cases[] = {
	KUNIT_CASE(set_in_the_middle_splits_in_three),
	KUNIT_CASE(set_back_merges_again),
	KUNIT_CASE(set_fills_gaps_with_defaults),
	KUNIT_CASE(set_at_the_ends_of_the_address_space),
	KUNIT_CASE(cut_keeps_both_sides),
	KUNIT_CASE(holes_join_and_overflow_to_the_nearest),
	KUNIT_CASE(access_attributes_exclude_each_other),
	KUNIT_CASE(random_calls_match_a_map),
	KUNIT_CASE(split_and_merge_keep_mapped),
	KUNIT_CASE(stale_joins_what_touches),
	KUNIT_CASE(stale_cut_takes_out),
	KUNIT_CASE(stale_never_forgets),
	KUNIT_CASE(stale_grows_to_the_nearest),
	{}
};

static struct kunit_suite range_suite = {
	.name = "svm-range",
	.init = range_test_init,
	.exit = range_test_exit,
	.test_cases = range_cases,
};

kunit_test_suite(range_suite);
