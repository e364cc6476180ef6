/* SPDX-License-Identifier: MIT */
/*
 * User queues: the border between the scheduler (queue.c, doorbell.c) and the
 * engines that know packets (sdma.c, pm4.c, aql.c).
 *
 * A queue runs on one thread at a time.  While it runs, its engine has it to
 * itself; the driver's commands about it wait until the slice ends, so no field
 * changes during a step.
 */
#ifndef GPU_QUEUE_H
#define GPU_QUEUE_H

#include <pthread.h>

#include "abi/simgpu_cmd.h"
#include "abi/simgpu_event.h"
#include "types.h"

struct dispatch;
struct gpu;
struct queue;
struct tlb;
struct vm;

/* What a step came to. */
enum step {
	STEP_IDLE,	/* nothing to do until the doorbell rings */
	STEP_PROGRESS,	/* something was done; call again */
	STEP_BLOCKED,	/* waits for a word in memory or the event ring; call again */
	STEP_FAULT,	/* an access_*() returned -EFAULT; call again when answered */
	STEP_ERROR,	/* queue_fail() was called; never call again */
};

/**
 * struct engine - one kind of packets
 * @name: for messages
 * @start: make private state in &queue.priv, set &queue.read.  0 or -ENOMEM.
 * @step: execute at most one packet, or a part of one.  It is called again from
 *	the same state after STEP_FAULT, STEP_BLOCKED and when a slice was used
 *	up in the middle of a packet; it must not sleep.
 * @stop: free what @start made.  No step is under way or follows.
 * @dispatches: its queues have compute units, see dispatch.h
 */
struct engine {
	const char *name;
	int (*start)(struct queue *q);
	enum step (*step)(struct queue *q);
	void (*stop)(struct queue *q);
	bool dispatches;
};

extern const struct engine engine_sdma;		/* SDMA and SDMA_XGMI */
extern const struct engine engine_pm4;
extern const struct engine engine_aql;

/* The access that could not be done; written by access.c. */
struct fault {
	u64 addr;	/* page aligned GPU virtual address */
	u32 access;	/* SIMGPU_FAULT_* */
	bool wait;	/* the PTE says that the access waits in any case */
};

/* Why the queue has stopped; written by queue_fail(). */
struct queue_failure {
	u32 code;	/* enum simgpu_queue_error */
	u64 where;	/* offset in the ring, or the packet's index or address */
	u64 data;	/* the opcode or field that is bad */
};

/* Where a queue is; under gpu->lock. */
enum queue_state {
	QUEUE_FREE,
	QUEUE_IDLE,	/* waits for its doorbell */
	QUEUE_READY,	/* on the run list */
	QUEUE_RUNNING,	/* a thread executes its steps */
	QUEUE_BLOCKED,	/* stepped again every now and then */
	QUEUE_POSTING,	/* has an event that does not fit into the ring yet */
	QUEUE_FAULTED,	/* waits for FAULT_DONE */
	QUEUE_STOPPED,	/* for good: fatal fault or bad packet */
};

struct queue {
	/* For engines: constant from start() to stop(). */
	struct gpu *gpu;
	u32 id;
	u32 vmid;
	enum simgpu_queue_type type;
	u32 doorbell_index;
	u64 wptr;		/* GPU virtual address of the write index */
	u64 rptr;		/* GPU virtual address of the read index */

	/* For engines: may be new at each slice (QUEUE_UPDATE). */
	u64 ring;		/* GPU virtual address */
	u32 ring_size;		/* bytes, a power of two >= 1024 */
	u32 priority;
	u32 cu_mask[4];

	/* For engines: theirs. */
	u64 read;		/* monotonic: AQL packets, PM4 dwords, SDMA bytes */
	u64 doorbell;		/* value rung last; ~0: none yet.  Read only. */
	void *priv;
	struct dispatch *dispatch;	/* NULL: no compute units */

	/* Filled by access_*() and queue_fail(). */
	struct fault fault;
	struct queue_failure failure;

	/* Of access.c and mmu.c. */
	struct vm *vm;
	struct tlb *tlb;
	s64 budget;		/* bytes left of this slice */
	u64 packets;		/* counted in this slice */
	u64 bytes;
	u64 hits;
	u64 misses;
	u32 section;		/* odd: an access is in flight; see mmu.h */
	u32 stop;		/* atomic: end the slice soon */

	/* The scheduler's; gpu->lock. */
	const struct engine *engine;
	bool rung;		/* doorbell seen since the slice began */
	bool kicked;		/* queue_kick() since the slice began */
	bool listed;		/* on the run list */
	bool enabled;
	bool hung;		/* INJECT_HANG_QUEUE */
	bool killed;		/* with it, its compute units stop for good */
	struct queue *owner;	/* of a compute unit; NULL: it is a user queue */
	struct queue *unit;	/* its compute units; constant as above */
	u32 units;
	u64 *bell;		/* the doorbell, in the BAR; NULL: compute unit */
	u64 blocked_since;	/* ns */
	struct simgpu_event event;	/* QUEUE_POSTING: this one */
	enum queue_state after;		/* QUEUE_POSTING: state once it is posted */
	struct queue *next;		/* run list; gpu->lock */
	struct queue *vm_next;		/* queues of the VM */

	/* The poller reads these without the lock, even of a queue that ends. */
	enum queue_state state;
	u64 seen;		/* content of the doorbell looked at last */
	u64 poll_at;		/* ns: BLOCKED, POSTING: not before */
};

/**
 * queue_interrupt() - put an INTERRUPT event into the event ring
 * @q: the running queue
 * @source: what kind of packet asks
 * @context: context id of the packet
 *
 * To be called last of a packet's side effects, once.
 *
 * Return: 0, or -EAGAIN: the ring is full, return STEP_BLOCKED and try again.
 */
int __must_check queue_interrupt(struct queue *q, enum simgpu_interrupt source,
				 u64 context);

/**
 * queue_fail() - a packet makes no sense: the queue stops for good
 * @q: the running queue
 * @code: enum simgpu_queue_error
 * @where: see &struct queue_failure
 * @data: see &struct queue_failure
 *
 * Return: STEP_ERROR, to be returned by the engine's step.
 */
enum step queue_fail(struct queue *q, u32 code, u64 where, u64 data);

/**
 * queue_kick() - let a queue that has nothing to do, or waits, take a step
 * @q: of the running queue's address space
 *
 * When a step of it is under way, another one follows.  Context: no lock.
 */
void queue_kick(struct queue *q);

/** queue_clock() - the GPU's clock: 100 MHz, the same for all of a host's GPUs */
u64 queue_clock(void);

/** queue_packet_done() - count one executed packet */
void queue_packet_done(struct queue *q);

#endif
