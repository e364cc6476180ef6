// SPDX-License-Identifier: GPL-2.0
/*
 * The command ring.  Any number of threads put commands in and each waits for
 * its own answer: first for a moment by looking, then asleep.  Nobody waits for
 * a device that has died: see loss.c.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/sched/clock.h>
#include <linux/workqueue.h>

#include "device.h"

/* How long to look before sleeping; a sleep costs two interrupts' worth. */
#define SPIN_NS		(20 * NSEC_PER_USEC)
/* Sleepers look at the device again at least that often. */
#define LOOK_AGAIN	(HZ / 10)

static struct simgpu_done *done_slot(struct simgpu *sg, u64 number)
{
	struct simgpu_done *done = sg->bar + SIMGPU_DONE_OFFSET;

	return &done[number % SIMGPU_CMD_COUNT];
}

static bool is_answered(struct simgpu *sg, u64 number)
{
	/* Written last: the rest of the answer is there, too. */
	__le32 seq = smp_load_acquire(&done_slot(sg, number)->seq);

	return le32_to_cpu(seq) == (u32)(number + 1);
}

/* Can the next command take its slot? */
static bool has_room(struct simgpu *sg, u64 unused)
{
	u64 number = READ_ONCE(sg->ring.wptr);

	if (number < SIMGPU_CMD_COUNT)
		return true;
	return is_answered(sg, number - SIMGPU_CMD_COUNT) &&
	       !test_bit(number % SIMGPU_CMD_COUNT, sg->ring.unread);
}

void simgpu_ring_init(struct simgpu *sg)
{
	struct simgpu_ring *ring = &sg->ring;

	spin_lock_init(&ring->lock);
	init_waitqueue_head(&ring->answered);
}

void simgpu_ring_irq(struct simgpu *sg)
{
	atomic64_inc(&sg->totals.done_irqs);
	wake_up_all(&sg->ring.answered);
}

/* Waiting */

/* The device signals vector DONE while anybody sleeps. */
static void ring_arm(struct simgpu *sg, int sleepers)
{
	struct simgpu_ring *ring = &sg->ring;

	spin_lock(&ring->lock);
	ring->sleepers += sleepers;
	simgpu_write32(sg, SIMGPU_REG_DONE_ARM, ring->sleepers > 0);
	spin_unlock(&ring->lock);
	/*
	 * device                       driver
	 *   write done.seq               write DONE_ARM
	 *   full barrier                 full barrier
	 *   read DONE_ARM, signal        read done.seq, sleep
	 */
	smp_mb();
}

/*
 * What moves while the device gets to a command and then does it: the number of
 * commands taken, as far as they matter.  Never 0.
 */
static u64 ring_progress(struct simgpu *sg, u64 last)
{
	return min(simgpu_read64(sg, SIMGPU_REG_CMD_RPTR), last) + 1;
}

/*
 * Sleep until @ready(@number) or the device is lost.  It gets there by taking
 * commands, and @last is how many of them it takes at most.
 */
static int ring_sleep(struct simgpu *sg, bool (*ready)(struct simgpu *, u64),
		      u64 number, u64 last)
{
	struct simgpu_ring *ring = &sg->ring;
	struct simgpu_pulse pulse;
	const char *why;

	ring_arm(sg, 1);
	simgpu_pulse_start(sg, &pulse);
	while (!simgpu_lost(sg)) {
		wait_event_timeout(ring->answered,
				   ready(sg, number) || simgpu_lost(sg),
				   LOOK_AGAIN);
		if (ready(sg, number))
			break;
		why = simgpu_pulse_check(sg, &pulse,
					 ring_progress(sg, last));
		if (why)
			simgpu_lose(sg, why);
	}
	ring_arm(sg, -1);
	/* An answer that came before the loss is an answer. */
	return ready(sg, number) ? 0 : simgpu_wait_fenced(sg);
}

static bool ring_spin(struct simgpu *sg, u64 number)
{
	u64 end = local_clock() + SPIN_NS;

	do {
		if (is_answered(sg, number))
			return true;
		cpu_relax();
	} while (!need_resched() && local_clock() < end);
	return is_answered(sg, number);
}

