// SPDX-License-Identifier: GPL-2.0
/* Placement: a table of attributes and where the pages shall go. */
#include <kunit/test.h>

#include "../hw/hw.h"
#include "../svm/place.h"
#include "../svm/thrash.h"

struct prefetch_row {
	const char *what;
	u32 prefetch;
	u32 access;
	u32 in_place;
	bool xnack;
	u32 hive;
	u32 expect;
};

static const struct prefetch_row prefetch_rows[] = {
	{ "system memory", SVM_LOC_SYSTEM, 0, 0, false, 0xff, SVM_LOC_SYSTEM },
	{ "alone", 1, 0, 0, false, 0x02, 1 },
	{ "own access", 1, 0x02, 0, false, 0, 1 },
	{ "peer in the hive", 1, 0x04, 0x08, false, 0x0e, 1 },
	{ "peer outside, mapped", 1, 0x04, 0, false, 0x02, SVM_LOC_SYSTEM },
	{ "peer outside, in place", 1, 0, 0x04, false, 0x02, SVM_LOC_SYSTEM },
	{ "peer outside, faults", 1, 0x04, 0, true, 0x02, 1 },
	{ "peer outside, in place, faults", 1, 0, 0x04, true, 0x02,
	  SVM_LOC_SYSTEM },
	{ "undefined", SVM_LOC_UNDEFINED, 0, 0, false, 0xff, SVM_LOC_SYSTEM },
};

static void prefetch_target(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prefetch_rows); i++) {
		const struct prefetch_row *row = &prefetch_rows[i];
		struct svm_attrs attrs = {
			.prefetch = row->prefetch,
			.access = row->access,
			.in_place = row->in_place,
		};

		KUNIT_EXPECT_EQ_MSG(test,
				    svm_place_prefetch(&attrs, row->xnack,
						       row->hive),
				    row->expect, "%s", row->what);
	}
}

static void mapped_devices(struct kunit *test)
{
	struct svm_attrs attrs = { .access = 0x1, .in_place = 0x4 };

	KUNIT_EXPECT_EQ(test, svm_place_mapped(&attrs, false), 0x5);
	KUNIT_EXPECT_EQ(test, svm_place_mapped(&attrs, true), 0);
	attrs.flags = SVM_FLAG_GPU_ALWAYS_MAPPED;
	KUNIT_EXPECT_EQ(test, svm_place_mapped(&attrs, true), 0x5);
}

static void rights_follow_flags(struct kunit *test)
{
	struct svm_attrs attrs = {};

	KUNIT_EXPECT_EQ(test, svm_place_rights(&attrs),
			HW_READ | HW_WRITE | HW_ATOMIC);
	attrs.flags = SVM_FLAG_GPU_RO | SVM_FLAG_GPU_EXEC;
	KUNIT_EXPECT_EQ(test, svm_place_rights(&attrs), HW_READ | HW_EXEC);
}

struct fault_row {
	const char *what;
	u32 preferred;
	u32 access;
	u32 in_place;
	u32 hive;
	int err;
	u32 expect;
};

/* The device that faults is 1. */
static const struct fault_row fault_rows[] = {
	{ "no access", SVM_LOC_UNDEFINED, 0x05, 0, 0xff, -EACCES, 0 },
	{ "no access, preferred here", 1, 0x01, 0, 0xff, -EACCES, 0 },
	{ "access", SVM_LOC_UNDEFINED, 0x02, 0, 0xff, 0, 1 },
	{ "in place", SVM_LOC_UNDEFINED, 0, 0x02, 0xff, 0, SVM_LOC_UNDEFINED },
	{ "preferred here", 1, 0, 0x02, 0xff, 0, 1 },
	{ "preferred system, access", SVM_LOC_SYSTEM, 0x02, 0, 0xff, 0,
	  SVM_LOC_SYSTEM },
	{ "preferred system, in place", SVM_LOC_SYSTEM, 0, 0x02, 0xff, 0,
	  SVM_LOC_SYSTEM },
	{ "preferred peer in the hive", 2, 0x02, 0, 0x06, 0, 2 },
	{ "preferred peer in the hive, in place", 2, 0, 0x02, 0x06, 0, 2 },
	{ "preferred peer outside", 2, 0x02, 0, 0x03, 0, 1 },
	{ "preferred peer outside, in place", 2, 0, 0x02, 0x03, 0,
	  SVM_LOC_UNDEFINED },
};

