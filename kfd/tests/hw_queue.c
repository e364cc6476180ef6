// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/io.h>
#include <linux/string.h>

#include "../../abi/sdma_packets.h"
#include "hw_queue.h"

/* Upcalls */

static void log_fault(struct hw_vm *vm, const struct hw_fault *faults,
		      unsigned int n)
{
	struct hw_upcall_log *log = vm->owner;

	log->fault = faults[n - 1];
	atomic_inc(&log->faults);
}

static void log_error(struct hw_queue *queue, enum hw_error error, u32 code,
		      u64 where, const struct hw_fault *fault)
{
	struct hw_upcall_log *log = queue->owner;

	log->error = error;
	log->code = code;
	log->where = where;
	if (fault)
		log->error_fault = *fault;
	atomic_inc(&log->errors);
}

static void log_interrupt(struct hw_vm *vm, enum hw_source source, u32 context)
{
	struct hw_upcall_log *log = vm->owner;

	log->source = source;
	log->context = context;
	atomic_inc(&log->interrupts);
}

static void log_idle(struct hw_vm *vm)
{
	struct hw_upcall_log *log = vm->owner;

	atomic_inc(&log->idles);
}

/* The device has no owner; one test runs at a time. */
static struct hw_upcall_log *lost_log;

static void log_lost(struct hw_device *hw)
{
	atomic_inc(&lost_log->losts);
}

static const struct hw_upcalls log_upcalls = {
	.fault = log_fault,
	.error = log_error,
	.interrupt = log_interrupt,
	.idle = log_idle,
	.lost = log_lost,
};

struct hw_upcall_log *hw_log_start(struct kunit *test)
{
	struct hw_fixture *f = test->priv;
	struct hw_upcall_log *log = kunit_kzalloc(test, sizeof(*log),
						  GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, log);
	lost_log = log;
	f->vm->owner = log;
	WRITE_ONCE(f->hw->upcalls, &log_upcalls);
	return log;
}

/* The queue */

struct hw_test_queue *hw_queue_start(struct kunit *test)
{
	struct hw_test_queue *q = kunit_kzalloc(test, sizeof(*q), GFP_KERNEL);
	struct hw_fixture *f = test->priv;
	const struct hw_ops *ops = f->hw->ops;

	KUNIT_ASSERT_NOT_NULL(test, q);
	q->f = f;
	q->log = hw_log_start(test);
	q->args = (struct hw_queue_args){
		.type = HW_QUEUE_SDMA, .doorbell = DOORBELL, .ring = RING_VA,
		.ring_size = RING_SIZE, .wptr = INDEX_VA, .rptr = INDEX_VA + 8,
		.percentage = 100, .priority = 7,
	};
	/* The indices of the queue before this one are not this one's. */
	memset(system_at(f, 2 * PAGE_SIZE), 0, PAGE_SIZE);
	hw_fixture_map(test, RING_VA, system_run(f, 0, 3), HW_READ | HW_WRITE);
	q->doorbells = memremap(ops->doorbell_addr(f->vm), HW_DOORBELL_SIZE,
				MEMREMAP_WB);
	KUNIT_ASSERT_NOT_NULL(test, q->doorbells);
	q->queue = ops->queue_create(f->vm, &q->args, q->log);
	KUNIT_ASSERT_FALSE(test, IS_ERR(q->queue));
	return q;
}

void hw_queue_stop(struct hw_test_queue *q)
{
	q->f->hw->ops->queue_destroy(q->queue);
	memunmap(q->doorbells);
}

void hw_queue_dword(struct hw_test_queue *q, u32 value)
{
	*(__le32 *)system_at(q->f, q->wptr % RING_SIZE) = cpu_to_le32(value);
	q->wptr += 4;
}

static void put_address(struct hw_test_queue *q, u64 va)
{
	hw_queue_dword(q, lower_32_bits(va));
	hw_queue_dword(q, upper_32_bits(va));
}

void hw_queue_fence(struct hw_test_queue *q, u64 va, u32 value)
{
	hw_queue_dword(q, SDMA_OP_FENCE);
	put_address(q, va);
	hw_queue_dword(q, value);
}

void hw_queue_trap(struct hw_test_queue *q, u32 context)
{
	hw_queue_dword(q, SDMA_OP_TRAP);
	hw_queue_dword(q, context);
}

void hw_queue_copy(struct hw_test_queue *q, u64 dst, u64 src, u32 bytes)
{
	hw_queue_dword(q, SDMA_OP_COPY);
	hw_queue_dword(q, bytes - 1);
	hw_queue_dword(q, 0);
	put_address(q, src);
	put_address(q, dst);
}

void hw_queue_ring(struct hw_test_queue *q)
{
	u64 *wptr = (u64 *)system_at(q->f, 2 * PAGE_SIZE);

	/* The packets are there before the index, and that before the bell. */
	smp_store_release(wptr, q->wptr);
	/* As above. */
	smp_store_release(&q->doorbells[q->args.doorbell], q->wptr);
}

bool hw_queue_is_done(struct hw_test_queue *q)
{
	return READ_ONCE(*(u64 *)system_at(q->f, 2 * PAGE_SIZE + 8)) == q->wptr;
}
