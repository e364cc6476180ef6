// SPDX-License-Identifier: GPL-2.0
/*
 * The hardware contract of hw/hw.h: what holds for every back end.  loop is
 * always there; its VRAM is a block of ordinary pages here, so that the test needs
 * no SPM.  simgpu runs where the node has a device that no module uses.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "../hw/hw.h"
#include "hw_fixture.h"

static int resolve(struct hw_fixture *f, u64 va, struct hw_mapping *map)
{
	return f->hw->ops->resolve(f->vm, va, map);
}

static void commit_maps_every_page_of_a_run(struct kunit *test)
{
	struct hw_fixture *f = test->priv;
	struct hw_mapping map;

	hw_fixture_map(test, VA, local_run(SZ_8K, 3), HW_READ);
	hw_fixture_map(test, VA + 3 * PAGE_SIZE, system_run(f, 0, 1),
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
	struct hw_fixture *f = test->priv;
	struct hw_mapping map;

	KUNIT_ASSERT_EQ(test,
			f->hw->ops->map_prepare(f->vm, VA, VA + SZ_64K), 0);
	KUNIT_EXPECT_EQ(test, resolve(f, VA, &map), -EFAULT);
}

static void unmap_takes_exactly_its_interval(struct kunit *test)
{
	struct hw_fixture *f = test->priv;
	struct hw_mapping map;

	hw_fixture_map(test, VA, local_run(0, 8), HW_READ);
	f->hw->ops->unmap(f->vm, VA + 2 * PAGE_SIZE, VA + 4 * PAGE_SIZE,
			  HW_ABSENT_FAULT);
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
	struct hw_fixture *f = test->priv;
	struct hw_mapping again = { VA, local_run(0, 1), HW_READ }, map;

	hw_fixture_map(test, VA, local_run(SZ_4K, 1), HW_READ);
	f->hw->ops->unmap(f->vm, VA, VA + PAGE_SIZE, HW_ABSENT_FAULT);
	f->hw->ops->map_commit(f->vm, &again, 1);
	KUNIT_ASSERT_EQ(test, resolve(f, VA, &map), 0);
	KUNIT_EXPECT_EQ(test, map.run.addr, 0);
}

static void address_spaces_are_apart(struct kunit *test)
{
	struct hw_fixture *f = test->priv;
	struct hw_vm *other = f->hw->ops->vm_create(f->hw);
	struct hw_mapping map;

	KUNIT_ASSERT_FALSE(test, IS_ERR(other));
	hw_fixture_map(test, VA, local_run(0, 1), HW_READ);
	KUNIT_EXPECT_EQ(test, f->hw->ops->resolve(other, VA, &map), -EFAULT);
	f->hw->ops->vm_destroy(other);
}

static void copy_reaches_both_ends_both_ways(struct kunit *test)
{
	struct hw_fixture *f = test->priv;
	u64 last = f->hw->local_size - PAGE_SIZE;
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
	KUNIT_EXPECT_EQ(test, memcmp(f->local, system,
				     PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, memcmp(system + 2 * PAGE_SIZE,
				     system + PAGE_SIZE, PAGE_SIZE), 0);
}

static void copy_fails_one_element_only(struct kunit *test)
{
	struct hw_fixture *f = test->priv;
	struct hw_copy list[2] = {
		{ .dst = local_run(f->hw->local_size, 1),
		  .src = system_run(f, 0, 1) },
		{ .dst = local_run(0, 1), .src = system_run(f, 0, 1),
		  .status = 1 },
	};

	memset(page_address(f->system), 0x77, PAGE_SIZE);
	KUNIT_EXPECT_LT(test, f->hw->ops->copy(f->hw, list, 2), 0);
	KUNIT_EXPECT_LT(test, list[0].status, 0);
	KUNIT_EXPECT_EQ(test, list[1].status, 0);
	KUNIT_EXPECT_EQ(test, f->local[0], 0x77);
}

static void clear_writes_zeros_in_bounds(struct kunit *test)
{
	struct hw_fixture *f = test->priv;
	struct hw_run runs[2] = { local_run(PAGE_SIZE, 2),
				  local_run(f->hw->local_size - PAGE_SIZE, 1) };
	struct hw_run beyond = local_run(f->hw->local_size - PAGE_SIZE, 2);
	struct hw_run system = system_run(f, 0, 1);
	u8 *local = f->local;
	u8 *end = local + f->hw->local_size;

	memset(local, 0xff, FIXTURE_SIZE);
	memset(end - PAGE_SIZE, 0xff, PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, f->hw->ops->clear(f->hw, runs, 2), 0);
	KUNIT_EXPECT_EQ(test, local[PAGE_SIZE - 1], 0xff);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(local + PAGE_SIZE, 0, SZ_8K),
			    NULL);
	KUNIT_EXPECT_EQ(test, local[3 * PAGE_SIZE], 0xff);
	KUNIT_EXPECT_EQ(test, end[-1], 0);
	KUNIT_EXPECT_LT(test, f->hw->ops->clear(f->hw, &beyond, 1), 0);
	KUNIT_EXPECT_LT(test, f->hw->ops->clear(f->hw, &system, 1), 0);
}

static void commit_replaces_what_was_there(struct kunit *test)
{
	struct hw_fixture *f = test->priv;
	struct hw_mapping map;

	hw_fixture_map(test, VA, local_run(0, 8), HW_READ | HW_WRITE);
	hw_fixture_map(test, VA + 2 * PAGE_SIZE, system_run(f, 0, 2), HW_READ);
	KUNIT_ASSERT_EQ(test, resolve(f, VA + PAGE_SIZE, &map), 0);
	KUNIT_EXPECT_EQ(test, map.run.addr, PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, resolve(f, VA + 3 * PAGE_SIZE, &map), 0);
	KUNIT_EXPECT_EQ(test, map.run.addr, page_to_phys(f->system) + PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, map.run.place, HW_SYSTEM);
	KUNIT_EXPECT_EQ(test, map.access, HW_READ);
	KUNIT_ASSERT_EQ(test, resolve(f, VA + 4 * PAGE_SIZE, &map), 0);
	KUNIT_EXPECT_EQ(test, map.run.place, HW_LOCAL);
}

/* The whole of a run that has a hole and a foreign page in its middle. */
static void large_run_bears_a_hole(struct kunit *test)
{
	struct hw_fixture *f = test->priv;
	struct hw_mapping map, other = { VA + 700 * PAGE_SIZE,
					 system_run(f, 0, 1), HW_READ };
	u32 i;

	hw_fixture_map(test, VA, local_run(0, FIXTURE_PAGES), HW_READ);
	f->hw->ops->unmap(f->vm, VA + 100 * PAGE_SIZE, VA + 101 * PAGE_SIZE,
			  HW_ABSENT_FAULT);
	f->hw->ops->map_commit(f->vm, &other, 1);
	for (i = 0; i < FIXTURE_PAGES; i++) {
		int err = resolve(f, VA + i * PAGE_SIZE, &map);

		KUNIT_ASSERT_EQ_MSG(test, err, i == 100 ? -EFAULT : 0,
				    "page %u", i);
		if (!err)
			KUNIT_ASSERT_EQ_MSG(test, map.run.addr,
					    i == 700 ? other.run.addr :
						       i * PAGE_SIZE,
					    "page %u", i);
	}
}

