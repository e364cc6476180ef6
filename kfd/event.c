// SPDX-License-Identifier: GPL-2.0
/*
 * Events: create, destroy, set, reset, and what interrupts and exceptions do to
 * them.  event_wait.c is the other half.
 */
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/kfd_ioctl.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "event.h"
#include "event_wait.h"
#include "mem.h"
#include "memory.h"
#include "process.h"

/* What a slot says as long as no packet has signalled it. */
#define SLOT_UNSIGNALED		(~0ULL)

/* Ids below it are slots; 0 stands for "no event" in packets. */
#define ID_FIRST_SIGNAL		1
#define ID_FIRST_OTHER		0x40000000

/* From here on a scan walks the slots rather than the events. */
#define SCAN_BY_ID_MAX		64

void kfd_events_init(struct kfd_events *e)
{
	mutex_init(&e->lock);
	idr_init(&e->ids);
	INIT_LIST_HEAD(&e->waits);
}

void kfd_events_fini(struct kfd_events *e)
{
	struct event *event;
	int id;

	idr_for_each_entry(&e->ids, event, id) {
		WARN_ON_ONCE(!list_empty(&event->waiters));
		kfree(event);
	}
	idr_destroy(&e->ids);
	if (e->page)
		kfd_mem_vunmap(e->page, e->slots);
	else
		vfree(e->slots);
	mutex_destroy(&e->lock);
}

/* Setting */

static bool type_has_slot(u32 type)
{
	return type == KFD_IOC_EVENT_SIGNAL ||
	       type == KFD_IOC_EVENT_DEBUG_EVENT;
}

/* A device writes the slots while we look. */
static bool slot_take(struct kfd_events *e, u32 id)
{
	if (!e->slots || READ_ONCE(e->slots[id]) == SLOT_UNSIGNALED)
		return false;
	/* xchg: what the device wrote before the slot is seen by the waiter */
	return xchg(&e->slots[id], SLOT_UNSIGNALED) != SLOT_UNSIGNALED;
}

static void scan_events(struct kfd_events *e)
{
	struct event *event;
	int id;

	idr_for_each_entry(&e->ids, event, id) {
		if (id >= KFD_EVENT_SLOTS)
			break;
		if (slot_take(e, id))
			event_set(event);
	}
}

static void scan_slots(struct kfd_events *e)
{
	struct event *event;
	u32 id;

	for (id = ID_FIRST_SIGNAL; id < KFD_EVENT_SLOTS; id++) {
		if (READ_ONCE(e->slots[id]) == SLOT_UNSIGNALED)
			continue;
		event = idr_find(&e->ids, id);
		if (event && slot_take(e, id))
			event_set(event);
	}
}

static u32 context_mask(enum hw_source source)
{
	switch (source) {
	case HW_SOURCE_SDMA:
		return GENMASK(27, 0);
	case HW_SOURCE_SQ:
		return GENMASK(23, 0);
	default:
		return GENMASK(31, 0);
	}
}

void kfd_events_interrupt(struct kfd_events *e, enum hw_source source,
			  u32 context)
{
	u32 id = context & context_mask(source);
	struct event *event = NULL;

	mutex_lock(&e->lock);
	if (id && id < KFD_EVENT_SLOTS)
		event = idr_find(&e->ids, id);
	if (event && slot_take(e, id))
		event_set(event);
	else if (e->slots && e->signals < SCAN_BY_ID_MAX)
		scan_events(e);
	else if (e->slots)
		scan_slots(e);
	mutex_unlock(&e->lock);
}

static void set_type(struct kfd_events *e, u32 type,
		     const union event_data *data)
{
	int id = ID_FIRST_OTHER;
	struct event *event;

	mutex_lock(&e->lock);
	idr_for_each_entry_continue(&e->ids, event, id) {
		if (event->type != type)
			continue;
		event->data = *data;
		event_set(event);
	}
	mutex_unlock(&e->lock);
}

void kfd_events_memory(struct kfd_events *e,
		       const struct kfd_hsa_memory_exception_data *data)
{
	const union event_data event_data = { .memory = *data };

	set_type(e, KFD_IOC_EVENT_MEMORY, &event_data);
}

void kfd_events_hw_exception(struct kfd_events *e,
			     const struct kfd_hsa_hw_exception_data *data)
{
	const union event_data event_data = { .hw = *data };

	set_type(e, KFD_IOC_EVENT_HW_EXCEPTION, &event_data);
}

/* The event page */

/*
 * Take the buffer object of @handle as the event page.  It stays where it is
 * until the process ends.
 */
