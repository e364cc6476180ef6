/* SPDX-License-Identifier: MIT */
/*
 * One GPU.  Threads: command thread (cmdring.c), workers (queue.c, doorbell.c),
 * helpers of the copy engine (copy.c), heart (gpu.c).
 *
 * gpu->lock is taken before eventring's.  What no comment says otherwise about
 * is constant from gpu_start() to gpu_stop().
 */
#ifndef GPU_GPU_H
#define GPU_GPU_H

#include <pthread.h>

#include "abi/simgpu_cmd.h"
#include "abi/simgpu_event.h"
#include "abi/simgpu_layout.h"
#include "abi/simgpu_regs.h"
#include "bus.h"
#include "copy.h"
#include "eventring.h"
#include "queue.h"
#include "transport.h"
#include "types.h"

/**
 * struct gpu_config - what one device is made from
 * @index: which of the node's GPUs
 * @generation: one more at each start
 * @threads: workers and copying threads each; 0: as many as CPUs, at least 2
 * @idle_ms: report IDLE after so long without a doorbell; 0: 20
 * @link_atomics: atomics to system memory are atomic against the CPU
 */
struct gpu_config {
	u32 index;
	u32 generation;
	u32 threads;
	u32 idle_ms;
	bool link_atomics;
};

#define GPU_MAX_THREADS		64

/* Compute units of a queue that executes kernels. */
#define GPU_UNITS		8

/* What the poller knows of a queue: it may look while the queue ends. */
struct polled {
	struct queue *q;
	struct vm *vm;
	u64 *bell;
};

/* An address space. */
struct vm {
	u32 vmid;
	u64 generation;		/* changes when translations become void; atomic */
	u64 code_generation;	/* changes when code may be new; atomic */
	u64 root;		/* guest-physical; written by the command thread, atomic */
	u32 flags;		/* SIMGPU_VM_*; as root */
	u64 trap_code;		/* where the trap handler begins, 0: none; as root */
	u64 trap_data;		/* its TMA; as root */
	/* gpu->lock */
	bool valid;
	bool suspended;
	struct queue *queues;	/* changed by the command thread only */
	/* gpu->lock for writing, atomic */
	bool asleep;		/* doorbells are not polled */
	bool idle_told;		/* IDLE was posted since a doorbell rang last */
	u64 last_ring;		/* ns */
};

struct gpu {
	struct gpu_config cfg;
	struct transport *transport;
	u8 *bar;
	struct bus bus;
	struct eventring events;
	struct copier copier;
	u64 started;			/* ns */
	const struct engine *engine[SIMGPU_QUEUE_TYPES];	/* NULL: none */

	pthread_mutex_t lock;
	pthread_cond_t work;		/* a queue is ready, or a poller is wanted */
	pthread_cond_t poll;		/* the same, while the poller sleeps */
	pthread_cond_t quiet;		/* a queue has stopped running */
	pthread_cond_t heart;		/* the heart's pause ends early */
	pthread_mutex_t own;		/* an access to one of the own_page()s */
	/* gpu->lock */
	struct vm vm[SIMGPU_VMID_COUNT];
	struct queue queue[SIMGPU_QUEUE_COUNT];
	struct queue unit[SIMGPU_QUEUE_COUNT][GPU_UNITS];	/* of queue[] */
	struct queue *ready;		/* run list: first and where the next goes */
	struct queue **ready_end;
	unsigned int ready_count;
	unsigned int idle_workers;
	bool polling;			/* a worker is the poller */
	bool poller_sleeps;		/* and waits on poll */
	bool doorbell_written;		/* by a queue: look at sleeping ones, too */
	u64 last_ring;			/* ns; atomic */

	/* The poller's: a snapshot of the queues there are. */
	struct polled polled[SIMGPU_QUEUE_COUNT * (1 + GPU_UNITS)];
	unsigned int polled_count;
	u32 polled_generation;

	/* Atomic. */
	u32 poll_generation;		/* what is to be polled has changed */
	u32 stopping;			/* threads end */
	u32 hang;			/* INJECT_HANG: threads stand still */
	u32 enabled;			/* CONTROL.ENABLE as acted on */

	/* The command thread's; the heart looks at busy and progress. */
	u64 cmd_read;			/* commands taken */
	bool ring_corrupt;		/* said already */
	bool seen_disabled;		/* since the process started */
	bool stale_tlb;
	u32 cmd_busy;			/* atomic: executes a command */
	u64 cmd_progress;		/* atomic: grows while it gets on */

	pthread_t command_thread;
	pthread_t heart_thread;
	pthread_t worker[GPU_MAX_THREADS];
	unsigned int workers;
};

/* Registers.  The device writes its own and reads the driver's. */
static inline u32 *gpu_reg32(struct gpu *gpu, u32 offset)
{
	return (u32 *)(gpu->bar + SIMGPU_REGS_OFFSET + offset);
}

static inline u64 *gpu_reg64(struct gpu *gpu, u32 offset)
{
	return (u64 *)(gpu->bar + SIMGPU_REGS_OFFSET + offset);
}

