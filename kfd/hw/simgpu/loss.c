// SPDX-License-Identifier: GPL-2.0
/*
 * What happens when the device does not answer any more.
 *
 * A device that is silent need not be dead: its process may be stopped, and may
 * wake up and write to pages that have long been given to somebody else.  So
 * it is fenced before anybody may go on: the supervisor of the node kills the
 * process and starts a new one, which touches nothing until a driver enables
 * it.  That is done by the next load of the module.
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/moduleparam.h>

#include "device.h"
#include "simgpu.h"

unsigned int simgpu_lockup_ms = 10000;
module_param_named(lockup_ms, simgpu_lockup_ms, uint, 0644);
MODULE_PARM_DESC(lockup_ms, "simgpu: a device that is waited for and stands still for so long is lost, in ms (default 10000)");

/* How long the supervisor may take to replace the process. */
#define FENCE_MS	10000
#define WATCH_INTERVAL	HZ

static bool lockup_passed(unsigned long since)
{
	unsigned int ms = READ_ONCE(simgpu_lockup_ms);

	return time_after(jiffies, since + msecs_to_jiffies(ms));
}

void simgpu_pulse_start(struct simgpu *sg, struct simgpu_pulse *pulse)
{
	pulse->beat = simgpu_read64(sg, SIMGPU_REG_HEARTBEAT);
	pulse->beat_at = jiffies;
	pulse->progress = 0;
	pulse->progress_at = jiffies;
}

const char *simgpu_pulse_check(struct simgpu *sg, struct simgpu_pulse *pulse,
			       u64 progress)
{
	u64 beat = simgpu_read64(sg, SIMGPU_REG_HEARTBEAT);

	if (test_bit(SIMGPU_GONE, &sg->flags))
		return "the PCI device is gone";
	if (simgpu_read32(sg, SIMGPU_REG_STATUS) != SIMGPU_STATUS_READY)
		return "its process has ended";
	if (simgpu_read32(sg, SIMGPU_REG_GENERATION) != sg->generation)
		return "its process has been replaced";
	if (beat != pulse->beat) {
		pulse->beat = beat;
		pulse->beat_at = jiffies;
	}
	if (lockup_passed(pulse->beat_at))
		return "its heart has stopped";
	if (progress != pulse->progress || !progress) {
		pulse->progress = progress;
		pulse->progress_at = jiffies;
	}
	if (lockup_passed(pulse->progress_at))
		return "a command hangs";
	return NULL;
}

/* Make sure that the device process is dead.  Returns false if it may live. */
static bool device_fence(struct simgpu *sg)
{
	unsigned long end = jiffies + msecs_to_jiffies(FENCE_MS);

	if (test_bit(SIMGPU_GONE, &sg->flags))
		return false;
	simgpu_write32(sg, SIMGPU_REG_CONTROL, 0);
	if (simgpu_read32(sg, SIMGPU_REG_GENERATION) != sg->generation)
		return true;
	simgpu_kick(sg, SIMGPU_PEER_POWER);
	while (simgpu_read32(sg, SIMGPU_REG_GENERATION) == sg->generation) {
		if (time_after(jiffies, end))
			return false;
		msleep(20);
	}
	return true;
}

void simgpu_lose(struct simgpu *sg, const char *why)
{
	if (test_and_set_bit(SIMGPU_LOST, &sg->flags)) {
		simgpu_wait_fenced(sg);
		return;
	}
	dev_err(sg->hw.dev, "device lost: %s; it is out of use until the module is loaded again\n",
		why);
	wake_up_all(&sg->ring.answered);
	wake_up_all(&sg->copier.freed);
	if (!device_fence(sg))
		dev_err(sg->hw.dev, "could not end the device process: if it wakes up, it may write to memory that is not its own\n");
	set_bit(SIMGPU_FENCED, &sg->flags);
	wake_up_all(&sg->fenced);
	queue_work(system_unbound_wq, &sg->lost_work);
}

int simgpu_wait_fenced(struct simgpu *sg)
{
	wait_event(sg->fenced, test_bit(SIMGPU_FENCED, &sg->flags));
	return -ENODEV;
}

static void lost_work(struct work_struct *work)
{
	struct simgpu *sg = container_of(work, struct simgpu, lost_work);
	const struct hw_upcalls *up = READ_ONCE(sg->hw.upcalls);

	if (up && up->lost)
		up->lost(&sg->hw);
}

/*
 * Nobody waits for the device while queues do their work, and whoever waits for
 * a queue waits for ever.
 */
static void watchdog(struct work_struct *work)
{
	struct simgpu *sg = container_of(to_delayed_work(work), struct simgpu,
					 watchdog);
	const char *why;

	if (simgpu_lost(sg))
		return;
	why = simgpu_pulse_check(sg, &sg->watched, 0);
	if (why)
		simgpu_lose(sg, why);
	else
		queue_delayed_work(system_unbound_wq, &sg->watchdog,
				   WATCH_INTERVAL);
}

void simgpu_watch(struct simgpu *sg)
{
	simgpu_pulse_start(sg, &sg->watched);
	queue_delayed_work(system_unbound_wq, &sg->watchdog, WATCH_INTERVAL);
}

void simgpu_loss_init(struct simgpu *sg)
{
	init_waitqueue_head(&sg->fenced);
	INIT_WORK(&sg->lost_work, lost_work);
	INIT_DELAYED_WORK(&sg->watchdog, watchdog);
}

void simgpu_loss_flush(struct simgpu *sg)
{
	flush_work(&sg->lost_work);
}

void simgpu_loss_exit(struct simgpu *sg)
{
	cancel_delayed_work_sync(&sg->watchdog);
	simgpu_loss_flush(sg);
}
