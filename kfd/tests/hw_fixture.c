// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>

#include "../hw/loop/loop.h"
#include "../hw/simgpu/simgpu.h"
#include "hw_fixture.h"

int hw_fixture_suite_init(struct kunit_suite *suite)
{
	return simgpu_init(NULL);
}

void hw_fixture_suite_exit(struct kunit_suite *suite)
{
	simgpu_exit();
}

static struct hw_fixture *fixture_alloc(struct kunit *test)
{
	struct hw_fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	test->priv = f;
	f->system = alloc_pages(GFP_KERNEL | __GFP_ZERO, FIXTURE_ORDER);
	KUNIT_ASSERT_NOT_NULL(test, f->system);
	return f;
}

static void vm_create(struct kunit *test, struct hw_fixture *f)
{
	KUNIT_ASSERT_FALSE(test, IS_ERR(f->hw));
	f->vm = f->hw->ops->vm_create(f->hw);
	KUNIT_ASSERT_FALSE(test, IS_ERR(f->vm));
}

int hw_fixture_init_loop(struct kunit *test)
{
	struct hw_fixture *f = fixture_alloc(test);

	f->vram = alloc_pages(GFP_KERNEL | __GFP_ZERO, FIXTURE_ORDER);
	KUNIT_ASSERT_NOT_NULL(test, f->vram);
	f->local = page_address(f->vram);
	f->hw = loop_create(HW_MAX_DEVICES - 1, page_to_phys(f->vram),
			    FIXTURE_SIZE);
	vm_create(test, f);
	return 0;
}

void hw_fixture_start(struct kunit *test, struct hw_fixture *f)
{
	f->hw = simgpu_create(0, 0, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(f->hw));
	f->local = memremap(f->hw->local_base, f->hw->local_size, MEMREMAP_WB);
	KUNIT_ASSERT_NOT_NULL(test, f->local);
	vm_create(test, f);
}

int hw_fixture_init_simgpu(struct kunit *test)
{
	struct hw_fixture *f;

	if (!simgpu_count()) {
		kunit_skip(test, "no free simgpu device in this node");
		return 0;
	}
	f = fixture_alloc(test);
	f->simgpu = true;
	hw_fixture_start(test, f);
	memset(f->local, 0, FIXTURE_SIZE);
	return 0;
}

void hw_fixture_stop(struct hw_fixture *f)
{
	if (!IS_ERR_OR_NULL(f->vm))
		f->hw->ops->vm_destroy(f->vm);
	f->vm = NULL;
	if (f->simgpu && f->local)
		memunmap(f->local);
	f->local = NULL;
	if (!IS_ERR_OR_NULL(f->hw)) {
		if (f->simgpu) {
			simgpu_quiet(f->hw);
			simgpu_destroy(f->hw);
		} else {
			loop_destroy(f->hw);
		}
	}
	f->hw = NULL;
}

void hw_fixture_exit(struct kunit *test)
{
	struct hw_fixture *f = test->priv;

	if (!f)
		return;
	hw_fixture_stop(f);
	if (f->vram)
		__free_pages(f->vram, FIXTURE_ORDER);
	if (f->system)
		__free_pages(f->system, FIXTURE_ORDER);
}

void hw_fixture_map(struct kunit *test, u64 va, struct hw_run run, u32 access)
{
	struct hw_fixture *f = test->priv;
	struct hw_mapping map = { va, run, access };
	u64 end = va + ((u64)run.npages << PAGE_SHIFT);

	KUNIT_ASSERT_EQ(test, f->hw->ops->map_prepare(f->vm, va, end), 0);
	f->hw->ops->map_commit(f->vm, &map, 1);
}
