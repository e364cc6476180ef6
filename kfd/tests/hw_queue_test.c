// SPDX-License-Identifier: GPL-2.0
/*
 * The part of the hardware contract that has to do with queues: what they reach,
 * when they stand still, and what the front is told.  On simgpu only.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/sizes.h>

#include "hw_queue.h"

/* Long enough for a device that should do nothing to do it all the same. */
#define STILL_MS	50

static void map_data(struct kunit *test, u32 first, u32 n, u32 access)
{
	struct hw_fixture *f = test->priv;

	hw_fixture_map(test, DATA_VA + first * PAGE_SIZE,
		       system_run(f, (DATA_PAGE + first) * PAGE_SIZE, n),
		       access);
}

static void unmap_data(struct hw_fixture *f, u32 first, u32 n,
		       enum hw_absent absent)
{
	f->hw->ops->unmap(f->vm, DATA_VA + first * PAGE_SIZE,
			  DATA_VA + (first + n) * PAGE_SIZE, absent);
}

static void packets_are_executed(struct kunit *test)
{
	struct hw_test_queue *q = hw_queue_start(test);
	u32 i;

	map_data(test, 0, 2, HW_READ | HW_WRITE);
	/* Around the ring some times. */
	for (i = 0; i < 3000; i++) {
		hw_queue_fence(q, DATA_VA + 4 * (i % 512), i);
		if (i % 100 != 99)
			continue;
		hw_queue_ring(q);
		KUNIT_ASSERT_TRUE(test, wait_until(hw_queue_is_done(q)));
		KUNIT_ASSERT_EQ(test, hw_queue_data(q, 4 * (i % 512)), i);
	}
	hw_queue_copy(q, DATA_VA + PAGE_SIZE, DATA_VA, 2048);
	hw_queue_ring(q);
	KUNIT_EXPECT_TRUE(test, wait_until(hw_queue_is_done(q)));
	KUNIT_EXPECT_EQ(test, hw_queue_data(q, PAGE_SIZE + 4 * (2999 % 512)),
			2999);
	KUNIT_EXPECT_EQ(test, atomic_read(&q->log->errors), 0);
	hw_queue_stop(q);
}

static void queue_reaches_local_memory(struct kunit *test)
{
	struct hw_test_queue *q = hw_queue_start(test);
	u64 last = q->f->hw->local_size - PAGE_SIZE;

	hw_fixture_map(test, DATA_VA, local_run(0, 512), HW_READ | HW_WRITE);
	hw_fixture_map(test, DATA_VA + SZ_4M, local_run(last, 1),
		       HW_READ | HW_WRITE);
	hw_queue_fence(q, DATA_VA + SZ_1M, 0x1234);
	hw_queue_copy(q, DATA_VA + SZ_4M + 8, DATA_VA + SZ_1M, 4);
	hw_queue_ring(q);
	KUNIT_EXPECT_TRUE(test, wait_until(hw_queue_is_done(q)));
	KUNIT_EXPECT_EQ(test, *(u32 *)(q->f->local + SZ_1M), 0x1234);
	KUNIT_EXPECT_EQ(test, *(u32 *)(q->f->local + last + 8), 0x1234);
	hw_queue_stop(q);
}

static void trap_becomes_an_interrupt(struct kunit *test)
{
	struct hw_test_queue *q = hw_queue_start(test);
	struct hw_upcall_log *log = q->log;
	int i;

	for (i = 1; i <= 100; i++) {
		hw_queue_trap(q, i);
		hw_queue_ring(q);
		KUNIT_ASSERT_TRUE(test,
				  wait_until(atomic_read(&log->interrupts) == i));
		KUNIT_EXPECT_EQ(test, log->source, HW_SOURCE_SDMA);
		KUNIT_EXPECT_EQ(test, log->context, i);
	}
	/* More than the event ring has room for. */
	for (i = 0; i < 9000; i++) {
		hw_queue_trap(q, i);
		if (i % 500 == 499) {
			hw_queue_ring(q);
			KUNIT_ASSERT_TRUE(test, wait_until(hw_queue_is_done(q)));
		}
	}
	KUNIT_EXPECT_TRUE(test,
			  wait_until(atomic_read(&log->interrupts) == 9100));
	hw_queue_stop(q);
}

