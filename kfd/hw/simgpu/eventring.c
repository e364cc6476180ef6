// SPDX-License-Identifier: GPL-2.0
/*
 * The event ring.  One work item takes the events out and passes them on: an
 * interrupt at once, everything else by a work item of the VM or the queue that
 * it is for, so that a slow service of one process holds up no other.
 *
 * The ring is written by another process, so nothing in it is trusted: an
 * entry that makes no sense means that the device is out of its mind, and it is
 * given up.
 */
#include <linux/device.h>
#include <linux/ktime.h>
#include <linux/ratelimit.h>
#include <linux/sort.h>

#include "device.h"

/* Events that one run of the work takes out before others get a turn. */
#define EVENT_BUDGET	SIMGPU_EVENT_COUNT

/* struct event - a copy of one entry, so that the device cannot change it */
struct event {
	u32 type;
	u32 vmid;
	u32 queue;
	u32 access;
	u64 addr;
	u64 data;
	u32 code;
	u32 seq;
};

void simgpu_events_irq(struct simgpu *sg)
{
	atomic64_inc(&sg->totals.event_irqs);
	queue_work(sg->wq, &sg->event_work);
}

static void event_read(struct simgpu *sg, u64 number, struct event *ev)
{
	const struct simgpu_event *slots = sg->bar + SIMGPU_EVENT_OFFSET;
	const struct simgpu_event *slot = &slots[number % SIMGPU_EVENT_COUNT];

	ev->type = le32_to_cpu(READ_ONCE(slot->type));
	ev->vmid = le32_to_cpu(READ_ONCE(slot->vmid));
	ev->queue = le32_to_cpu(READ_ONCE(slot->queue));
	ev->access = le32_to_cpu(READ_ONCE(slot->access));
	ev->addr = le64_to_cpu(READ_ONCE(slot->addr));
	ev->data = le64_to_cpu(READ_ONCE(slot->data));
	ev->code = le32_to_cpu(READ_ONCE(slot->code));
	ev->seq = le32_to_cpu(READ_ONCE(slot->seq));
}

static void event_fault(const struct event *ev, struct hw_fault *fault)
{
	fault->va = ALIGN_DOWN(ev->addr, PAGE_SIZE);
	fault->access = (ev->access & SIMGPU_FAULT_READ ? HW_READ : 0) |
			(ev->access & SIMGPU_FAULT_WRITE ? HW_WRITE : 0) |
			(ev->access & SIMGPU_FAULT_EXEC ? HW_EXEC : 0) |
			(ev->access & SIMGPU_FAULT_ATOMIC ? HW_ATOMIC : 0);
	fault->present = !(ev->access & SIMGPU_FAULT_ABSENT);
}

/* Faults */

static void handle_fault(struct simgpu *sg, const struct event *ev)
{
	struct simgpu_vm *vm = xa_load(&sg->vms, ev->vmid);
	struct hw_fault fault;
	bool full;

	/* Of a VM that is on its way out: VM_CLEAR has ended the access. */
	if (!vm)
		return;
	event_fault(ev, &fault);
	spin_lock(&vm->fault_lock);
	full = vm->fault_count == SIMGPU_FAULT_MAX;
	if (!full)
		vm->faults[vm->fault_count++] = fault;
	spin_unlock(&vm->fault_lock);
	if (full)
		simgpu_fault_done(&vm->vm, fault.va, fault.va + PAGE_SIZE,
				  false);
	queue_work(sg->wq, &vm->fault_work);
}

static int fault_compare(const void *a, const void *b)
{
	const struct hw_fault *x = a, *y = b;

	return x->va < y->va ? -1 : x->va > y->va;
}

/* Sort, and join those of the same page. */
static unsigned int faults_order(struct hw_fault *faults, unsigned int n)
{
	unsigned int i, last = 0;

	sort(faults, n, sizeof(*faults), fault_compare, NULL);
	for (i = 1; i < n; i++) {
		if (faults[i].va == faults[last].va) {
			faults[last].access |= faults[i].access;
			faults[last].present |= faults[i].present;
		} else {
			faults[++last] = faults[i];
		}
	}
	return last + 1;
}

