// SPDX-License-Identifier: GPL-2.0
/* WAIT_EVENTS */
#include <linux/jiffies.h>
#include <linux/kfd_ioctl.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "event.h"
#include "event_wait.h"
#include "process.h"

/* More events than this in one call are an error, not a request. */
#define WAIT_EVENTS_MAX		65536

/* The timeout that never comes */
#define WAIT_FOREVER		0xffffffffU

struct wait;

/**
 * struct waiter - one event of one call; all under kfd_events.lock
 * @link: in event.waiters
 * @event: NULL once it is destroyed
 * @wait: the call
 * @fired: the event was set since the call began, or was set then
 * @data: of the event when it fired
 */
struct waiter {
	struct list_head link;
	struct event *event;
	struct wait *wait;
	bool fired;
	union event_data data;
};

/**
 * struct wait - one call; all under kfd_events.lock but for @ready and @wake
 * @link: in kfd_events.waits
 * @waiters: @n of them
 * @n: events asked for
 * @fired: how many have fired
 * @all: every one must
 * @broken: an event was destroyed
 * @lost: the process lost a device
 * @ready: nothing to wait for any more; read without the lock
 * @wake: where the caller sleeps
 */
struct wait {
	struct list_head link;
	struct waiter *waiters;
	u32 n;
	u32 fired;
	bool all;
	bool broken;
	bool lost;
	bool ready;
	wait_queue_head_t wake;
};

static bool wait_complete(const struct wait *wait)
{
	return wait->fired == wait->n || (wait->fired && !wait->all);
}

static void wait_check(struct wait *wait)
{
	if (!wait_complete(wait) && !wait->broken && !wait->lost)
		return;
	WRITE_ONCE(wait->ready, true);
	wake_up(&wait->wake);
}

static void waiter_fire(struct waiter *waiter)
{
	waiter->data = waiter->event->data;
	if (waiter->fired)
		return;
	waiter->fired = true;
	waiter->wait->fired++;
	wait_check(waiter->wait);
}

void event_set(struct event *event)
{
	struct waiter *waiter;
	bool taken = false;

	list_for_each_entry(waiter, &event->waiters, link) {
		taken |= !waiter->fired;
		waiter_fire(waiter);
	}
	event->signaled = !event->auto_reset || !taken;
}

void event_break(struct event *event)
{
	struct waiter *waiter, *next;

	list_for_each_entry_safe(waiter, next, &event->waiters, link) {
		list_del_init(&waiter->link);
		waiter->event = NULL;
		waiter->wait->broken = true;
		wait_check(waiter->wait);
	}
}

void kfd_events_lost(struct kfd_events *e)
{
	struct wait *wait;

	mutex_lock(&e->lock);
	e->lost = true;
	list_for_each_entry(wait, &e->waits, link) {
		wait->lost = true;
		wait_check(wait);
	}
	mutex_unlock(&e->lock);
}

static void waiter_add(struct waiter *waiter, struct event *event)
{
	waiter->event = event;
	list_add_tail(&waiter->link, &event->waiters);
	if (!event->signaled)
		return;
	event->signaled = !event->auto_reset;
	waiter_fire(waiter);
}

/* Return: 0 or -EINVAL (no such event), then nothing was added. */
static int wait_begin(struct kfd_events *e, struct wait *wait,
		      const struct kfd_event_data *data)
{
	u32 i;

	mutex_lock(&e->lock);
	for (i = 0; i < wait->n; i++) {
		if (!idr_find(&e->ids, data[i].event_id)) {
			mutex_unlock(&e->lock);
			return -EINVAL;
		}
	}
	list_add_tail(&wait->link, &e->waits);
	wait->lost = e->lost;
	for (i = 0; i < wait->n; i++)
		waiter_add(&wait->waiters[i],
			   idr_find(&e->ids, data[i].event_id));
	wait_check(wait);
	mutex_unlock(&e->lock);
	return 0;
}

/* What a call took without being able to use it goes back. */
static void wait_undo(struct wait *wait)
{
	struct event *event;
	u32 i;

	for (i = 0; i < wait->n; i++) {
		event = wait->waiters[i].event;
		if (wait->waiters[i].fired && event && event->auto_reset)
			event_set(event);
	}
}

/*
 * @left: jiffies that were left when the sleep ended, or a negative errno.
 * Return: 0, -EIO (an event was destroyed), -ERESTARTSYS, -ENODEV.
 */