static int ring_wait(struct simgpu *sg, u64 number)
{
	if (ring_spin(sg, number))
		return 0;
	return ring_sleep(sg, is_answered, number, number + 1);
}

/* Putting in */

static void ring_fill(struct simgpu *sg, struct simgpu_cmd *cmd, u64 number)
{
	struct simgpu_cmd *slots = sg->bar + SIMGPU_CMD_OFFSET;

	cmd->seq = cpu_to_le32((u32)number);
	slots[number % SIMGPU_CMD_COUNT] = *cmd;
	simgpu_write64(sg, SIMGPU_REG_CMD_WPTR, number + 1);
}

/* Tell the device of the command after @old if it wants to be told. */
static void ring_notify(struct simgpu *sg, u64 old)
{
	/* Against the device: it writes CMD_EVENT, then looks at CMD_WPTR. */
	smp_mb();
	if (simgpu_notify(simgpu_read64(sg, SIMGPU_REG_CMD_EVENT), old + 1,
			  old))
		simgpu_kick(sg, SIMGPU_PEER_DEVICE);
}

/* Put @cmd into the ring as @number, if there is room. */
static bool ring_put(struct simgpu *sg, struct simgpu_cmd *cmd, bool unread,
		     u64 *number)
{
	struct simgpu_ring *ring = &sg->ring;
	bool put;

	spin_lock(&ring->lock);
	put = has_room(sg, 0);
	if (put) {
		*number = ring->wptr;
		if (unread)
			__set_bit(*number % SIMGPU_CMD_COUNT, ring->unread);
		ring_fill(sg, cmd, *number);
		WRITE_ONCE(ring->wptr, *number + 1);
	}
	spin_unlock(&ring->lock);
	return put;
}

static int ring_submit(struct simgpu *sg, struct simgpu_cmd *cmd, bool unread,
		       u64 *number)
{
	int err;

	might_sleep();
	for (;;) {
		if (simgpu_lost(sg))
			return simgpu_wait_fenced(sg);
		if (ring_put(sg, cmd, unread, number))
			break;
		err = ring_sleep(sg, has_room, 0, U64_MAX - 1);
		if (err)
			return err;
	}
	atomic64_inc(&sg->totals.commands);
	ring_notify(sg, *number);
	return 0;
}

/* The slot of @number may be used again. */
static void ring_release(struct simgpu *sg, u64 number)
{
	struct simgpu_ring *ring = &sg->ring;
	bool full;

	spin_lock(&ring->lock);
	__clear_bit(number % SIMGPU_CMD_COUNT, ring->unread);
	full = ring->wptr == number + SIMGPU_CMD_COUNT;
	spin_unlock(&ring->lock);
	if (full)
		wake_up_all(&ring->answered);
}

/* Is this the service of faults, whose waiting for the device is counted? */
static bool serves_faults(void)
{
	struct work_struct *work = current_work();

	return work && work->func == simgpu_fault_work;
}

int simgpu_call(struct simgpu *sg, struct simgpu_cmd *cmd, u64 *value)
{
	bool counted = serves_faults();
	u64 start = counted ? ktime_get_ns() : 0, number;
	struct simgpu_done *done;
	int err;

	err = ring_submit(sg, cmd, true, &number);
	if (err)
		return err;
	err = ring_wait(sg, number);
	if (!err) {
		done = done_slot(sg, number);
		err = -(int)min_t(u32, le32_to_cpu(done->status), MAX_ERRNO);
		if (value)
			*value = le64_to_cpu(done->value);
	}
	ring_release(sg, number);
	if (counted)
		atomic64_add(ktime_get_ns() - start,
			     &sg->totals.fault_device_ns);
	return err;
}

void simgpu_demand(struct simgpu *sg, struct simgpu_cmd *cmd)
{
	if (simgpu_call(sg, cmd, NULL) && !simgpu_lost(sg))
		simgpu_lose(sg, "it does not let go of memory");
}

int simgpu_post(struct simgpu *sg, struct simgpu_cmd *cmd)
{
	u64 number;

	return ring_submit(sg, cmd, false, &number);
}