static void fault_target(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fault_rows); i++) {
		const struct fault_row *row = &fault_rows[i];
		struct svm_attrs attrs = {
			.preferred = row->preferred,
			.access = row->access,
			.in_place = row->in_place,
		};
		u32 to = 0;

		KUNIT_EXPECT_EQ_MSG(test, svm_place_fault(&attrs, 1, row->hive,
							  &to),
				    row->err, "%s", row->what);
		KUNIT_EXPECT_EQ_MSG(test, to, row->expect, "%s", row->what);
	}
}

struct granule_row {
	u8 granularity;
	unsigned long page;
	unsigned long first;
	unsigned long last;
	unsigned long expect_first;
	unsigned long expect_last;
};

static const struct granule_row granule_rows[] = {
	{ 9, 0x1234, 0, 0x10000, 0x1200, 0x13ff },
	{ 9, 0x1234, 0x1230, 0x1300, 0x1230, 0x1300 },
	{ 0, 0x1234, 0, 0x10000, 0x1234, 0x1234 },
	{ 18, 0x1234, 0x1000, 0x70000, 0x1000, 0x3ffff },
	{ 63, 0x1234, 5, 0x70000, 5, 0x70000 },
	{ 64, 0x1234, 5, 0x70000, 5, 0x70000 },
	{ 255, 0x1234, 5, 0x70000, 5, 0x70000 },
};

static void granule_bounds(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(granule_rows); i++) {
		const struct granule_row *row = &granule_rows[i];
		struct svm_attrs attrs = { .granularity = row->granularity };
		unsigned long first = row->first, last = row->last;

		svm_place_granule(&attrs, row->page, &first, &last);
		KUNIT_EXPECT_EQ_MSG(test, first, row->expect_first, "row %u",
				    i);
		KUNIT_EXPECT_EQ_MSG(test, last, row->expect_last, "row %u", i);
	}
}

static const struct svm_thrash_limits limits = {
	.moves = 3,
	.ms = 100,
	.hold_ms = 50,
};

static struct svm_thrash *new_thrash(struct kunit *test)
{
	struct svm_thrash *thrash = kunit_kzalloc(test, sizeof(*thrash),
						  GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, thrash);
	return thrash;
}

static void thrash_holds_and_lets_go(struct kunit *test)
{
	struct svm_thrash *thrash = new_thrash(test);

	svm_thrash_moved(thrash, 512, 1000, &limits);
	svm_thrash_moved(thrash, 512, 1010, &limits);
	KUNIT_EXPECT_FALSE(test, svm_thrash_held(thrash, 512, 1010));
	svm_thrash_moved(thrash, 512, 1099, &limits);
	KUNIT_EXPECT_TRUE(test, svm_thrash_held(thrash, 512, 1099));
	KUNIT_EXPECT_FALSE(test, svm_thrash_held(thrash, 1024, 1099));
	KUNIT_EXPECT_TRUE(test, svm_thrash_held(thrash, 512, 1148));
	KUNIT_EXPECT_FALSE(test, svm_thrash_held(thrash, 512, 1149));

	/* It starts over afterwards. */
	svm_thrash_moved(thrash, 512, 1150, &limits);
	svm_thrash_moved(thrash, 512, 1151, &limits);
	KUNIT_EXPECT_FALSE(test, svm_thrash_held(thrash, 512, 1151));
	svm_thrash_moved(thrash, 512, 1152, &limits);
	KUNIT_EXPECT_TRUE(test, svm_thrash_held(thrash, 512, 1152));
}

