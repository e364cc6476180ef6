// SPDX-License-Identifier: GPL-2.0
/*
 * The hardware contract of hw/hw.h.  The device's VRAM is a block of ordinary
 * pages here, so that the test needs no SPM.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "../hw/hw.h"
#include "../hw/loop/loop.h"

#define LOCAL_ORDER	6
#define LOCAL_PAGES	BIT(LOCAL_ORDER)
#define LOCAL_SIZE	(LOCAL_PAGES << PAGE_SHIFT)
#define SYSTEM_ORDER	2
#define VA		0x7f0000000000ULL

struct fixture {
	struct hw_device *hw;
	struct hw_vm *vm;
	struct page *local;
	struct page *system;
};

static int hw_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	test->priv = f;
	f->local = alloc_pages(GFP_KERNEL | __GFP_ZERO, LOCAL_ORDER);
	f->system = alloc_pages(GFP_KERNEL | __GFP_ZERO, SYSTEM_ORDER);
	KUNIT_ASSERT_NOT_NULL(test, f->local);
	KUNIT_ASSERT_NOT_NULL(test, f->system);
	f->hw = loop_create(HW_MAX_DEVICES - 1, page_to_phys(f->local),
			    LOCAL_SIZE);
	KUNIT_ASSERT_FALSE(test, IS_ERR(f->hw));
	f->vm = f->hw->ops->vm_create(f->hw);
	KUNIT_ASSERT_FALSE(test, IS_ERR(f->vm));
	return 0;
}

static void hw_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	if (!IS_ERR_OR_NULL(f->vm))
		f->hw->ops->vm_destroy(f->vm);
	if (!IS_ERR_OR_NULL(f->hw))
		loop_destroy(f->hw);
	if (f->system)
		__free_pages(f->system, SYSTEM_ORDER);
	if (f->local)
		__free_pages(f->local, LOCAL_ORDER);
}

static struct hw_run local_run(u64 offset, u32 npages)
{
	return (struct hw_run){ offset, npages, HW_LOCAL };
}

static struct hw_run system_run(struct fixture *f, u64 offset, u32 npages)
{
	return (struct hw_run){ page_to_phys(f->system) + offset, npages,
				HW_SYSTEM };
}

static int resolve(struct fixture *f, u64 va, struct hw_mapping *map)
{
	return f->hw->ops->resolve(f->vm, va, map);
}

static void map_run(struct kunit *test, u64 va, struct hw_run run, u32 access)
{
	struct fixture *f = test->priv;
	struct hw_mapping map = { va, run, access };
	u64 end = va + ((u64)run.npages << PAGE_SHIFT);

	KUNIT_ASSERT_EQ(test, f->hw->ops->map_prepare(f->vm, va, end), 0);
	f->hw->ops->map_commit(f->vm, &map, 1);
}

static void commit_maps_every_page_of_a_run(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hw_mapping map;

	map_run(test, VA, local_run(SZ_8K, 3), HW_READ);
	map_run(test, VA + 3 * PAGE_SIZE, system_run(f, 0, 1),
		HW_READ | HW_WRITE);

	KUNIT_EXPECT_EQ(test, resolve(f, VA - 1, &map), -EFAULT);
	KUNIT_ASSERT_EQ(test, resolve(f, VA + 2 * PAGE_SIZE + 5, &map), 0);
	KUNIT_EXPECT_EQ(test, map.run.addr, SZ_8K + 2 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, map.run.place, HW_LOCAL);
	KUNIT_EXPECT_EQ(test, map.access, HW_READ);
	KUNIT_ASSERT_EQ(test, resolve(f, VA + 3 * PAGE_SIZE, &map), 0);
	KUNIT_EXPECT_EQ(test, map.run.addr, page_to_phys(f->system));
	KUNIT_EXPECT_EQ(test, map.run.place, HW_SYSTEM);
	KUNIT_EXPECT_EQ(test, map.access, HW_READ | HW_WRITE);
	KUNIT_EXPECT_EQ(test, resolve(f, VA + 4 * PAGE_SIZE, &map), -EFAULT);
}

static void prepared_is_not_mapped(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hw_mapping map;

	KUNIT_ASSERT_EQ(test,
			f->hw->ops->map_prepare(f->vm, VA, VA + SZ_64K), 0);
	KUNIT_EXPECT_EQ(test, resolve(f, VA, &map), -EFAULT);
}

static void unmap_takes_exactly_its_interval(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hw_mapping map;

	map_run(test, VA, local_run(0, 8), HW_READ);
	f->hw->ops->unmap(f->vm, VA + 2 * PAGE_SIZE, VA + 4 * PAGE_SIZE, HW_ABSENT_FAULT);
	KUNIT_EXPECT_EQ(test, resolve(f, VA + PAGE_SIZE, &map), 0);
	KUNIT_EXPECT_EQ(test, resolve(f, VA + 2 * PAGE_SIZE, &map), -EFAULT);
	KUNIT_EXPECT_EQ(test, resolve(f, VA + 3 * PAGE_SIZE, &map), -EFAULT);
	KUNIT_EXPECT_EQ(test, resolve(f, VA + 4 * PAGE_SIZE, &map), 0);

	/* Twice, and where nothing ever was. */
	f->hw->ops->unmap(f->vm, 0, 1ULL << 47, HW_ABSENT_FAULT);
	f->hw->ops->unmap(f->vm, 0, 1ULL << 47, HW_ABSENT_FAULT);
	KUNIT_EXPECT_EQ(test, resolve(f, VA, &map), -EFAULT);
}

