/* SPDX-License-Identifier: MIT */
/*
 * A device inside this process, and a driver for it: for host tests, fuzzers and
 * measurements.  The driver's side follows docs/device.md word by word; it knows
 * nothing of the device's structures but for what a test looks into.
 *
 * Memory: RAM at LOCAL_RAM_BASE, VRAM at LOCAL_VRAM_BASE, the BAR seen at
 * LOCAL_BAR_BASE.  Page tables and rings come from the end of the RAM.
 */
#ifndef GPU_TESTS_LOCAL_H
#define GPU_TESTS_LOCAL_H

#include "abi/simgpu_pte.h"
#include "../gpu.h"

#define LOCAL_RAM_BASE		0x100000ULL
#define LOCAL_VRAM_BASE		0x100000000ULL
#define LOCAL_BAR_BASE		0xf0000000ULL
/* For what takes milliseconds on a machine that has nothing else to do. */
#define LOCAL_SOON_MS		60000

/**
 * struct local_options - all may be 0
 * @ram: bytes of RAM, a multiple of 2 MiB; 0: 64 MiB
 * @vram: the same of VRAM
 * @threads: see &struct gpu_config
 * @index: which GPU
 * @idle_ms: report IDLE after so long; 0: never
 * @no_link_atomics: as --link-atomics none
 * @disabled: leave CONTROL at 0
 */
struct local_options {
	u64 ram;
	u64 vram;
	u32 threads;
	u32 index;
	u32 idle_ms;
	bool no_link_atomics;
	bool disabled;
};

struct local {
	struct transport transport;
	struct gpu *gpu;
	u8 *bar;
	u8 *ram;
	u64 ram_size;
	u8 *vram;
	u64 vram_size;
	u64 free_end;		/* RAM above this address is given away */
	u64 commands;		/* posted */
	u64 events;		/* taken */
	u64 root[SIMGPU_VMID_COUNT];	/* page tables; 0: none */
};

/** local_open() - make a device and enable it.  0 or a negative errno. */
int local_open(struct local *l, const struct local_options *options);

/** local_close() - end it */
void local_close(struct local *l);

/* CONTROL.ENABLE with the handshake of the manual. */
void local_enable(struct local *l);
void local_disable(struct local *l);

/** local_post() - put a command into the ring.  Return: its number. */
u64 local_post(struct local *l, struct simgpu_cmd *cmd);

/** local_answered() - whether the answer to a command is there */
bool local_answered(struct local *l, u64 number);

/**
 * local_wait() - wait for the answer to a command, at most 10 s
 * @value: may be NULL
 *
 * Return: 0, a negative errno, or -ETIME: no answer.
 */
int local_wait(struct local *l, u64 number, u64 *value);

/** local_command() - post and wait */
int local_command(struct local *l, struct simgpu_cmd *cmd);

/**
 * local_event() - take the next event
 * @timeout_ms: wait for it at most so long
 *
 * Return: whether there was one.
 */
bool local_event(struct local *l, struct simgpu_event *event, int timeout_ms);

/* Commands in short. */
int local_vm_set(struct local *l, u32 vmid, u32 flags);
int local_vm_command(struct local *l, u32 opcode, u32 vmid);
int local_invalidate(struct local *l, u32 vmid, u64 start, u64 end);
int local_fault_done(struct local *l, u32 vmid, u64 start, u64 end, u32 verdict);
int local_inject(struct local *l, u32 what, u32 arg);
int local_copy(struct local *l, u32 opcode, struct simgpu_copy *list, u32 count);

/** local_alloc() - pages of RAM, zeroed.  Return: guest-physical address. */
u64 local_alloc(struct local *l, u64 bytes);

/** local_memory() - where a guest-physical address of RAM or VRAM is */
void *local_memory(struct local *l, u64 addr);

/**
 * local_pte() - the entry of a virtual address
 * @level: 0 or 1; tables above are made as needed
 */
u64 *local_pte(struct local *l, u32 vmid, u64 va, int level);

/**
 * local_map() - map pages of 4 KiB, no INVALIDATE
 * @addr: guest-physical, or an offset into VRAM without SIMGPU_PTE_SYSTEM
 * @flags: SIMGPU_PTE_*; VALID is added
 */
void local_map(struct local *l, u32 vmid, u64 va, u64 addr, u64 npages,
	       u64 flags);

/** local_unmap() - clear entries, no INVALIDATE; @entry takes their place */
void local_unmap(struct local *l, u32 vmid, u64 va, u64 npages, u64 entry);

#define LOCAL_RW	(SIMGPU_PTE_READ | SIMGPU_PTE_WRITE)
#define LOCAL_RWS	(LOCAL_RW | SIMGPU_PTE_SYSTEM)

/**
 * struct local_queue - a queue and its client
 * @ring: the packets, in RAM, @size bytes
 * @index: indices of the client in RAM: [0] write, [1] read
 * @wptr: next byte to be written, monotonic
 */
struct local_queue {
	struct local *l;
	u32 id;
	u32 vmid;
	u32 type;
	u32 doorbell;
	u8 *ring;
	u32 size;
	u64 *index;
	u64 wptr;
	u64 va;
};

/* Virtual addresses that local_queue_create() uses: 1 MiB for each queue. */
#define LOCAL_QUEUE_VA	0x7f0000000000ULL

/**
 * local_queue_create() - memory, mappings, QUEUE_CREATE
 * @size: bytes of the ring
 *
 * Return: 0 or the command's errno, negative.
 */
int local_queue_create(struct local *l, struct local_queue *q, u32 id,
		       u32 vmid, u32 type, u32 size);

/* A command with the queue's values; opcode and what else differs is set next. */
void local_queue_args(const struct local_queue *q, struct simgpu_cmd *cmd);

int local_queue_destroy(struct local_queue *q);

/** local_put() - write bytes behind the ring's write index, not rung yet */
void local_put(struct local_queue *q, const void *packet, size_t bytes);

/**
 * local_ring() - publish the write index and ring the doorbell
 *
 * In the units of SDMA: bytes.
 */
void local_ring(struct local_queue *q);

/** local_drain() - wait until the read index has come to the write index */
bool local_drain(struct local_queue *q, int timeout_ms);

/** local_until() - wait for a condition with a deadline */
#define local_until(condition, timeout_ms) (__extension__ ({		\
	u64 until_ = gpu_ns() + (timeout_ms) * 1000000ULL;		\
	bool ok_;							\
									\
	while (!(ok_ = (condition)) && gpu_ns() < until_)		\
		local_nap();						\
	ok_;								\
}))

void local_nap(void);

#endif