static void thrash_forgets_slow_moves(struct kunit *test)
{
	struct svm_thrash *thrash = new_thrash(test);
	u64 now;

	for (now = 0; now < 2000; now += 60) {
		svm_thrash_moved(thrash, 512, now, &limits);
		KUNIT_EXPECT_FALSE(test, svm_thrash_held(thrash, 512, now));
	}
}

static void thrash_can_be_off(struct kunit *test)
{
	const struct svm_thrash_limits off = { .moves = 0, .ms = 100,
					       .hold_ms = 50 };
	struct svm_thrash *thrash = new_thrash(test);
	unsigned int i;

	for (i = 0; i < 100; i++)
		svm_thrash_moved(thrash, 512, 1000, &off);
	KUNIT_EXPECT_FALSE(test, svm_thrash_held(thrash, 512, 1000));
}

/* More granules than places: those that are held keep theirs. */
static void thrash_keeps_the_held(struct kunit *test)
{
	struct svm_thrash *thrash = new_thrash(test);
	unsigned long key;
	unsigned int i;

	for (i = 0; i < 3; i++)
		svm_thrash_moved(thrash, 512, 1000, &limits);
	for (key = 1024; key < 512 * 4 * SVM_THRASH_ENTRIES; key += 512)
		svm_thrash_moved(thrash, key, 1001, &limits);
	KUNIT_EXPECT_TRUE(test, svm_thrash_held(thrash, 512, 1049));
}

static void thrash_knows_recent_moves(struct kunit *test)
{
	struct svm_thrash *thrash = new_thrash(test);

	KUNIT_EXPECT_FALSE(test, svm_thrash_recent(thrash, 512, 10, &limits));
	svm_thrash_moved(thrash, 512, 1000, &limits);
	KUNIT_EXPECT_TRUE(test, svm_thrash_recent(thrash, 512, 1099, &limits));
	KUNIT_EXPECT_FALSE(test, svm_thrash_recent(thrash, 512, 1100, &limits));
	KUNIT_EXPECT_FALSE(test, svm_thrash_recent(thrash, 1024, 1000,
						   &limits));
}

static void thrash_holds_on_demand(struct kunit *test)
{
	struct svm_thrash *thrash = new_thrash(test);

	svm_thrash_hold(thrash, 512, 1000);
	KUNIT_EXPECT_TRUE(test, svm_thrash_held(thrash, 512, 999));
	KUNIT_EXPECT_FALSE(test, svm_thrash_held(thrash, 512, 1000));
	KUNIT_EXPECT_FALSE(test, svm_thrash_held(thrash, 1024, 999));
	/* It gets longer, not shorter. */
	svm_thrash_hold(thrash, 512, 900);
	KUNIT_EXPECT_TRUE(test, svm_thrash_held(thrash, 512, 999));
	svm_thrash_hold(thrash, 512, 1100);
	KUNIT_EXPECT_TRUE(test, svm_thrash_held(thrash, 512, 1099));
}

static struct kunit_case place_cases[] = {
	KUNIT_CASE(prefetch_target),
	KUNIT_CASE(mapped_devices),
	KUNIT_CASE(rights_follow_flags),
	KUNIT_CASE(fault_target),
	KUNIT_CASE(granule_bounds),
	KUNIT_CASE(thrash_holds_and_lets_go),
	KUNIT_CASE(thrash_forgets_slow_moves),
	KUNIT_CASE(thrash_can_be_off),
	KUNIT_CASE(thrash_keeps_the_held),
	KUNIT_CASE(thrash_knows_recent_moves),
	KUNIT_CASE(thrash_holds_on_demand),
	{}
};

static struct kunit_suite place_suite = {
	.name = "svm-place",
	.test_cases = place_cases,
};

kunit_test_suite(place_suite);