static int wait_end(struct kfd_events *e, struct wait *wait, long left,
		    u32 *result)
{
	int ret = 0;
	u32 i;

	mutex_lock(&e->lock);
	list_del(&wait->link);
	for (i = 0; i < wait->n; i++)
		list_del_init(&wait->waiters[i].link);

	if (wait->broken) {
		*result = KFD_IOC_WAIT_RESULT_FAIL;
		ret = -EIO;
	} else if (wait_complete(wait)) {
		*result = KFD_IOC_WAIT_RESULT_COMPLETE;
	} else if (wait->lost) {
		*result = KFD_IOC_WAIT_RESULT_FAIL;
		ret = -ENODEV;
	} else {
		*result = KFD_IOC_WAIT_RESULT_TIMEOUT;
		ret = min(left, 0L);
		wait_undo(wait);
	}
	mutex_unlock(&e->lock);
	return ret;
}

/* Tell the caller about the exceptions that have fired. */
static int wait_report(const struct wait *wait,
		       const struct kfd_event_data *data,
		       struct kfd_event_data __user *user)
{
	const struct waiter *waiter;
	u32 i;

	for (i = 0; i < wait->n; i++) {
		waiter = &wait->waiters[i];
		if (!waiter->fired || data[i].event_id < KFD_EVENT_SLOTS)
			continue;
		if (copy_to_user(&user[i], &waiter->data, sizeof(waiter->data)))
			return -EFAULT;
	}
	return 0;
}

static long timeout_jiffies(u32 ms)
{
	if (ms == WAIT_FOREVER)
		return MAX_SCHEDULE_TIMEOUT;
	/* one more, because the first tick may come at once */
	return ms ? msecs_to_jiffies(ms) + 1 : 0;
}

/* Return: what wait_event_interruptible_timeout() does; 0: time is over. */
static long wait_sleep(struct wait *wait, u32 ms)
{
	if (!ms)
		return READ_ONCE(wait->ready);
	return wait_event_interruptible_timeout(wait->wake,
						READ_ONCE(wait->ready),
						timeout_jiffies(ms));
}

/* A call that a signal has interrupted is repeated with what is left. */
static u32 timeout_left(u32 ms, unsigned long since)
{
	u32 passed = jiffies_to_msecs(jiffies - since);

	return ms == WAIT_FOREVER ? ms : ms - min(ms, passed);
}

static int wait_run(struct kfd_events *e, struct wait *wait,
		    struct kfd_ioctl_wait_events_args *args,
		    const struct kfd_event_data *data)
{
	struct kfd_event_data __user *user = u64_to_user_ptr(args->events_ptr);
	unsigned long since = jiffies;
	long left;
	int ret;

	ret = wait_begin(e, wait, data);
	if (ret)
		return ret;
	left = wait_sleep(wait, args->timeout);
	ret = wait_end(e, wait, left, &args->wait_result);
	if (ret == -ERESTARTSYS)
		args->timeout = timeout_left(args->timeout, since);
	if (ret || args->wait_result != KFD_IOC_WAIT_RESULT_COMPLETE)
		return ret;
	return wait_report(wait, data, user);
}

int kfd_event_wait(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_wait_events_args *args = data;
	struct kfd_event_data *events;
	struct wait wait = { .n = args->num_events, .all = args->wait_for_all };
	u32 i;
	int ret;

	args->wait_result = KFD_IOC_WAIT_RESULT_FAIL;
	if (wait.n > WAIT_EVENTS_MAX)
		return -EINVAL;
	/* With no event there is nothing to wait for: it is complete at once. */
	events = vmemdup_user(u64_to_user_ptr(args->events_ptr),
			      array_size(wait.n, sizeof(*events)));
	if (IS_ERR(events))
		return PTR_ERR(events);
	wait.waiters = kvcalloc(wait.n, sizeof(*wait.waiters),
				GFP_KERNEL_ACCOUNT);
	if (!wait.waiters) {
		ret = -ENOMEM;
		goto free_events;
	}
	for (i = 0; i < wait.n; i++) {
		wait.waiters[i].wait = &wait;
		INIT_LIST_HEAD(&wait.waiters[i].link);
	}
	init_waitqueue_head(&wait.wake);
	ret = wait_run(&p->events, &wait, args, events);
	kvfree(wait.waiters);
free_events:
	kvfree(events);
	return ret;
}