/* struct model - what each page of a window of 6 MiB should map to */
#define MODEL_PAGES	1536
struct model {
	struct rnd_state rnd;
	struct hw_run run[MODEL_PAGES];		/* npages 0: not mapped */
	u32 access[MODEL_PAGES];
};

static u32 below(struct model *m, u32 n)
{
	return prandom_u32_state(&m->rnd) % n;
}

static void model_step(struct kunit *test, struct model *m)
{
	static const u32 grains[] = { 1, 7, 16, 512 };
	struct hw_fixture *f = test->priv;
	u32 grain = grains[below(m, ARRAY_SIZE(grains))], i;
	u32 first = ALIGN_DOWN(below(m, MODEL_PAGES), grain & ~7U ?: 1);
	u32 n = min3(grain * (1 + below(m, 2)), MODEL_PAGES - first,
		     (u32)FIXTURE_PAGES);
	u32 at = min_t(u32, ALIGN_DOWN(below(m, FIXTURE_PAGES), grain & ~7U ?: 1),
		       FIXTURE_PAGES - n);
	u64 va = VA + first * PAGE_SIZE;
	struct hw_mapping map = {
		va, below(m, 2) ? local_run(at * PAGE_SIZE, n) :
				  system_run(f, at * PAGE_SIZE, n),
		below(m, 2) ? HW_READ : HW_READ | HW_WRITE | HW_ATOMIC
	};
	bool unmap = !below(m, 4);

	if (unmap)
		f->hw->ops->unmap(f->vm, va, va + n * PAGE_SIZE,
				  below(m, 2) ? HW_ABSENT_WAIT :
						HW_ABSENT_FAULT);
	else
		f->hw->ops->map_commit(f->vm, &map, 1);
	for (i = 0; i < n; i++) {
		m->run[first + i] = map.run;
		m->run[first + i].addr += i * PAGE_SIZE;
		m->run[first + i].npages = !unmap;
		m->access[first + i] = map.access;
	}
}