static inline u32 gpu_read32(struct gpu *gpu, u32 offset)
{
	return le32toh(load_acquire(gpu_reg32(gpu, offset)));
}

static inline u64 gpu_read64(struct gpu *gpu, u32 offset)
{
	return le64toh(load_acquire(gpu_reg64(gpu, offset)));
}

static inline void gpu_write32(struct gpu *gpu, u32 offset, u32 value)
{
	store_release(gpu_reg32(gpu, offset), htole32(value));
}

static inline void gpu_write64(struct gpu *gpu, u32 offset, u64 value)
{
	store_release(gpu_reg64(gpu, offset), htole64(value));
}

/* Counters live in the BAR; nothing that the device does depends on them. */
static inline void gpu_count(struct gpu *gpu, enum simgpu_counter c, u64 n)
{
	if (n)
		count_add(gpu_reg64(gpu, SIMGPU_REG_COUNTERS + 8 * c), n);
}

/** gpu_clock() - 100 MHz, the host's raw monotonic clock */
u64 gpu_clock(void);

/** gpu_ns() - monotonic time in ns, for time-outs */
u64 gpu_ns(void);

/** gpu_deadline() - absolute time for pthread_cond_timedwait(), ns from now */
struct timespec gpu_deadline(u64 ns);

/** gpu_stands() - threads have to end or to stand still; bounded work goes on */
static inline bool gpu_stands(struct gpu *gpu)
{
	return load_relaxed(&gpu->stopping) || load_relaxed(&gpu->hang);
}

/**
 * gpu_init() - make a device that does nothing yet
 * @gpu: any memory; large, so not on a stack
 * @cfg: copied
 * @t: stays the caller's
 *
 * RAM windows are added to gpu->bus next.
 *
 * Return: 0 or a negative errno.
 */
int gpu_init(struct gpu *gpu, const struct gpu_config *cfg, struct transport *t);

/**
 * gpu_start() - fill the registers, start the threads, become READY
 *
 * Return: 0, -EINVAL: no VRAM was set, or the errno of pthread_create().
 */
int gpu_start(struct gpu *gpu);

/** gpu_stop() - end all threads; STATUS becomes OFF */
void gpu_stop(struct gpu *gpu);

/** gpu_fini() - free what gpu_init() and the windows hold */
void gpu_fini(struct gpu *gpu);

/* cmdring.c */
void *cmdring_thread(void *gpu);

/* vm.c: commands about address spaces; the command thread's */
int vm_set(struct gpu *gpu, const struct simgpu_cmd_vm *args);
int vm_clear(struct gpu *gpu, u32 vmid);
int vm_suspend(struct gpu *gpu, u32 vmid);
int vm_resume(struct gpu *gpu, u32 vmid);

/* fault.c */
/* gpu->lock held: the queue's step came to STEP_FAULT. */
void fault_taken(struct queue *q);
/* gpu->lock held: the queue is off its VM's list; its event may be lost. */
void fault_forget(struct queue *q);
int fault_done(struct gpu *gpu, u32 vmid, u32 verdict, u64 start, u64 end);

/* doorbell.c; gpu->lock held: */
/* A new queue: its doorbell says that nothing was rung. */
void doorbell_reset(struct queue *q);
/* Set when a queue that waits for memory or for the event ring is next tried. */
void doorbell_back_off(struct queue *q, bool moved);
/* Is there anything to poll? */
bool doorbell_wanted(struct gpu *gpu);
/* Be the poller as long as there is anything to poll; drops and retakes it. */
void doorbell_poll(struct gpu *gpu);
/* The lock is not held: a queue has written into the BAR. */
void doorbell_written(struct gpu *gpu);
int doorbell_sleep(struct gpu *gpu, u32 vmid);
int doorbell_wake(struct gpu *gpu, u32 vmid);

/* queue.c: the command thread's */
int queue_create(struct gpu *gpu, const struct simgpu_cmd_queue *args);
int queue_update(struct gpu *gpu, const struct simgpu_cmd_queue *args);
int queue_destroy(struct gpu *gpu, u32 id);
int queue_hang(struct gpu *gpu, u32 id);
/* Stop and forget all queues and address spaces. */
void queue_drop_all(struct gpu *gpu);

/* queue.c: who executes which type of queue */
void queue_set_engines(struct gpu *gpu);

/* queue.c: gpu->lock held */
void queue_ready(struct queue *q);
/* It and its compute units run no more; what they wait for is not answered. */
void queue_kill(struct queue *q);
/* Let a thread look at the run list and at what is to be polled. */
void queue_wake(struct gpu *gpu);
void queue_set_state(struct queue *q, enum queue_state state);
void queue_post(struct queue *q, enum queue_state after);
bool queue_flush(struct queue *q);
/* Run the first of the run list for a slice; drops and retakes the lock. */
bool queue_run_one(struct gpu *gpu);
/* Wait until @busy says no.  -ECANCELED: the driver has disabled the device. */
int queue_wait_quiet(struct gpu *gpu, bool (*busy)(struct gpu *gpu, void *arg),
		     void *arg);
void queue_init_event(struct queue *q, enum simgpu_event_type type);

void *queue_worker(void *gpu);

#endif
