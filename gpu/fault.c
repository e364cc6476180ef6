// SPDX-License-Identifier: MIT
/*
 * Faults: a queue whose access could not be done waits for FAULT_DONE, or stops
 * for good where the address space does not retry.
 */
#include <errno.h>

#include "gpu.h"

static void fault_event(struct queue *q, enum simgpu_event_type type)
{
	queue_init_event(q, type);
	q->event.addr = htole64(q->fault.addr);
	q->event.access = htole32(q->fault.access);
}

/* It waits, or will as soon as its event is in the ring. */
static bool waits(const struct queue *q)
{
	return q->state == QUEUE_FAULTED ||
	       (q->state == QUEUE_POSTING && q->after == QUEUE_FAULTED);
}

/* Has another queue's event told the driver about the page, or is it about to? */
static bool told(const struct queue *q)
{
	const struct queue *other;

	for (other = q->vm->queues; other; other = other->vm_next)
		if (other != q && waits(other) && other->fault.addr == q->fault.addr)
			return true;
	return false;
}

static bool retries(const struct queue *q)
{
	return q->fault.wait || (load_relaxed(&q->vm->flags) & SIMGPU_VM_RETRY);
}

static void fatal(struct queue *q)
{
	if (q->owner)
		queue_kill(q->owner);
	fault_event(q, SIMGPU_EVENT_FAULT_FATAL);
	queue_post(q, QUEUE_STOPPED);
}

void fault_taken(struct queue *q)
{
	if (!retries(q)) {
		fatal(q);
	} else if (told(q)) {
		queue_set_state(q, QUEUE_FAULTED);
	} else {
		fault_event(q, SIMGPU_EVENT_FAULT);
		queue_post(q, QUEUE_FAULTED);
	}
}

void fault_forget(struct queue *q)
{
	struct queue *other;

	if (q->state != QUEUE_POSTING || q->after != QUEUE_FAULTED)
		return;
	/* Who relied on that event tries again, and posts its own. */
	for (other = q->vm->queues; other; other = other->vm_next)
		if (other->state == QUEUE_FAULTED &&
		    other->fault.addr == q->fault.addr)
			queue_ready(other);
}

int fault_done(struct gpu *gpu, u32 vmid, u32 verdict, u64 start, u64 end)
{
	struct queue *q;

	if (verdict != SIMGPU_VERDICT_RETRY && verdict != SIMGPU_VERDICT_KILL)
		return -EINVAL;
	pthread_mutex_lock(&gpu->lock);
	for (q = gpu->vm[vmid].queues; q; q = q->vm_next) {
		if (!waits(q) || q->fault.addr < start || q->fault.addr >= end)
			continue;
		if (verdict == SIMGPU_VERDICT_KILL)
			fatal(q);
		else
			queue_ready(q);
	}
	queue_wake(gpu);
	pthread_mutex_unlock(&gpu->lock);
	return 0;
}