static void model_check(struct kunit *test, const struct model *m)
{
	struct hw_fixture *f = test->priv;
	struct hw_mapping map;
	u32 i;

	for (i = 0; i < MODEL_PAGES; i++) {
		int err = resolve(f, VA + i * PAGE_SIZE, &map);

		KUNIT_ASSERT_EQ_MSG(test, err, m->run[i].npages ? 0 : -EFAULT,
				    "page %u", i);
		if (err)
			continue;
		KUNIT_ASSERT_EQ_MSG(test, map.run.addr, m->run[i].addr,
				    "page %u", i);
		KUNIT_ASSERT_EQ_MSG(test, map.run.place, m->run[i].place,
				    "page %u", i);
		KUNIT_ASSERT_EQ_MSG(test, map.access, m->access[i], "page %u",
				    i);
	}
}

static void random_maps_match_a_model(struct kunit *test)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct hw_fixture *f = test->priv;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	prandom_seed_state(&m->rnd, 3);
	KUNIT_ASSERT_EQ(test, 0, f->hw->ops->map_prepare(f->vm, VA, VA +
							 MODEL_PAGES * PAGE_SIZE));
	for (i = 0; i < 1000; i++) {
		model_step(test, m);
		if (i % 10 == 0)
			model_check(test, m);
	}
	model_check(test, m);
}

/* A page full of a number that tells the page. */
static void page_fill(void *page, u64 number)
{
	memset64(page, number * 0x9e3779b97f4a7c15ULL, PAGE_SIZE / 8);
}

static bool page_is(const void *page, u64 number)
{
	const u64 *word = page;
	u32 i;

	for (i = 0; i < PAGE_SIZE / 8; i++)
		if (word[i] != number * 0x9e3779b97f4a7c15ULL)
			return false;
	return true;
}

static void copy_takes_runs_of_any_length(struct kunit *test)
{
	struct hw_fixture *f = test->priv;
	struct hw_copy copy = { .dst = local_run(0, FIXTURE_PAGES),
				.src = system_run(f, 0, FIXTURE_PAGES) };
	struct hw_copy back = { .dst = system_run(f, PAGE_SIZE, 700),
				.src = local_run(0, 700) };
	u32 i;

	for (i = 0; i < FIXTURE_PAGES; i++)
		page_fill(system_at(f, i * PAGE_SIZE), i + 1);
	KUNIT_ASSERT_EQ(test, f->hw->ops->copy(f->hw, &copy, 1), 0);
	for (i = 0; i < FIXTURE_PAGES; i++)
		KUNIT_ASSERT_TRUE(test, page_is(f->local + i * PAGE_SIZE,
						i + 1));
	KUNIT_ASSERT_EQ(test, f->hw->ops->copy(f->hw, &back, 1), 0);
	for (i = 0; i < 700; i++)
		KUNIT_ASSERT_TRUE(test, page_is(system_at(f, (i + 1) * PAGE_SIZE),
						i + 1));
	KUNIT_EXPECT_TRUE(test, page_is(system_at(f, 701 * PAGE_SIZE), 702));
}

/* More elements than one command can have, every seventh of them bad. */
#define MANY		9000

static void many_build(struct hw_fixture *f, struct hw_copy *list)
{
	u32 i, page;

	for (i = 0; i < MANY; i++) {
		page = i % FIXTURE_PAGES;
		list[i].dst = local_run(page * PAGE_SIZE, 1);
		list[i].src = system_run(f, (FIXTURE_PAGES - 1 - page) * PAGE_SIZE,
					 1);
		list[i].status = 77;
		switch (i % 28) {
		case 0:
			list[i].dst.addr = f->hw->local_size;
			break;
		case 7:
			list[i].src.addr = BIT_ULL(45);
			break;
		case 14:
			list[i].dst.addr++;
			break;
		case 21:
			list[i].src = local_run(f->hw->local_size - PAGE_SIZE,
						1);
			list[i].dst.npages = 2;
			break;
		}
	}
}

static void bad_elements_fail_alone(struct kunit *test)
{
	struct hw_copy *list = vmalloc(MANY * sizeof(*list));
	struct hw_fixture *f = test->priv;
	u32 i, wrong = 0;

	KUNIT_ASSERT_NOT_NULL(test, list);
	for (i = 0; i < FIXTURE_PAGES; i++)
		page_fill(system_at(f, i * PAGE_SIZE), i + 1);
	many_build(f, list);
	KUNIT_EXPECT_LT(test, f->hw->ops->copy(f->hw, list, MANY), 0);
	for (i = 0; i < MANY; i++)
		wrong += i % 7 ? list[i].status != 0 : list[i].status >= 0;
	vfree(list);
	KUNIT_EXPECT_EQ(test, wrong, 0);
	for (i = 0; i < FIXTURE_PAGES; i++)
		KUNIT_ASSERT_TRUE_MSG(test, page_is(f->local + i * PAGE_SIZE,
						    FIXTURE_PAGES - i),
				      "page %u", i);
}

