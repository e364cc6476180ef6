/* SPDX-License-Identifier: GPL-2.0 */
/* An SDMA queue that a test drives as user space would. */
#ifndef HW_QUEUE_H
#define HW_QUEUE_H

#include <linux/atomic.h>

#include "hw_fixture.h"

/* Where the VM has things; the pages of @hw_fixture.system in that order. */
#define RING_VA		VA
#define RING_SIZE	8192
#define INDEX_VA	(VA + 2 * PAGE_SIZE)
#define DATA_VA		(VA + 16 * PAGE_SIZE)
#define DATA_PAGE	16
#define DOORBELL	5

/**
 * struct hw_upcall_log - what the back end has told
 * @faults: calls of fault(), and @fault the last page of the last of them
 * @errors: calls of error(), and their arguments
 * @interrupts: calls of interrupt(), and their arguments
 * @idles: calls of idle()
 * @losts: calls of lost(), for any VM
 */
struct hw_upcall_log {
	atomic_t faults;
	struct hw_fault fault;
	atomic_t errors;
	enum hw_error error;
	u32 code;
	u64 where;
	struct hw_fault error_fault;
	atomic_t interrupts;
	enum hw_source source;
	u32 context;
	atomic_t idles;
	atomic_t losts;
};

/** struct hw_test_queue - the queue, and the driver of it */
struct hw_test_queue {
	struct hw_fixture *f;
	struct hw_queue *queue;
	struct hw_queue_args args;
	struct hw_upcall_log *log;
	u64 *doorbells;
	u64 wptr;
};

/* Have the upcalls write to a log that lasts as long as the test. */
struct hw_upcall_log *hw_log_start(struct kunit *test);

/* Map ring and indices, make the queue; it is destroyed by hw_queue_stop(). */
struct hw_test_queue *hw_queue_start(struct kunit *test);
void hw_queue_stop(struct hw_test_queue *q);

/* Put packets into the ring; hw_queue_ring() tells the device. */
void hw_queue_fence(struct hw_test_queue *q, u64 va, u32 value);
void hw_queue_trap(struct hw_test_queue *q, u32 context);
void hw_queue_copy(struct hw_test_queue *q, u64 dst, u64 src, u32 bytes);
void hw_queue_dword(struct hw_test_queue *q, u32 value);
void hw_queue_ring(struct hw_test_queue *q);

/* The word at DATA_VA + offset, as the CPU sees it. */
static inline u32 hw_queue_data(struct hw_test_queue *q, u64 offset)
{
	return READ_ONCE(*(u32 *)system_at(q->f, DATA_PAGE * PAGE_SIZE +
					   offset));
}

/* Has the device executed all that it was told of? */
bool hw_queue_is_done(struct hw_test_queue *q);

#endif
