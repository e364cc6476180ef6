/* SPDX-License-Identifier: MIT */
/*
 * A device without threads and one queue of it, for tests and fuzzers of the
 * engines: the test is the scheduler and the driver.
 *
 * The queue sees, at GPU virtual addresses: its ring, its indices (for AQL its
 * struct amd_queue), a place for indirect buffers, and data.
 */
#ifndef TESTS_ENGINE_H
#define TESTS_ENGINE_H

#include "abi/simgpu_pte.h"
#include "../gpu.h"

#define ENGINE_RING_VA	0x000200000000ULL
#define ENGINE_RING_MAX	0x10000ULL
#define ENGINE_INDEX_VA	0x000200100000ULL	/* one page */
#define ENGINE_IB_VA	0x000200200000ULL
#define ENGINE_IB_SIZE	0x10000ULL
#define ENGINE_DATA_VA	0x7f1234400000ULL
#define ENGINE_DATA_SIZE 0x1000000ULL

#define ENGINE_WPTR_VA	(ENGINE_INDEX_VA + 56)	/* where struct amd_queue has them */
#define ENGINE_RPTR_VA	(ENGINE_INDEX_VA + 128)

#define ENGINE_VMID	1
#define ENGINE_QUEUE	3

#define ENGINE_RW	(SIMGPU_PTE_VALID | SIMGPU_PTE_SYSTEM | SIMGPU_PTE_READ | \
			 SIMGPU_PTE_WRITE)

/**
 * struct engine_fixture - the device, and what the driver knows of it
 * @q: the queue
 * @written: write index in units of the queue
 * @slice: budget of a step, bytes
 * @faults: served by engine_run()
 * @data_size: bytes of the data that engine_queue() maps; all by default
 * @ram: its memory; the tables come first, then what is above in its order
 */
struct engine_fixture {
	struct transport transport;
	struct gpu *gpu;
	struct queue *q;
	u64 written;
	s64 slice;
	u64 faults;
	u64 data_size;
	u8 *ram;
	u64 table_count;
	u64 root;
};

/* Does each wait function, 0 to 6, hold for less, equal, greater? */
extern const bool engine_holds[7][3];

/** engine_open() - make the device; no queue yet.  Aborts when it cannot. */
void engine_open(struct engine_fixture *f);

/** engine_close() - and everything is freed */
void engine_close(struct engine_fixture *f);

/** engine_queue() - a new queue instead of the one there is; all is mapped */
void engine_queue(struct engine_fixture *f, enum simgpu_queue_type type,
		  u32 ring_size);

/** engine_mem() - the memory behind a GPU virtual address of those above */
void *engine_mem(struct engine_fixture *f, u64 va);

/** engine_data() - the data at an offset */
static inline u8 *engine_data(struct engine_fixture *f, u64 offset)
{
	return (u8 *)engine_mem(f, ENGINE_DATA_VA) + offset;
}

/** engine_map() - give pages the PTE flags; 0: unmap */
void engine_map(struct engine_fixture *f, u64 va, u64 size, u64 flags);

/** engine_flush() - what INVALIDATE does */
void engine_flush(struct engine_fixture *f);

/** engine_guarded() - has nothing been written around what is mapped? */
bool engine_guarded(const struct engine_fixture *f);

/** engine_start_at() - an empty ring whose read index is that, in units */
void engine_start_at(struct engine_fixture *f, u64 index);

/** engine_put() - dwords into the ring of an SDMA or PM4 queue, without wptr */
void engine_put(struct engine_fixture *f, const u32 *dwords, size_t count);

/** engine_ring() - move the write index behind what was put */
void engine_ring(struct engine_fixture *f);

/** engine_rptr() - the read index as the queue has written it */
u64 engine_rptr(struct engine_fixture *f);

/** engine_step() - one step */
enum step engine_step(struct engine_fixture *f);

/**
 * engine_run() - steps until the queue is idle, blocked or in error
 *
 * Faults are served: the page is mapped, as a driver with XNACK does.
 *
 * Return: the last step, or STEP_PROGRESS when there was no end of them.
 */
enum step engine_run(struct engine_fixture *f);

/** engine_event() - take an event; false: there is none */
bool engine_event(struct engine_fixture *f, struct simgpu_event *event);

/** engine_fill_events() - leave room for so many in the event ring */
void engine_fill_events(struct engine_fixture *f, u64 room);

/** engine_drain_events() - take all */
void engine_drain_events(struct engine_fixture *f);

#endif
