/* SPDX-License-Identifier: MIT */
/*
 * User queues through libhsakmt: memory that a GPU reaches, rings, doorbells,
 * packets, and ways to wait.
 *
 * A queue belongs to one thread.  Packets are put into the ring one after the
 * other and become the device's with t_submit(); t_finish() waits until all of
 * them are done, by a fence in memory and with a deadline.
 *
 * As in lib.h: int is 0, or -1 after a line on stderr.
 */
#ifndef T_QUEUE_H
#define T_QUEUE_H

#include <stdlib.h>

#include "lib.h"

#define T_RING		0x10000UL	/* bytes, the usual ring */
#define T_SOON		60		/* seconds for what takes milliseconds */

/* Which device */

/** t_has_queues() - the driver has a device with queues */
bool t_has_queues(void);

/** t_no_queues() - prints a TAP plan that skips all, if there are no queues */
bool t_no_queues(void);

/* Instead of TEST_HARNESS_MAIN, for programs that need queues throughout. */
#define T_QUEUE_MAIN						\
	T_ORDER_TESTS						\
	int main(int argc, char **argv)				\
	{							\
		exit(t_no_queues() ? 0 : test_harness_run(argc, argv)); \
	}

/* Memory that GPUs reach; mapped to all of them, freed by t_free() */

/** t_host() - system memory, executable, zeroed; NULL on error */
void *t_host(size_t size);

/** t_vram_bo() - memory of a GPU that the CPU sees, too; NULL on error */
void *t_vram_bo(const struct t_gpu *gpu, size_t size);

/** t_vram_hidden() - memory of a GPU that the CPU does not see */
void *t_vram_hidden(const struct t_gpu *gpu, size_t size);

/** t_gtt() - system memory of the driver's */
void *t_gtt(size_t size);

/** t_free() - unmap from the GPUs and free */
int t_free(void *mem, size_t size);

/* Queues */

struct amd_queue;

/**
 * struct t_queue - a queue and its ring
 * @type: HSA_QUEUE_SDMA, HSA_QUEUE_SDMA_XGMI, HSA_QUEUE_COMPUTE, HSA_QUEUE_COMPUTE_AQL
 * @res: what the thunk says; QueueId is 0 when there is no queue
 * @ring: the packets, @size bytes
 * @wptr: written; in bytes (SDMA), dwords (PM4) or packets (AQL)
 * @aql: of an AQL queue: its amd_queue_t
 * @fence: where fences are written, T_FENCES words
 * @fenced: the last value that t_finish() has used
 */
struct t_queue {
	const struct t_gpu *gpu;
	HSA_QUEUE_TYPE type;
	HsaQueueResource res;
	uint32_t *ring;
	size_t size;
	uint64_t wptr;
	struct amd_queue *aql;
	uint64_t *fence;
	uint32_t fenced;
};

/** t_queue_open() - a queue with a ring of T_RING bytes */
int t_queue_open(struct t_queue *q, const struct t_gpu *gpu, HSA_QUEUE_TYPE type);

/** t_queue_open_size() - the same with another ring */
int t_queue_open_size(struct t_queue *q, const struct t_gpu *gpu, HSA_QUEUE_TYPE type,
		      size_t size);

/** t_queue_close() - destroy the queue and free its memory */
int t_queue_close(struct t_queue *q);

/** t_rptr() - how far the device has read, in the unit of the type */
uint64_t t_rptr(const struct t_queue *q);

/**
 * t_put() - one packet of @n dwords (for AQL: one packet of 16)
 *
 * Waits for room, for T_SOON seconds; fills the end of the ring with NOPs when
 * the packet does not fit there.  Return: 0, or -1 when there was no room.
 */
int t_put(struct t_queue *q, const uint32_t *packet, unsigned int n);

/** t_submit() - what was put is the device's */
void t_submit(struct t_queue *q);

/** t_ring_doorbell() - write any value to the doorbell */
void t_ring_doorbell(const struct t_queue *q, uint64_t value);

/** t_finish_in() - submit, and wait until all is done; false: not in time */
bool t_finish_in(struct t_queue *q, double seconds);

/** t_finish() - t_finish_in() T_SOON; says where the queue stands when it fails */
bool t_finish(struct t_queue *q);

/* What a device writes: one access, and nothing after it is looked at before. */
static inline uint32_t t_word(const void *at)
{
	return __atomic_load_n((const uint32_t *)at, __ATOMIC_ACQUIRE);
}

