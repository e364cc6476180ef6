// SPDX-License-Identifier: GPL-2.0
/* Placement: a table of attributes and where the pages shall go. */
#include <kunit/test.h>

#include "../hw/hw.h"
#include "../svm/place.h"

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

static void access_follows_flags(struct kunit *test)
{
	struct svm_attrs attrs = {};

	KUNIT_EXPECT_EQ(test, svm_place_access(&attrs, true),
			HW_READ | HW_WRITE | HW_ATOMIC);
	KUNIT_EXPECT_EQ(test, svm_place_access(&attrs, false), HW_READ);
	attrs.flags = SVM_FLAG_GPU_RO | SVM_FLAG_GPU_EXEC;
	KUNIT_EXPECT_EQ(test, svm_place_access(&attrs, true),
			HW_READ | HW_EXEC);
}

static struct kunit_case place_cases[] = {
	KUNIT_CASE(prefetch_target),
	KUNIT_CASE(mapped_devices),
	KUNIT_CASE(access_follows_flags),
	{}
};

static struct kunit_suite place_suite = {
	.name = "svm-place",
	.test_cases = place_cases,
};

kunit_test_suite(place_suite);
