// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that die: whatever the way, the front is told once, every operation
 * returns soon, VRAM stays readable, and the next start brings a new device.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/string.h>

#include "../hw/simgpu/device.h"
#include "../hw/simgpu/simgpu.h"
#include "hw_queue.h"

/* A device that is to die is waited for so long, one that is to live longer. */
#define LOCKUP_MS	3000
#define PATIENT_MS	60000
/* What all calls together may take on a device that is lost; most take nothing. */
#define SOON_MS		20000

static unsigned int lockup_before;

static int loss_init(struct kunit *test)
{
	lockup_before = simgpu_lockup_ms;
	simgpu_lockup_ms = PATIENT_MS;
	return hw_fixture_init_simgpu(test);
}

static void loss_exit(struct kunit *test)
{
	hw_fixture_exit(test);
	simgpu_lockup_ms = lockup_before;
}

static void inject(struct kunit *test, const char *what)
{
	struct hw_fixture *f = test->priv;
	char text[32];

	strscpy(text, what, sizeof(text));
	KUNIT_ASSERT_EQ(test, 0, f->hw->ops->inject(f->hw, text));
	simgpu_lockup_ms = LOCKUP_MS;
}

/* A queue at work, something mapped, something in VRAM. */
static struct hw_test_queue *busy_start(struct kunit *test)
{
	struct hw_test_queue *q = hw_queue_start(test);
	struct hw_fixture *f = q->f;
	struct hw_copy copy = { .dst = local_run(0, 64),
				.src = system_run(f, 64 * PAGE_SIZE, 64) };
	u32 i;

	memset(system_at(f, DATA_PAGE * PAGE_SIZE), 0, PAGE_SIZE);
	memset(system_at(f, 64 * PAGE_SIZE), 0x3c, 64 * PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, 0, f->hw->ops->copy(f->hw, &copy, 1));
	hw_fixture_map(test, DATA_VA,
		       system_run(f, DATA_PAGE * PAGE_SIZE, 8),
		       HW_READ | HW_WRITE);
	for (i = 0; i < 200; i++)
		hw_queue_fence(q, DATA_VA, i);
	hw_queue_ring(q);
	return q;
}

static void expect_enodev(struct kunit *test, struct hw_test_queue *q)
{
	struct hw_fixture *f = q->f;
	const struct hw_ops *ops = f->hw->ops;
	struct hw_copy copies[2] = {
		{ .dst = local_run(0, 1), .src = system_run(f, 0, 1) },
		{ .dst = local_run(PAGE_SIZE, 1), .src = system_run(f, 0, 1) },
	};
	struct hw_run run = local_run(0, 1);
	void *gone = ERR_PTR(-ENODEV);
	u64 now;

	KUNIT_EXPECT_EQ(test, -ENODEV, ops->map_prepare(f->vm, VA, VA + 4096));
	KUNIT_EXPECT_EQ(test, -ENODEV, ops->copy(f->hw, copies, 2));
	KUNIT_EXPECT_EQ(test, -ENODEV, copies[0].status);
	KUNIT_EXPECT_EQ(test, -ENODEV, copies[1].status);
	KUNIT_EXPECT_EQ(test, -ENODEV, ops->clear(f->hw, &run, 1));
	KUNIT_EXPECT_EQ(test, -ENODEV, ops->clock(f->hw, &now));
	KUNIT_EXPECT_PTR_EQ(test, gone, (void *)ops->vm_create(f->hw));
	KUNIT_EXPECT_PTR_EQ(test, gone,
			    (void *)ops->queue_create(f->vm, &q->args, NULL));
	KUNIT_EXPECT_EQ(test, -ENODEV, ops->queue_update(q->queue, &q->args));
}

/* What has no result to fail with just returns. */
static void expect_returns(struct kunit *test, struct hw_test_queue *q)
{
	struct hw_fixture *f = q->f;
	const struct hw_ops *ops = f->hw->ops;
	struct hw_mapping map = { DATA_VA, local_run(0, 4), HW_READ };

	ops->map_commit(f->vm, &map, 1);
	ops->unmap(f->vm, 0, BIT_ULL(47), HW_ABSENT_WAIT);
	KUNIT_EXPECT_EQ(test, -EFAULT, ops->resolve(f->vm, DATA_VA, &map));
	ops->vm_suspend(f->vm);
	ops->vm_resume(f->vm);
	ops->set_retry(f->vm, true);
	ops->fault_done(f->vm, 0, PAGE_SIZE, true);
	ops->doorbell_sleep(f->vm);
	ops->doorbell_wake(f->vm);
}

static void expect_a_new_start_works(struct kunit *test)
{
	struct hw_fixture *f = test->priv;
	struct hw_test_queue *q;

	hw_fixture_stop(f);
	hw_fixture_start(test, f);
	q = busy_start(test);
	KUNIT_EXPECT_TRUE(test, wait_until(hw_queue_is_done(q)));
	KUNIT_EXPECT_EQ(test, hw_queue_data(q, 0), 199);
	KUNIT_EXPECT_EQ(test, atomic_read(&q->log->losts), 0);
	hw_queue_stop(q);
}