static inline uint64_t t_qword(const void *at)
{
	return __atomic_load_n((const uint64_t *)at, __ATOMIC_ACQUIRE);
}

/* For a device to see: after all that was written before. */
static inline void t_set_word(void *at, uint32_t value)
{
	__atomic_store_n((uint32_t *)at, value, __ATOMIC_RELEASE);
}

static inline void t_set_qword(void *at, uint64_t value)
{
	__atomic_store_n((uint64_t *)at, value, __ATOMIC_RELEASE);
}

/** t_wait_word() - until *@at is @value */
bool t_wait_word(void *at, uint32_t value, double seconds);

/** t_wait_qword() - the same with 64 bits */
bool t_wait_qword(void *at, uint64_t value, double seconds);

/* SDMA packets; 0, or -1 from t_put() */

#define T_SDMA_COPY_MAX	0x3fffe0UL	/* bytes that ROCr copies by one packet */

int t_copy(struct t_queue *q, void *dst, const void *src, size_t size);
int t_copy_to_two(struct t_queue *q, void *dst, void *dst2, const void *src, size_t size);
int t_fill_words(struct t_queue *q, void *dst, uint32_t value, size_t words);
int t_fill_bytes(struct t_queue *q, void *dst, uint8_t value, size_t size);
int t_write(struct t_queue *q, void *dst, const void *data, size_t words);
int t_fence(struct t_queue *q, void *dst, uint32_t value);
int t_trap(struct t_queue *q, uint32_t context);
int t_nop(struct t_queue *q, unsigned int words);
int t_timestamp(struct t_queue *q, void *dst);

/** t_atomic() - one of enum sdma_atomic_op on 4 or 8 bytes */
int t_atomic(struct t_queue *q, void *at, unsigned int op, uint64_t src, uint64_t cmp);

/** enum t_cond - POLL_REGMEM and WAIT_REG_MEM */
enum t_cond {
	T_ALWAYS,
	T_LESS,
	T_LESS_EQUAL,
	T_EQUAL,
	T_NOT_EQUAL,
	T_GREATER_EQUAL,
	T_GREATER,
};

/** t_poll() - wait until (*@at & @mask) @cond @value */
int t_poll(struct t_queue *q, void *at, enum t_cond cond, uint32_t value,
	   uint32_t mask);

/** struct t_area - one side of a rectangle copy, in elements */
struct t_area {
	void *addr;
	uint32_t x, y, z;
	uint32_t pitch;
	uint32_t slice;
};

/** t_copy_rect() - @w x @h x @d elements of 1 << @log2 bytes */
int t_copy_rect(struct t_queue *q, const struct t_area *dst, const struct t_area *src,
		uint32_t w, uint32_t h, uint32_t d, unsigned int log2);

/* PM4 packets */

int t_pm4_write(struct t_queue *q, void *dst, const void *data, size_t words);
int t_pm4_release(struct t_queue *q, void *dst, uint64_t value, bool interrupt,
		  uint32_t context);
int t_pm4_clock(struct t_queue *q, void *dst);
int t_pm4_wait(struct t_queue *q, void *at, enum t_cond cond, uint32_t value,
	       uint32_t mask);
int t_pm4_atomic(struct t_queue *q, void *at, unsigned int op, uint64_t src, uint64_t cmp);
int t_pm4_acquire(struct t_queue *q);
int t_pm4_indirect(struct t_queue *q, const void *ib, unsigned int words);
int t_pm4_nop(struct t_queue *q, unsigned int words);

/* Faults */

/** t_xnack() - switch retry faults of this process on or off; it has no queue */
int t_xnack(bool on);

/** t_access() - give a GPU access to memory: ACCESS, without XNACK mapped at once */
int t_access(const struct t_gpu *gpu, void *mem, size_t size);

/* Events */

/** t_event() - a signal event; NULL on error */
HsaEvent *t_event(bool manual);

/** t_event_of() - an event of any type for a GPU */
HsaEvent *t_event_of(HSA_EVENTTYPE type, const struct t_gpu *gpu, bool manual);

/**
 * t_memory_fault() - wait for a memory exception
 * @event: of type HSA_EVENTTYPE_MEMORY
 * @fault: out: what the thunk says about it
 *
 * Return: 0, or -1 when none came within T_SOON.
 */
int t_memory_fault(HsaEvent *event, HsaMemoryAccessFault *fault);

/** t_signal() - FENCE to the event's mailbox and TRAP, as ROCr does */
int t_signal(struct t_queue *q, const HsaEvent *event);

#endif