void simgpu_fault_work(struct work_struct *work)
{
	struct simgpu_vm *vm = container_of(work, struct simgpu_vm, fault_work);
	struct hw_fault *batch = vm->faults + SIMGPU_FAULT_MAX;
	struct simgpu *sg = to_simgpu(vm->vm.hw);
	const struct hw_upcalls *up = READ_ONCE(sg->hw.upcalls);
	u64 start = ktime_get_ns();
	unsigned int n;

	spin_lock(&vm->fault_lock);
	n = vm->fault_count;
	memcpy(batch, vm->faults, n * sizeof(*batch));
	vm->fault_count = 0;
	spin_unlock(&vm->fault_lock);
	if (!n)
		return;

	n = faults_order(batch, n);
	atomic64_inc(&sg->totals.fault_upcalls);
	if (up && up->fault)
		up->fault(&vm->vm, batch, n);
	else
		simgpu_fault_done(&vm->vm, 0, BIT_ULL(48), true);
	atomic64_add(ktime_get_ns() - start, &sg->totals.fault_ns);
}

/* Queues that have stopped */

static void handle_error(struct simgpu *sg, const struct event *ev,
			 enum hw_error error)
{
	struct simgpu_queue *q = xa_load(&sg->queues, ev->queue);

	/* On its way out, or it has told us already. */
	if (!q || q->failed)
		return;
	q->failed = true;
	q->error = error;
	q->code = ev->code;
	q->where = ev->addr;
	event_fault(ev, &q->fault);
	queue_work(sg->wq, &q->error_work);
}

void simgpu_error_work(struct work_struct *work)
{
	struct simgpu_queue *q = container_of(work, struct simgpu_queue,
					      error_work);
	const struct hw_upcalls *up = READ_ONCE(q->queue.vm->hw->upcalls);

	if (up && up->error)
		up->error(&q->queue, q->error, q->code, q->where,
			  q->error == HW_ERROR_FAULT ? &q->fault : NULL);
}

/* Interrupts and idleness */

static void handle_interrupt(struct simgpu *sg, const struct event *ev)
{
	static const enum hw_source sources[] = {
		[SIMGPU_INT_CP_EOP] = HW_SOURCE_CP,
		[SIMGPU_INT_SDMA_TRAP] = HW_SOURCE_SDMA,
		[SIMGPU_INT_SQ] = HW_SOURCE_SQ,
	};
	const struct hw_upcalls *up = READ_ONCE(sg->hw.upcalls);
	struct simgpu_vm *vm = xa_load(&sg->vms, ev->vmid);

	if (vm && up && up->interrupt && ev->code < ARRAY_SIZE(sources))
		up->interrupt(&vm->vm, sources[ev->code], ev->data);
}

static void handle_idle(struct simgpu *sg, const struct event *ev)
{
	struct simgpu_vm *vm = xa_load(&sg->vms, ev->vmid);

	if (vm)
		queue_work(sg->wq, &vm->idle_work);
}

void simgpu_idle_work(struct work_struct *work)
{
	struct simgpu_vm *vm = container_of(work, struct simgpu_vm, idle_work);
	const struct hw_upcalls *up = READ_ONCE(vm->vm.hw->upcalls);

	if (up && up->idle)
		up->idle(&vm->vm);
}

/* The ring */

static bool event_is_sane(const struct event *ev, u64 number)
{
	if (ev->seq != (u32)number)
		return false;
	switch (ev->type) {
	case SIMGPU_EVENT_FAULT:
	case SIMGPU_EVENT_INTERRUPT:
	case SIMGPU_EVENT_IDLE:
		return ev->vmid && ev->vmid < SIMGPU_VMID_COUNT;
	case SIMGPU_EVENT_FAULT_FATAL:
	case SIMGPU_EVENT_QUEUE_ERROR:
		return ev->vmid && ev->vmid < SIMGPU_VMID_COUNT &&
		       ev->queue < SIMGPU_QUEUE_COUNT;
	case SIMGPU_EVENT_BAD_COMMAND:
		return true;
	default:
		return false;
	}
}