static void suspended_vm_stands_still(struct kunit *test)
{
	struct hw_test_queue *q = hw_queue_start(test);
	const struct hw_ops *ops = q->f->hw->ops;
	struct hw_vm *vm = q->f->vm;

	map_data(test, 0, 1, HW_READ | HW_WRITE);
	ops->vm_suspend(vm);
	ops->vm_suspend(vm);
	hw_queue_fence(q, DATA_VA, 1);
	hw_queue_ring(q);
	msleep(STILL_MS);
	KUNIT_EXPECT_EQ(test, hw_queue_data(q, 0), 0);
	ops->vm_resume(vm);
	KUNIT_EXPECT_TRUE(test, wait_until(hw_queue_data(q, 0) == 1));
	hw_queue_stop(q);
}

static void destroyed_queue_stands_still(struct kunit *test)
{
	struct hw_test_queue *q = hw_queue_start(test);
	const struct hw_ops *ops = q->f->hw->ops;

	map_data(test, 0, 1, HW_READ | HW_WRITE);
	ops->queue_destroy(q->queue);
	hw_queue_fence(q, DATA_VA, 1);
	hw_queue_ring(q);
	msleep(STILL_MS);
	KUNIT_EXPECT_EQ(test, hw_queue_data(q, 0), 0);
	/* A new one at the same doorbell has not been rung. */
	q->queue = ops->queue_create(q->f->vm, &q->args, q->log);
	KUNIT_ASSERT_FALSE(test, IS_ERR(q->queue));
	msleep(STILL_MS);
	hw_queue_stop(q);
}

static void update_disables_and_enables(struct kunit *test)
{
	struct hw_test_queue *q = hw_queue_start(test);
	const struct hw_ops *ops = q->f->hw->ops;

	map_data(test, 0, 1, HW_READ | HW_WRITE);
	q->args.percentage = 0;
	KUNIT_EXPECT_EQ(test, 0, ops->queue_update(q->queue, &q->args));
	hw_queue_fence(q, DATA_VA, 1);
	hw_queue_ring(q);
	msleep(STILL_MS);
	KUNIT_EXPECT_EQ(test, hw_queue_data(q, 0), 0);
	q->args.percentage = 50;
	KUNIT_EXPECT_EQ(test, 0, ops->queue_update(q->queue, &q->args));
	KUNIT_EXPECT_TRUE(test, wait_until(hw_queue_data(q, 0) == 1));
	hw_queue_stop(q);
}

static void commit_takes_effect_at_once(struct kunit *test)
{
	struct hw_test_queue *q = hw_queue_start(test);
	u32 i;

	map_data(test, 0, 8, HW_READ | HW_WRITE);
	for (i = 0; i < 50; i++) {
		/* The first page of the interval is another one each time. */
		hw_fixture_map(test, DATA_VA,
			       system_run(q->f, (DATA_PAGE + i % 8) * PAGE_SIZE,
					  1), HW_READ | HW_WRITE);
		hw_queue_fence(q, DATA_VA, i + 1);
		hw_queue_ring(q);
		KUNIT_ASSERT_TRUE(test, wait_until(hw_queue_is_done(q)));
		KUNIT_ASSERT_EQ(test, hw_queue_data(q, i % 8 * PAGE_SIZE),
				i + 1);
	}
	hw_queue_stop(q);
}

/* Write to the first data page, and say which of eight got it. */
static int page_written(struct kunit *test, struct hw_test_queue *q, u32 value)
{
	u32 i;

	hw_queue_fence(q, DATA_VA, value);
	hw_queue_ring(q);
	KUNIT_ASSERT_TRUE(test, wait_until(hw_queue_is_done(q)));
	for (i = 0; i < 8; i++)
		if (hw_queue_data(q, i * PAGE_SIZE) == value)
			return i;
	return -1;
}

/* With a device that does not invalidate, the other tests would fail. */
static void stale_translation_shows(struct kunit *test)
{
	struct hw_test_queue *q = hw_queue_start(test);
	struct hw_fixture *f = q->f;
	char on[] = "stale-tlb 1", off[] = "stale-tlb 0";
	struct hw_run second = system_run(f, (DATA_PAGE + 1) * PAGE_SIZE, 1);

	map_data(test, 0, 1, HW_READ | HW_WRITE);
	KUNIT_EXPECT_EQ(test, page_written(test, q, 1), 0);
	KUNIT_ASSERT_EQ(test, 0, f->hw->ops->inject(f->hw, on));
	hw_fixture_map(test, DATA_VA, second, HW_READ | HW_WRITE);
	KUNIT_EXPECT_EQ(test, page_written(test, q, 2), 0);
	KUNIT_ASSERT_EQ(test, 0, f->hw->ops->inject(f->hw, off));
	/* What is as it was needs no invalidation; this does. */
	map_data(test, 0, 1, HW_READ | HW_WRITE);
	hw_fixture_map(test, DATA_VA, second, HW_READ | HW_WRITE);
	KUNIT_EXPECT_EQ(test, page_written(test, q, 3), 1);
	hw_queue_stop(q);
}

