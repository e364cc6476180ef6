/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by event.c and event_wait.c: an event and those who wait for it. */
#ifndef KFD_EVENT_WAIT_H
#define KFD_EVENT_WAIT_H

#include <linux/kfd_ioctl.h>
#include <linux/list.h>
#include <linux/types.h>

/* What an exception tells the one who waits for it */
union event_data {
	struct kfd_hsa_memory_exception_data memory;
	struct kfd_hsa_hw_exception_data hw;
};

/**
 * struct event - all under kfd_events.lock
 * @type: KFD_IOC_EVENT_*
 * @auto_reset: whoever waits for it takes it away
 * @signaled: set, and nobody has taken it
 * @waiters: struct waiter.link
 * @data: of the exception that came last, for types MEMORY and HW_EXCEPTION
 */
struct event {
	u32 type;
	bool auto_reset;
	bool signaled;
	struct list_head waiters;
	union event_data data;
};

/**
 * event_set() - set an event and wake who waits for it
 *
 * An event with auto-reset stays set only if nobody waits that it has not woken
 * already.
 *
 * Context: kfd_events.lock held.
 */
void event_set(struct event *event);

/**
 * event_break() - the event goes away: those who wait for it fail
 *
 * Context: kfd_events.lock held; the caller frees @event.
 */
void event_break(struct event *event);

#endif