static void event_handle(struct simgpu *sg, const struct event *ev)
{
	switch (ev->type) {
	case SIMGPU_EVENT_FAULT:
		handle_fault(sg, ev);
		break;
	case SIMGPU_EVENT_FAULT_FATAL:
		handle_error(sg, ev, HW_ERROR_FAULT);
		break;
	case SIMGPU_EVENT_QUEUE_ERROR:
		handle_error(sg, ev, HW_ERROR_PACKET);
		break;
	case SIMGPU_EVENT_INTERRUPT:
		handle_interrupt(sg, ev);
		break;
	case SIMGPU_EVENT_IDLE:
		handle_idle(sg, ev);
		break;
	case SIMGPU_EVENT_BAD_COMMAND:
		dev_err_ratelimited(sg->hw.dev,
				    "the device refuses command %llu: %d\n",
				    ev->data, -(int)ev->code);
		break;
	}
}

/*
 * Take out what is there, at most @budget.  Returns how many, or -EIO when the
 * ring makes no sense.
 */
static int events_take(struct simgpu *sg, int budget, bool *fault)
{
	u64 wptr = simgpu_read64(sg, SIMGPU_REG_EVENT_WPTR);
	struct event ev;
	int n = 0;

	if (wptr - sg->event_rptr > SIMGPU_EVENT_COUNT)
		return -EIO;
	for (; sg->event_rptr != wptr && n < budget; n++) {
		event_read(sg, sg->event_rptr, &ev);
		if (!event_is_sane(&ev, sg->event_rptr))
			return -EIO;
		sg->event_rptr++;
		*fault |= ev.type == SIMGPU_EVENT_FAULT;
		event_handle(sg, &ev);
	}
	simgpu_write64(sg, SIMGPU_REG_EVENT_RPTR, sg->event_rptr);
	return n;
}

/* The next event comes with an interrupt.  Returns false if it is there. */
static bool events_arm(struct simgpu *sg)
{
	simgpu_write64(sg, SIMGPU_REG_EVENT_EVENT, sg->event_rptr);
	/* Against the device: it writes EVENT_WPTR, then reads EVENT_EVENT. */
	smp_mb();
	if (simgpu_read64(sg, SIMGPU_REG_EVENT_WPTR) == sg->event_rptr)
		return true;
	simgpu_write64(sg, SIMGPU_REG_EVENT_EVENT, sg->event_rptr - 1);
	return false;
}

static void event_work(struct work_struct *work)
{
	struct simgpu *sg = container_of(work, struct simgpu, event_work);
	int budget = EVENT_BUDGET, n;
	bool fault = false;

	do {
		if (simgpu_lost(sg))
			return;
		n = events_take(sg, budget, &fault);
		if (n < 0) {
			simgpu_lose(sg, "its event ring is corrupt");
			return;
		}
		budget -= n;
		if (!budget) {
			queue_work(sg->wq, &sg->event_work);
			break;
		}
	} while (!events_arm(sg));
	if (fault)
		atomic64_inc(&sg->totals.fault_interrupts);
}

void simgpu_events_flush(struct simgpu *sg)
{
	queue_work(sg->wq, &sg->event_work);
	flush_work(&sg->event_work);
}

int simgpu_events_init(struct simgpu *sg)
{
	INIT_WORK(&sg->event_work, event_work);
	sg->wq = alloc_workqueue("simgpu%u", WQ_UNBOUND, 0, sg->hw.index);
	return sg->wq ? 0 : -ENOMEM;
}

void simgpu_events_exit(struct simgpu *sg)
{
	destroy_workqueue(sg->wq);
}