/* A queue is amid a lot of writes to a page when that is taken away. */
static void unmap_keeps_the_device_out(struct kunit *test)
{
	struct hw_test_queue *q = hw_queue_start(test);
	const struct hw_ops *ops = q->f->hw->ops;
	u32 round, i, seen;

	ops->set_retry(q->f->vm, true);
	map_data(test, 0, 512, HW_READ | HW_WRITE);
	for (round = 0; round < 40; round++) {
		int faults = atomic_read(&q->log->faults);

		for (i = 0; i < 500; i++)
			hw_queue_fence(q, DATA_VA, i + 1);
		hw_queue_ring(q);
		usleep_range(1, 20 * round + 2);
		unmap_data(q->f, 0, 1, HW_ABSENT_FAULT);
		seen = hw_queue_data(q, 0);
		usleep_range(500, 1000);
		KUNIT_ASSERT_EQ(test, hw_queue_data(q, 0), seen);
		/* It waits there, unless it was done already. */
		if (seen < 500)
			KUNIT_ASSERT_TRUE(test,
					  wait_until(atomic_read(&q->log->faults) >
						     faults));
		map_data(test, 0, 1, HW_READ | HW_WRITE);
		ops->fault_done(q->f->vm, DATA_VA, DATA_VA + PAGE_SIZE, false);
		KUNIT_ASSERT_TRUE(test, wait_until(hw_queue_is_done(q)));
		KUNIT_ASSERT_EQ(test, hw_queue_data(q, 0), 500);
	}
	hw_queue_stop(q);
}

static void fault_without_retry_stops_the_queue(struct kunit *test)
{
	struct hw_test_queue *q = hw_queue_start(test);
	struct hw_upcall_log *log = q->log;

	map_data(test, 0, 1, HW_READ | HW_WRITE);
	hw_queue_fence(q, DATA_VA + 3 * PAGE_SIZE + 8, 1);
	hw_queue_fence(q, DATA_VA, 2);
	hw_queue_ring(q);
	KUNIT_ASSERT_TRUE(test, wait_until(atomic_read(&log->errors)));
	KUNIT_EXPECT_EQ(test, log->error, HW_ERROR_FAULT);
	KUNIT_EXPECT_EQ(test, log->error_fault.va, DATA_VA + 3 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, log->error_fault.access, HW_WRITE);
	KUNIT_EXPECT_FALSE(test, log->error_fault.present);
	msleep(STILL_MS);
	KUNIT_EXPECT_EQ(test, hw_queue_data(q, 0), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&log->errors), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&log->faults), 0);
	hw_queue_stop(q);
}

static void fault_with_retry_waits_for_the_answer(struct kunit *test)
{
	struct hw_test_queue *q = hw_queue_start(test);
	const struct hw_ops *ops = q->f->hw->ops;
	struct hw_upcall_log *log = q->log;

	ops->set_retry(q->f->vm, true);
	hw_queue_fence(q, DATA_VA + 8, 1);
	hw_queue_ring(q);
	KUNIT_ASSERT_TRUE(test, wait_until(atomic_read(&log->faults)));
	KUNIT_EXPECT_EQ(test, log->fault.va, DATA_VA);
	KUNIT_EXPECT_EQ(test, log->fault.access, HW_WRITE);
	KUNIT_EXPECT_FALSE(test, log->fault.present);

	/* The wrong answer brings the fault again, and so does a lame one. */
	ops->fault_done(q->f->vm, DATA_VA, DATA_VA + PAGE_SIZE, false);
	KUNIT_ASSERT_TRUE(test, wait_until(atomic_read(&log->faults) == 2));
	map_data(test, 0, 1, HW_READ);
	ops->fault_done(q->f->vm, DATA_VA, DATA_VA + PAGE_SIZE, false);
	KUNIT_ASSERT_TRUE(test, wait_until(atomic_read(&log->faults) == 3));
	KUNIT_EXPECT_TRUE(test, log->fault.present);

	map_data(test, 0, 1, HW_READ | HW_WRITE);
	msleep(STILL_MS);
	KUNIT_EXPECT_EQ(test, hw_queue_data(q, 8), 0);
	ops->fault_done(q->f->vm, DATA_VA - SZ_1M, DATA_VA + SZ_1M, false);
	KUNIT_EXPECT_TRUE(test, wait_until(hw_queue_data(q, 8) == 1));
	KUNIT_EXPECT_EQ(test, atomic_read(&log->errors), 0);
	hw_queue_stop(q);
}