/* The device is dying; @q is its queue. */
static void expect_loss(struct kunit *test, struct hw_test_queue *q)
{
	struct hw_fixture *f = q->f;
	unsigned long start;

	KUNIT_ASSERT_TRUE(test, wait_until(atomic_read(&q->log->losts)));
	/* Nobody waits for it any more. */
	simgpu_lockup_ms = PATIENT_MS;
	/* Its process is not the one any more that we knew. */
	KUNIT_EXPECT_NE(test, to_simgpu(f->hw)->generation,
			simgpu_read32(to_simgpu(f->hw), SIMGPU_REG_GENERATION));
	start = jiffies;
	expect_enodev(test, q);
	expect_returns(test, q);
	KUNIT_EXPECT_PTR_EQ(test, NULL,
			    memchr_inv(f->local, 0x3c, 64 * PAGE_SIZE));
	memset(f->local, 0x4d, PAGE_SIZE);
	hw_queue_stop(q);
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(jiffies - start), SOON_MS);
	KUNIT_EXPECT_EQ(test, atomic_read(&q->log->losts), 1);
	expect_a_new_start_works(test);
}

static void crash(struct kunit *test)
{
	struct hw_test_queue *q = busy_start(test);

	inject(test, "crash");
	expect_loss(test, q);
}

static void stop(struct kunit *test)
{
	struct hw_test_queue *q = busy_start(test);

	inject(test, "stop");
	expect_loss(test, q);
}

static void hang(struct kunit *test)
{
	struct hw_test_queue *q = busy_start(test);

	inject(test, "hang");
	expect_loss(test, q);
}

static void hanging_queue(struct kunit *test)
{
	struct hw_test_queue *q = busy_start(test);
	unsigned long start;
	char text[32];

	snprintf(text, sizeof(text), "hang-queue %u",
		 to_simgpu_queue(q->queue)->id);
	inject(test, text);
	/* The device lives on until somebody wants the queue to stand still. */
	msleep(LOCKUP_MS + 500);
	KUNIT_EXPECT_EQ(test, atomic_read(&q->log->losts), 0);
	hw_queue_fence(q, DATA_VA, 1);
	hw_queue_ring(q);
	start = jiffies;
	q->f->hw->ops->vm_suspend(q->f->vm);
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(jiffies - start),
			LOCKUP_MS + SOON_MS);
	expect_loss(test, q);
}

static void bad_event(struct kunit *test)
{
	struct hw_test_queue *q = busy_start(test);

	inject(test, "bad-event");
	expect_loss(test, q);
}

static void bad_event_wptr(struct kunit *test)
{
	struct hw_test_queue *q = busy_start(test);

	inject(test, "bad-wptr");
	expect_loss(test, q);
}

/* Unmapping is what must not return while the device can still write. */
static void stop_under_unmap(struct kunit *test)
{
	struct hw_test_queue *q = busy_start(test);
	struct simgpu *sg = to_simgpu(q->f->hw);
	u32 generation = sg->generation;

	inject(test, "stop");
	/* Some of its threads run on for a moment. */
	msleep(LOCKUP_MS / 4);
	q->f->hw->ops->unmap(q->f->vm, DATA_VA, DATA_VA + PAGE_SIZE,
			     HW_ABSENT_FAULT);
	KUNIT_EXPECT_NE(test, generation,
			simgpu_read32(sg, SIMGPU_REG_GENERATION));
	expect_loss(test, q);
}

static void idle_device_is_watched(struct kunit *test)
{
	struct hw_fixture *f = test->priv;
	struct hw_upcall_log *log = hw_log_start(test);

	inject(test, "stop");
	KUNIT_EXPECT_TRUE(test, wait_until(atomic_read(&log->losts)));
	simgpu_lockup_ms = PATIENT_MS;
	expect_a_new_start_works(test);
	KUNIT_EXPECT_FALSE(test, simgpu_lost(to_simgpu(f->hw)));
}

static void unknown_injections_are_refused(struct kunit *test)
{
	static const char * const words[] = {
		"", " ", "crash 1", "hang-queue", "hang-queue x", "no-such",
		"stale-tlb -1",
	};
	struct hw_fixture *f = test->priv;
	char text[32];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		strscpy(text, words[i], sizeof(text));
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    f->hw->ops->inject(f->hw, text), "\"%s\"",
				    words[i]);
	}
}

static struct kunit_case loss_cases[] = {
	KUNIT_CASE(crash),
	KUNIT_CASE(stop),
	KUNIT_CASE(hang),
	KUNIT_CASE(hanging_queue),
	KUNIT_CASE(bad_event),
	KUNIT_CASE(bad_event_wptr),
	KUNIT_CASE(stop_under_unmap),
	KUNIT_CASE(idle_device_is_watched),
	KUNIT_CASE(unknown_injections_are_refused),
	{}
};

static struct kunit_suite loss_suite = {
	.name = "hw-loss-simgpu",
	.suite_init = hw_fixture_suite_init,
	.suite_exit = hw_fixture_suite_exit,
	.init = loss_init,
	.exit = loss_exit,
	.test_cases = loss_cases,
};

kunit_test_suite(loss_suite);
