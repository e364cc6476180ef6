/* SPDX-License-Identifier: GPL-2.0 */
/* Events: what a process sleeps on until a packet, a fault or a thread wakes it. */
#ifndef KFD_EVENT_H
#define KFD_EVENT_H

#include <linux/idr.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "hw/hw.h"

struct kfd_hsa_hw_exception_data;
struct kfd_hsa_memory_exception_data;
struct kfd_mem;
struct kfd_process;
struct vm_area_struct;

/* The event page: one 64-bit slot for each event that a packet can signal. */
#define KFD_EVENT_SLOTS		4096
#define KFD_EVENT_PAGE_SIZE	(KFD_EVENT_SLOTS * sizeof(u64))

/* kfd_hsa_memory_exception_data.ErrorType */
#define KFD_ERROR_TYPE_FAULT	0
#define KFD_ERROR_TYPE_HANG	3

/** struct kfd_events - the events of a process */
struct kfd_events {
	/**
	 * @lock: all of this.  Innermost but for the allocator's: taken by work
	 * items of the back end, so never held while user memory is touched.
	 */
	struct mutex lock;
	/** @ids: struct event by event id; @lock */
	struct idr ids;
	/** @signals: how many of them have a slot; @lock */
	unsigned int signals;
	/** @slots: kernel address of the event page or NULL; set once, @lock */
	u64 *slots;
	/** @page: whose memory @slots is; NULL: the kernel's own; @lock */
	struct kfd_mem *page;
	/** @waits: calls of WAIT_EVENTS in progress; @lock */
	struct list_head waits;
	/** @lost: a device of the process is lost for good; @lock */
	bool lost;
};

void kfd_events_init(struct kfd_events *e);

/** kfd_events_fini() - free all; nobody waits, no device signals any more */
void kfd_events_fini(struct kfd_events *e);

/**
 * kfd_events_interrupt() - a packet has asked for an interrupt
 * @e: the events of the process whose packet it was
 * @source: the engine
 * @context: what the packet says: the id of an event, or 0
 *
 * Sets the event if its slot in the event page has been written; if there is
 * none, sets every event whose slot has.  Those slots read "not signalled"
 * again.
 *
 * Context: may sleep.
 */
void kfd_events_interrupt(struct kfd_events *e, enum hw_source source,
			  u32 context);

/**
 * kfd_events_memory() - set all events of type MEMORY
 * @e: the events of the process
 * @data: copied to whoever waits for one of them
 *
 * Context: may sleep.
 */
void kfd_events_memory(struct kfd_events *e,
		       const struct kfd_hsa_memory_exception_data *data);

/** kfd_events_hw_exception() - the same for the type HW_EXCEPTION */
void kfd_events_hw_exception(struct kfd_events *e,
			     const struct kfd_hsa_hw_exception_data *data);

/**
 * kfd_events_lost() - a device is lost: nobody may wait for it
 * @e: the events of a process that uses the device
 *
 * Calls of WAIT_EVENTS that cannot end otherwise, now and later, return
 * -ENODEV.  Exceptions for the process are set before.
 *
 * Context: may sleep.
 */
void kfd_events_lost(struct kfd_events *e);

/**
 * kfd_events_mmap() - map the kernel's own event page
 * @e: the events of the process
 * @vma: where
 *
 * Return: 0; -EINVAL: the size is not KFD_EVENT_PAGE_SIZE, or the page is a
 * buffer object, or there is none yet; -ENOMEM.
 */
int kfd_events_mmap(struct kfd_events *e, struct vm_area_struct *vma);

/* ioctl handlers; their arguments are described at the dispatcher */
int kfd_event_create(struct kfd_process *p, void *data, size_t size);
int kfd_event_destroy(struct kfd_process *p, void *data, size_t size);
int kfd_event_set(struct kfd_process *p, void *data, size_t size);
int kfd_event_reset(struct kfd_process *p, void *data, size_t size);
int kfd_event_wait(struct kfd_process *p, void *data, size_t size);

#endif
