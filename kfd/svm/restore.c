// SPDX-License-Identifier: GPL-2.0
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "count.h"
#include "gpu.h"
#include "place.h"
#include "populate.h"
#include "restore.h"
#include "userptr.h"

/* The first restore after an eviction, and the longest wait between two. */
#define DELAY_MS	1
#define DELAY_MAX_MS	1000

/* How often one restore starts over because the mm has changed more. */
#define PASSES		4

static void event_queues(struct svm *svm, enum svm_event_type type, int trigger,
			 bool rescheduled)
{
	struct svm_event event = {
		.type = type,
		.trigger = trigger,
		.rescheduled = rescheduled,
	};
	unsigned long live = svm_live(svm);

	for_each_set_bit(event.device, &live, HW_MAX_DEVICES)
		svm_event(svm, &event);
}

void svm_evict(struct svm *svm, enum svm_evict_trigger trigger)
{
	lockdep_assert_held_write(&svm->notifier_lock);

	if (svm->suspended || svm->stopped)
		return;
	svm->suspended = true;
	svm_gpu_suspend(svm);
	svm_count_evict();
	event_queues(svm, SVM_EVENT_EVICT, trigger, false);
}

static void restore_later(struct svm *svm)
{
	unsigned long ms = min(DELAY_MS << svm->restore_tries, DELAY_MAX_MS);

	queue_delayed_work(svm_wq, &svm->restore_work, msecs_to_jiffies(ms));
}

void svm_stale(struct svm *svm, unsigned long start, unsigned long last)
{
	lockdep_assert_held_write(&svm->notifier_lock);

	svm_stale_add(&svm->stale, start, last);
	if (!svm->held)
		restore_later(svm);
}

void svm_fresh(struct svm *svm, unsigned long start, unsigned long last)
{
	lockdep_assert_held(&svm->lock);

	down_write(&svm->notifier_lock);
	svm_stale_cut(&svm->stale, start, last);
	up_write(&svm->notifier_lock);
}

/* Map one interval; what cannot be mapped now goes to @failed. */
static void restore_interval(struct svm *svm, const struct svm_interval *iv,
			     struct svm_stale *failed)
{
	struct svm_range *range;

	for (range = svm_ranges_first(&svm->ranges, iv->start, iv->last); range;
	     range = svm_ranges_next(range, iv->start, iv->last)) {
		unsigned long start = max(range->it.start, iv->start);
		unsigned long last = min(range->it.last, iv->last);
		int err;

		err = svm_populate_range(svm, range, start, last);
		/* A device that is lost is none that waits for it. */
		if (err && err != -ENODEV)
			svm_stale_add(failed, start, last);
	}
}

/* Map all that is stale now; what the mm takes away meanwhile is stale anew. */
static void restore_pass(struct svm *svm, struct svm_stale *failed)
{
	struct svm_stale todo;
	unsigned int i;

	down_write(&svm->notifier_lock);
	todo = svm->stale;
	svm->stale.n = 0;
	up_write(&svm->notifier_lock);

	for (i = 0; i < todo.n; i++)
		restore_interval(svm, &todo.iv[i], failed);
}

/* Let the queues go on if nothing is missing, else try again later. */
static void restore_finish(struct svm *svm, const struct svm_stale *failed)
{
	bool done;

	down_write(&svm->notifier_lock);
	svm_stale_join(&svm->stale, failed);
	done = !svm->stale.n;
	if (svm->suspended && !svm->stopped)
		event_queues(svm, SVM_EVENT_RESTORE, 0, !done);
	if (done && svm->suspended && !svm->stopped) {
		svm_gpu_resume(svm);
		svm->suspended = false;
		svm_count_restore();
	}
	if (done) {
		svm->restore_tries = 0;
	} else {
		svm->restore_tries = min(svm->restore_tries + 1, 10U);
		restore_later(svm);
	}
	svm->held = false;
	up_write(&svm->notifier_lock);
}

static bool restore_needed(struct svm *svm)
{
	bool needed;

	down_read(&svm->notifier_lock);
	needed = svm->stale.n || svm->suspended;
	up_read(&svm->notifier_lock);
	return needed;
}

static void restore(struct svm *svm)
{
	struct svm_stale failed = { .n = 0 };
	unsigned int pass;

	lockdep_assert_held(&svm->lock);

	svm_reap_unlocked(svm);
	for (pass = 0; pass < PASSES; pass++) {
		restore_pass(svm, &failed);
		if (failed.n || !READ_ONCE(svm->stale.n))
			break;
	}
	restore_finish(svm, &failed);
}

static void set_held(struct svm *svm, bool held)
{
	down_write(&svm->notifier_lock);
	svm->held = held;
	up_write(&svm->notifier_lock);
}

void svm_hold(struct svm *svm)
{
	lockdep_assert_held(&svm->lock);
	set_held(svm, true);
}

void svm_release(struct svm *svm)
{
	lockdep_assert_held(&svm->lock);

	if (restore_needed(svm))
		restore(svm);
	else
		set_held(svm, false);
}

static void restore_work(struct work_struct *work)
{
	struct svm *svm = container_of(to_delayed_work(work), struct svm,
				       restore_work);

	/* Without an address space no queue has anything to go on with. */
	if (!mmget_not_zero(svm->mm))
		return;
	mutex_lock(&svm->lock);
	svm_hold(svm);
	svm_release(svm);
	mutex_unlock(&svm->lock);
	mmput_async(svm->mm);
}

void svm_stop(struct svm *svm)
{
	down_write(&svm->notifier_lock);
	if (!svm->stopped && !svm->suspended)
		svm_gpu_suspend(svm);
	svm->stopped = true;
	up_write(&svm->notifier_lock);
}

void svm_set_xnack(struct svm *svm, bool on)
{
	unsigned long live;
	unsigned int i;

	mutex_lock(&svm->lock);
	live = svm_live(svm);
	for_each_set_bit(i, &live, HW_MAX_DEVICES) {
		struct hw_vm *vm = svm->gpus[i].vm;

		if (vm->hw->ops->set_retry)
			vm->hw->ops->set_retry(vm, on);
	}
	svm_hold(svm);
	down_write(&svm->notifier_lock);
	WRITE_ONCE(svm->xnack, on);
	/* What may be done there without a fault is different now. */
	svm_userptrs_unmap(svm, 0, ULONG_MAX);
	/* What faults would have mapped must be there before a queue is. */
	if (!on && svm->ranges.count)
		svm_stale(svm, 0, ULONG_MAX);
	up_write(&svm->notifier_lock);
	svm_release(svm);
	mutex_unlock(&svm->lock);
}

void svm_restore_init(struct svm *svm)
{
	INIT_DELAYED_WORK(&svm->restore_work, restore_work);
}

void svm_restore_fini(struct svm *svm)
{
	cancel_delayed_work_sync(&svm->restore_work);
}