/* struct copier - one of several that copy at the same time */
#define COPIERS		6
#define COPIER_PAGES	32
struct copier {
	struct work_struct work;
	struct hw_fixture *f;
	u32 first;
	int err;
};

/* Forth to VRAM and back to the next place, a page on each time. */
static void copier_work(struct work_struct *work)
{
	struct copier *c = container_of(work, struct copier, work);
	const struct hw_ops *ops = c->f->hw->ops;
	u64 at = c->first * PAGE_SIZE;
	u32 i;

	page_fill(system_at(c->f, at), c->first + 1);
	for (i = 0; i + 1 < COPIER_PAGES && !c->err; i++, at += PAGE_SIZE) {
		struct hw_copy there = { .dst = local_run(at, 1),
					 .src = system_run(c->f, at, 1) };
		struct hw_copy back = { .dst = system_run(c->f, at + PAGE_SIZE, 1),
					.src = local_run(at, 1) };

		c->err = ops->copy(c->f->hw, &there, 1);
		if (!c->err)
			c->err = ops->copy(c->f->hw, &back, 1);
	}
}

static void copies_go_on_side_by_side(struct kunit *test)
{
	struct hw_fixture *f = test->priv;
	struct copier *c;
	u32 i;

	c = kunit_kcalloc(test, COPIERS, sizeof(*c), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, c);
	for (i = 0; i < COPIERS; i++) {
		c[i].f = f;
		c[i].first = i * COPIER_PAGES;
		INIT_WORK(&c[i].work, copier_work);
		queue_work(system_unbound_wq, &c[i].work);
	}
	for (i = 0; i < COPIERS; i++) {
		u64 last = (c[i].first + COPIER_PAGES - 1) * PAGE_SIZE;

		flush_work(&c[i].work);
		KUNIT_EXPECT_EQ(test, c[i].err, 0);
		KUNIT_EXPECT_TRUE(test, page_is(system_at(f, last),
						c[i].first + 1));
	}
}

/* An array for each suite: KUnit keeps results in it. */
static struct kunit_case loop_cases[] = {
	KUNIT_CASE(commit_maps_every_page_of_a_run),
	KUNIT_CASE(prepared_is_not_mapped),
	KUNIT_CASE(unmap_takes_exactly_its_interval),
	KUNIT_CASE(commit_after_unmap_needs_no_new_prepare),
	KUNIT_CASE(commit_replaces_what_was_there),
	KUNIT_CASE(large_run_bears_a_hole),
	KUNIT_CASE(random_maps_match_a_model),
	KUNIT_CASE(address_spaces_are_apart),
	KUNIT_CASE(copy_reaches_both_ends_both_ways),
	KUNIT_CASE(copy_fails_one_element_only),
	KUNIT_CASE(copy_takes_runs_of_any_length),
	KUNIT_CASE(bad_elements_fail_alone),
	KUNIT_CASE(copies_go_on_side_by_side),
	KUNIT_CASE(clear_writes_zeros_in_bounds),
	{}
};

static struct kunit_suite loop_suite = {
	.name = "hw-contract-loop",
	.init = hw_fixture_init_loop,
	.exit = hw_fixture_exit,
	.test_cases = loop_cases,
};

static struct kunit_case simgpu_cases[] = {
	KUNIT_CASE(commit_maps_every_page_of_a_run),
	KUNIT_CASE(prepared_is_not_mapped),
	KUNIT_CASE(unmap_takes_exactly_its_interval),
	KUNIT_CASE(commit_after_unmap_needs_no_new_prepare),
	KUNIT_CASE(commit_replaces_what_was_there),
	KUNIT_CASE(large_run_bears_a_hole),
	KUNIT_CASE(random_maps_match_a_model),
	KUNIT_CASE(address_spaces_are_apart),
	KUNIT_CASE(copy_reaches_both_ends_both_ways),
	KUNIT_CASE(copy_fails_one_element_only),
	KUNIT_CASE(copy_takes_runs_of_any_length),
	KUNIT_CASE(bad_elements_fail_alone),
	KUNIT_CASE(copies_go_on_side_by_side),
	KUNIT_CASE(clear_writes_zeros_in_bounds),
	{}
};

static struct kunit_suite simgpu_suite = {
	.name = "hw-contract-simgpu",
	.suite_init = hw_fixture_suite_init,
	.suite_exit = hw_fixture_suite_exit,
	.init = hw_fixture_init_simgpu,
	.exit = hw_fixture_exit,
	.test_cases = simgpu_cases,
};

kunit_test_suites(&loop_suite, &simgpu_suite);

MODULE_DESCRIPTION("KUnit tests of the amdgpu module's core");
MODULE_LICENSE("GPL");