static void absent_page_waits_without_retry(struct kunit *test)
{
	struct hw_test_queue *q = hw_queue_start(test);
	struct hw_upcall_log *log = q->log;

	map_data(test, 0, 4, HW_READ | HW_WRITE);
	unmap_data(q->f, 1, 1, HW_ABSENT_WAIT);
	hw_queue_fence(q, DATA_VA + PAGE_SIZE, 1);
	hw_queue_ring(q);
	KUNIT_ASSERT_TRUE(test, wait_until(atomic_read(&log->faults)));
	KUNIT_EXPECT_EQ(test, log->fault.va, DATA_VA + PAGE_SIZE);
	map_data(test, 1, 1, HW_READ | HW_WRITE);
	q->f->hw->ops->fault_done(q->f->vm, DATA_VA, DATA_VA + SZ_64K, false);
	KUNIT_EXPECT_TRUE(test, wait_until(hw_queue_data(q, PAGE_SIZE) == 1));
	KUNIT_EXPECT_EQ(test, atomic_read(&log->errors), 0);

	/* Taken away for good, it is an error again. */
	unmap_data(q->f, 0, 4, HW_ABSENT_WAIT);
	unmap_data(q->f, 0, 4, HW_ABSENT_FAULT);
	hw_queue_fence(q, DATA_VA + PAGE_SIZE, 2);
	hw_queue_ring(q);
	KUNIT_EXPECT_TRUE(test, wait_until(atomic_read(&log->errors) == 1));
	hw_queue_stop(q);
}

static void killed_fault_is_an_error(struct kunit *test)
{
	struct hw_test_queue *q = hw_queue_start(test);
	const struct hw_ops *ops = q->f->hw->ops;
	struct hw_upcall_log *log = q->log;

	ops->set_retry(q->f->vm, true);
	hw_queue_fence(q, DATA_VA, 1);
	hw_queue_ring(q);
	KUNIT_ASSERT_TRUE(test, wait_until(atomic_read(&log->faults)));
	ops->fault_done(q->f->vm, DATA_VA, DATA_VA + PAGE_SIZE, true);
	KUNIT_ASSERT_TRUE(test, wait_until(atomic_read(&log->errors)));
	KUNIT_EXPECT_EQ(test, log->error, HW_ERROR_FAULT);
	KUNIT_EXPECT_EQ(test, log->error_fault.va, DATA_VA);
	hw_queue_stop(q);
}

static void bad_packet_is_an_error(struct kunit *test)
{
	struct hw_test_queue *q = hw_queue_start(test);
	struct hw_upcall_log *log = q->log;

	map_data(test, 0, 1, HW_READ | HW_WRITE);
	hw_queue_fence(q, DATA_VA, 1);
	hw_queue_dword(q, 0xee);
	hw_queue_fence(q, DATA_VA, 2);
	hw_queue_ring(q);
	KUNIT_ASSERT_TRUE(test, wait_until(atomic_read(&log->errors)));
	KUNIT_EXPECT_EQ(test, log->error, HW_ERROR_PACKET);
	KUNIT_EXPECT_NE(test, log->code, 0);
	msleep(STILL_MS);
	KUNIT_EXPECT_EQ(test, hw_queue_data(q, 0), 1);
	hw_queue_stop(q);
}

static void no_error_comes_after_destroy(struct kunit *test)
{
	struct hw_upcall_log *log = NULL;
	struct hw_test_queue *q;
	int i, errors;

	for (i = 0; i < 30; i++) {
		q = hw_queue_start(test);
		hw_queue_dword(q, 0xee);
		hw_queue_ring(q);
		usleep_range(1, 30 * i + 2);
		log = q->log;
		hw_queue_stop(q);
		errors = atomic_read(&log->errors);
		usleep_range(500, 1000);
		KUNIT_ASSERT_EQ(test, atomic_read(&log->errors), errors);
	}
}