static void commit_after_unmap_needs_no_new_prepare(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hw_mapping again = { VA, local_run(0, 1), HW_READ }, map;

	map_run(test, VA, local_run(SZ_4K, 1), HW_READ);
	f->hw->ops->unmap(f->vm, VA, VA + PAGE_SIZE, HW_ABSENT_FAULT);
	f->hw->ops->map_commit(f->vm, &again, 1);
	KUNIT_ASSERT_EQ(test, resolve(f, VA, &map), 0);
	KUNIT_EXPECT_EQ(test, map.run.addr, 0);
}

static void address_spaces_are_apart(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hw_vm *other = f->hw->ops->vm_create(f->hw);
	struct hw_mapping map;

	KUNIT_ASSERT_FALSE(test, IS_ERR(other));
	map_run(test, VA, local_run(0, 1), HW_READ);
	KUNIT_EXPECT_EQ(test, f->hw->ops->resolve(other, VA, &map), -EFAULT);
	f->hw->ops->vm_destroy(other);
}

static void copy_reaches_both_ends_both_ways(struct kunit *test)
{
	struct fixture *f = test->priv;
	u64 last = LOCAL_SIZE - PAGE_SIZE;
	struct hw_copy out[2] = {
		{ .dst = local_run(0, 1), .src = system_run(f, 0, 1) },
		{ .dst = local_run(last, 1),
		  .src = system_run(f, PAGE_SIZE, 1) },
	};
	struct hw_copy back = { .dst = system_run(f, 2 * PAGE_SIZE, 1),
				.src = local_run(last, 1) };
	u8 *system = page_address(f->system);

	memset(system, 0xa5, PAGE_SIZE);
	memset(system + PAGE_SIZE, 0x5a, PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, f->hw->ops->copy(f->hw, out, 2), 0);
	KUNIT_ASSERT_EQ(test, f->hw->ops->copy(f->hw, &back, 1), 0);
	KUNIT_EXPECT_EQ(test, memcmp(page_address(f->local), system,
				     PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, memcmp(system + 2 * PAGE_SIZE,
				     system + PAGE_SIZE, PAGE_SIZE), 0);
}

static void copy_fails_one_element_only(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hw_copy list[2] = {
		{ .dst = local_run(LOCAL_SIZE, 1),
		  .src = system_run(f, 0, 1) },
		{ .dst = local_run(0, 1), .src = system_run(f, 0, 1),
		  .status = 1 },
	};

	memset(page_address(f->system), 0x77, PAGE_SIZE);
	KUNIT_EXPECT_LT(test, f->hw->ops->copy(f->hw, list, 2), 0);
	KUNIT_EXPECT_LT(test, list[0].status, 0);
	KUNIT_EXPECT_EQ(test, list[1].status, 0);
	KUNIT_EXPECT_EQ(test, *(u8 *)page_address(f->local), 0x77);
}

static void clear_writes_zeros_in_bounds(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hw_run runs[2] = { local_run(PAGE_SIZE, 2),
				  local_run(LOCAL_SIZE - PAGE_SIZE, 1) };
	struct hw_run beyond = local_run(LOCAL_SIZE - PAGE_SIZE, 2);
	struct hw_run system = system_run(f, 0, 1);
	u8 *local = page_address(f->local);

	memset(local, 0xff, LOCAL_SIZE);
	KUNIT_ASSERT_EQ(test, f->hw->ops->clear(f->hw, runs, 2), 0);
	KUNIT_EXPECT_EQ(test, local[PAGE_SIZE - 1], 0xff);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(local + PAGE_SIZE, 0, SZ_8K),
			    NULL);
	KUNIT_EXPECT_EQ(test, local[3 * PAGE_SIZE], 0xff);
	KUNIT_EXPECT_EQ(test, local[LOCAL_SIZE - 1], 0);
	KUNIT_EXPECT_LT(test, f->hw->ops->clear(f->hw, &beyond, 1), 0);
	KUNIT_EXPECT_LT(test, f->hw->ops->clear(f->hw, &system, 1), 0);
}

static struct kunit_case hw_cases[] = {
	KUNIT_CASE(commit_maps_every_page_of_a_run),
	KUNIT_CASE(prepared_is_not_mapped),
	KUNIT_CASE(unmap_takes_exactly_its_interval),
	KUNIT_CASE(commit_after_unmap_needs_no_new_prepare),
	KUNIT_CASE(address_spaces_are_apart),
	KUNIT_CASE(copy_reaches_both_ends_both_ways),
	KUNIT_CASE(copy_fails_one_element_only),
	KUNIT_CASE(clear_writes_zeros_in_bounds),
	{}
};

static struct kunit_suite hw_suite = {
	.name = "hw-contract-loop",
	.init = hw_test_init,
	.exit = hw_test_exit,
	.test_cases = hw_cases,
};

kunit_test_suite(hw_suite);

MODULE_DESCRIPTION("KUnit tests of the amdgpu module's core");
MODULE_LICENSE("GPL");