static int page_from_handle(struct kfd_process *p, u64 handle)
{
	struct kfd_events *e = &p->events;
	struct kfd_mem *mem;
	u64 *slots;
	int ret;

	/* Before the buffer object is bound for good; again below. */
	if (READ_ONCE(e->slots))
		return -EINVAL;
	mem = kfd_memory_event_page(p, handle, KFD_EVENT_PAGE_SIZE, &slots);
	if (IS_ERR(mem))
		return PTR_ERR(mem);

	mutex_lock(&e->lock);
	ret = e->slots ? -EINVAL : 0;
	if (!ret) {
		memset64(slots, SLOT_UNSIGNALED, KFD_EVENT_SLOTS);
		e->slots = slots;
		e->page = mem;
	}
	mutex_unlock(&e->lock);
	if (ret)
		kfd_mem_vunmap(mem, slots);
	return ret;
}

/* For programs that bring none: a page that they can map from /dev/kfd. */
static int page_make(struct kfd_events *e)
{
	u64 *slots;

	lockdep_assert_held(&e->lock);
	if (e->slots)
		return 0;
	slots = vmalloc_user(KFD_EVENT_PAGE_SIZE);
	if (!slots)
		return -ENOMEM;
	memset64(slots, SLOT_UNSIGNALED, KFD_EVENT_SLOTS);
	e->slots = slots;
	return 0;
}

int kfd_events_mmap(struct kfd_events *e, struct vm_area_struct *vma)
{
	u64 *slots = NULL;

	if (vma->vm_end - vma->vm_start != KFD_EVENT_PAGE_SIZE ||
	    !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	/* Once set they stay: no need to hold a lock inside mmap_lock. */
	mutex_lock(&e->lock);
	if (!e->page)
		slots = e->slots;
	mutex_unlock(&e->lock);
	if (!slots)
		return -EINVAL;
	vma->vm_flags |= VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP;
	return remap_vmalloc_range(vma, slots, 0);
}

/* ioctls */

static int event_add(struct kfd_events *e, struct event *event)
{
	int id, ret;

	lockdep_assert_held(&e->lock);
	if (!type_has_slot(event->type))
		return idr_alloc(&e->ids, event, ID_FIRST_OTHER, 0, GFP_KERNEL);

	ret = page_make(e);
	if (ret)
		return ret;
	id = idr_alloc(&e->ids, event, ID_FIRST_SIGNAL, KFD_EVENT_SLOTS,
		       GFP_KERNEL);
	if (id < 0)
		return id;
	/* A late write for the slot's last event is not for this one. */
	WRITE_ONCE(e->slots[id], SLOT_UNSIGNALED);
	e->signals++;
	return id;
}

int kfd_event_create(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_create_event_args *args = data;
	struct kfd_events *e = &p->events;
	struct event *event;
	int id;

	if (args->event_type > KFD_IOC_EVENT_MEMORY)
		return -EINVAL;
	if (args->event_page_offset) {
		id = page_from_handle(p, args->event_page_offset);
		if (id)
			return id;
	}

	event = kzalloc(sizeof(*event), GFP_KERNEL_ACCOUNT);
	if (!event)
		return -ENOMEM;
	event->type = args->event_type;
	event->auto_reset = args->auto_reset;
	INIT_LIST_HEAD(&event->waiters);

	mutex_lock(&e->lock);
	id = event_add(e, event);
	mutex_unlock(&e->lock);
	if (id < 0) {
		kfree(event);
		return id;
	}

	args->event_id = id;
	if (type_has_slot(event->type)) {
		/* The thunk makes a mailbox only if the offset is not 0. */
		args->event_page_offset =
			KFD_MMAP_OFFSET(KFD_MMAP_TYPE_EVENTS, 0);
		args->event_trigger_data = id;
		args->event_slot_index = id;
	}
	return 0;
}

int kfd_event_destroy(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_destroy_event_args *args = data;
	struct kfd_events *e = &p->events;
	struct event *event;

	mutex_lock(&e->lock);
	event = idr_remove(&e->ids, args->event_id);
	if (event) {
		event_break(event);
		if (type_has_slot(event->type))
			e->signals--;
	}
	mutex_unlock(&e->lock);
	if (!event)
		return -EINVAL;
	kfree(event);
	return 0;
}

/* Other types are the kernel's to set. */
static struct event *find_settable(struct kfd_events *e, u32 id)
{
	struct event *event = idr_find(&e->ids, id);

	return event && type_has_slot(event->type) ? event : NULL;
}

int kfd_event_set(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_set_event_args *args = data;
	struct kfd_events *e = &p->events;
	struct event *event;

	mutex_lock(&e->lock);
	event = find_settable(e, args->event_id);
	if (event)
		event_set(event);
	mutex_unlock(&e->lock);
	return event ? 0 : -EINVAL;
}

int kfd_event_reset(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_reset_event_args *args = data;
	struct kfd_events *e = &p->events;
	struct event *event;

	mutex_lock(&e->lock);
	event = find_settable(e, args->event_id);
	if (event)
		event->signaled = false;
	mutex_unlock(&e->lock);
	return event ? 0 : -EINVAL;
}