static void bad_arguments_are_refused(struct kunit *test)
{
	struct hw_test_queue *q = hw_queue_start(test);
	const struct hw_ops *ops = q->f->hw->ops;
	struct hw_queue_args bad[] = { q->args, q->args, q->args, q->args,
				       q->args };
	unsigned int i;

	bad[0].type = 4;
	bad[1].doorbell = HW_DOORBELL_SIZE / 8;
	bad[2].ring_size = 1000;
	bad[3].ring_size = 512;
	bad[4].priority = 16;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct hw_queue *queue = ops->queue_create(q->f->vm, &bad[i],
							   NULL);

		KUNIT_EXPECT_PTR_EQ_MSG(test, queue, ERR_PTR(-EINVAL),
					"arguments %u", i);
	}
	KUNIT_EXPECT_EQ(test, -EINVAL, ops->queue_update(q->queue, &bad[2]));
	hw_queue_stop(q);
}

static void queues_run_out(struct kunit *test)
{
	struct hw_test_queue *q = hw_queue_start(test);
	const struct hw_ops *ops = q->f->hw->ops;
	struct hw_vm *other = ops->vm_create(q->f->hw);
	struct hw_queue_args args = q->args;
	struct hw_queue **queues;
	u32 n, i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(other));
	other->owner = q->log;
	queues = kunit_kcalloc(test, 2048, sizeof(*queues), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, queues);
	args.ring_size = 0;
	/* Each doorbell of a VM belongs to one queue. */
	for (n = 0; n < 2048; n++) {
		args.doorbell = n % 1000 + DOORBELL + 1;
		queues[n] = ops->queue_create(n < 1000 ? q->f->vm : other,
					      &args, NULL);
		if (IS_ERR(queues[n]))
			break;
	}
	KUNIT_EXPECT_EQ(test, n, 1023);
	KUNIT_EXPECT_PTR_EQ(test, queues[n], ERR_PTR(-ENOSPC));
	for (i = 0; i < n; i++)
		ops->queue_destroy(queues[i]);
	queues[0] = ops->queue_create(q->f->vm, &args, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(queues[0]));
	ops->queue_destroy(queues[0]);
	ops->vm_destroy(other);
	hw_queue_stop(q);
}

static void sleeping_doorbells_are_not_heard(struct kunit *test)
{
	struct hw_test_queue *q = hw_queue_start(test);
	const struct hw_ops *ops = q->f->hw->ops;
	u64 now;

	map_data(test, 0, 1, HW_READ | HW_WRITE);
	KUNIT_EXPECT_TRUE(test, wait_until(atomic_read(&q->log->idles)));
	ops->doorbell_sleep(q->f->vm);
	/* The device has taken the command when it answers a later one. */
	KUNIT_EXPECT_EQ(test, 0, ops->clock(q->f->hw, &now));
	hw_queue_fence(q, DATA_VA, 1);
	hw_queue_ring(q);
	msleep(STILL_MS);
	KUNIT_EXPECT_EQ(test, hw_queue_data(q, 0), 0);
	ops->doorbell_wake(q->f->vm);
	KUNIT_EXPECT_TRUE(test, wait_until(hw_queue_data(q, 0) == 1));
	hw_queue_stop(q);
}

static void new_vm_has_clean_doorbells(struct kunit *test)
{
	struct hw_test_queue *q = hw_queue_start(test);
	struct hw_fixture *f = q->f;
	const struct hw_ops *ops = f->hw->ops;
	struct hw_vm *vms[3] = {};
	u64 *doorbells;
	u32 i;

	memset(q->doorbells, 0x5a, HW_DOORBELL_SIZE);
	hw_queue_stop(q);
	ops->vm_destroy(f->vm);
	f->vm = ops->vm_create(f->hw);
	KUNIT_ASSERT_FALSE(test, IS_ERR(f->vm));
	for (i = 0; i < ARRAY_SIZE(vms); i++) {
		vms[i] = ops->vm_create(f->hw);
		KUNIT_ASSERT_FALSE(test, IS_ERR(vms[i]));
		doorbells = memremap(ops->doorbell_addr(vms[i]),
				     HW_DOORBELL_SIZE, MEMREMAP_WB);
		KUNIT_ASSERT_NOT_NULL(test, doorbells);
		KUNIT_EXPECT_PTR_EQ(test, NULL,
				    memchr_inv(doorbells, 0, HW_DOORBELL_SIZE));
		memunmap(doorbells);
	}
	for (i = 0; i < ARRAY_SIZE(vms); i++)
		ops->vm_destroy(vms[i]);
}

static void vms_run_out(struct kunit *test)
{
	struct hw_fixture *f = test->priv;
	const struct hw_ops *ops = f->hw->ops;
	struct hw_vm **vms;
	u32 n, i;

	vms = kunit_kcalloc(test, 1024, sizeof(*vms), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, vms);
	for (n = 0; n < 1024; n++) {
		vms[n] = ops->vm_create(f->hw);
		if (IS_ERR(vms[n]))
			break;
	}
	KUNIT_EXPECT_EQ(test, n, 510);
	for (i = 0; i < n; i++)
		ops->vm_destroy(vms[i]);
}

/* struct caller - one of several threads that send commands */
#define CALLERS		4
#define CALLS		2000
struct caller {
	struct work_struct work;
	struct hw_fixture *f;
	u32 wrong;
};

static void caller_work(struct work_struct *work)
{
	struct caller *c = container_of(work, struct caller, work);
	const struct hw_ops *ops = c->f->hw->ops;
	u64 last = 0, now;
	u32 i;

	for (i = 0; i < CALLS; i++) {
		/* Four that nobody waits for, then one. */
		if (i % 5) {
			ops->fault_done(c->f->vm, 0, PAGE_SIZE, false);
			continue;
		}
		c->wrong += ops->clock(c->f->hw, &now) || now <= last;
		last = now;
	}
}

static void commands_of_many_threads_are_answered(struct kunit *test)
{
	struct hw_fixture *f = test->priv;
	struct caller *c;
	u32 i;

	c = kunit_kcalloc(test, CALLERS, sizeof(*c), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, c);
	for (i = 0; i < CALLERS; i++) {
		c[i].f = f;
		INIT_WORK(&c[i].work, caller_work);
		queue_work(system_unbound_wq, &c[i].work);
	}
	for (i = 0; i < CALLERS; i++) {
		flush_work(&c[i].work);
		KUNIT_EXPECT_EQ(test, c[i].wrong, 0);
	}
	/* As fast as one thread can: the ring gets full. */
	for (i = 0; i < 3000; i++)
		f->hw->ops->fault_done(f->vm, 0, PAGE_SIZE, false);
	f->hw->ops->vm_resume(f->vm);
}

static struct kunit_case queue_cases[] = {
	KUNIT_CASE(packets_are_executed),
	KUNIT_CASE(queue_reaches_local_memory),
	KUNIT_CASE(trap_becomes_an_interrupt),
	KUNIT_CASE(suspended_vm_stands_still),
	KUNIT_CASE(destroyed_queue_stands_still),
	KUNIT_CASE(update_disables_and_enables),
	KUNIT_CASE(commit_takes_effect_at_once),
	KUNIT_CASE(stale_translation_shows),
	KUNIT_CASE(unmap_keeps_the_device_out),
	KUNIT_CASE(fault_without_retry_stops_the_queue),
	KUNIT_CASE(fault_with_retry_waits_for_the_answer),
	KUNIT_CASE(absent_page_waits_without_retry),
	KUNIT_CASE(killed_fault_is_an_error),
	KUNIT_CASE(bad_packet_is_an_error),
	KUNIT_CASE(no_error_comes_after_destroy),
	KUNIT_CASE(bad_arguments_are_refused),
	KUNIT_CASE(queues_run_out),
	KUNIT_CASE(sleeping_doorbells_are_not_heard),
	KUNIT_CASE(new_vm_has_clean_doorbells),
	KUNIT_CASE(vms_run_out),
	KUNIT_CASE(commands_of_many_threads_are_answered),
	{}
};

static struct kunit_suite queue_suite = {
	.name = "hw-queues-simgpu",
	.suite_init = hw_fixture_suite_init,
	.suite_exit = hw_fixture_suite_exit,
	.init = hw_fixture_init_simgpu,
	.exit = hw_fixture_exit,
	.test_cases = queue_cases,
};

kunit_test_suite(queue_suite);
