/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the simgpu back end share. */
#ifndef SIMGPU_DEVICE_H
#define SIMGPU_DEVICE_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "../../../abi/simgpu_cmd.h"
#include "../../../abi/simgpu_event.h"
#include "../../../abi/simgpu_layout.h"
#include "../../../abi/simgpu_regs.h"
#include "../hw.h"

struct pci_dev;
struct seq_file;
struct simgpu_table;

/** struct simgpu_ring - the command ring, the driver's half */
struct simgpu_ring {
	/** @lock: for the members below, and the slots themselves */
	spinlock_t lock;
	/** @wptr: commands put into the ring */
	u64 wptr;
	/** @unread: slots whose answer somebody still wants */
	DECLARE_BITMAP(unread, SIMGPU_CMD_COUNT);
	/** @sleepers: threads that wait for vector DONE; under @lock */
	unsigned int sleepers;
	/** @answered: where they wait: an answer, a free slot, the end */
	wait_queue_head_t answered;
};

/* Copy and clear commands that can be under way at the same time. */
#define SIMGPU_COPY_LISTS	4

/**
 * struct simgpu_list - the memory for one copy command
 * @entries: what the device reads and answers in
 * @elements: which element of the caller's list each entry is a part of
 */
struct simgpu_list {
	struct simgpu_copy *entries;
	u32 *elements;
};

/** struct simgpu_copier - lists for copy commands */
struct simgpu_copier {
	struct simgpu_list lists[SIMGPU_COPY_LISTS];
	/** @busy: which are taken, a bit each */
	unsigned long busy;
	/** @freed: who waits for one */
	wait_queue_head_t freed;
};

/* Totals since the device was started. */
struct simgpu_totals {
	atomic64_t commands;
	atomic64_t invalidates;
	atomic64_t event_irqs;
	atomic64_t done_irqs;
	atomic64_t fault_upcalls;
	atomic64_t fault_interrupts;
	atomic64_t fault_ns;
	atomic64_t fault_device_ns;
	atomic64_t doorbell_sleeps;
	atomic64_t doorbell_wakes;
	atomic64_t table_pages;
};

/**
 * struct simgpu_pulse - what a waiting thread has seen of the device
 * @beat: the heart; @beat_at: when it last moved, in jiffies
 * @progress: the command ring; @progress_at: the same
 */
struct simgpu_pulse {
	u64 beat;
	unsigned long beat_at;
	u64 progress;
	unsigned long progress_at;
};

/** enum simgpu_flag - bits of simgpu.flags */
enum simgpu_flag {
	/** @SIMGPU_LOST: the device is given up; set once */
	SIMGPU_LOST,
	/** @SIMGPU_FENCED: and its process can touch memory no more */
	SIMGPU_FENCED,
	/** @SIMGPU_GONE: the PCI device has been pulled */
	SIMGPU_GONE,
};

/** struct simgpu - one device */
struct simgpu {
	struct hw_device hw;
	struct pci_dev *pdev;
	/** @bar: BAR2, @bar_base its physical address */
	void *bar;
	phys_addr_t bar_base;
	/** @kick: BAR0 */
	void __iomem *kick;
	/** @generation: of the device process that was started */
	u32 generation;

	unsigned long flags;
	wait_queue_head_t fenced;
	struct work_struct lost_work;
	struct delayed_work watchdog;
	/** @watched: the watchdog's */
	struct simgpu_pulse watched;

	struct simgpu_ring ring;
	struct simgpu_copier copier;
	/** @event_rptr: events taken from the ring; the event work's */
	u64 event_rptr;
	struct work_struct event_work;
	/** @wq: event work and what comes of it */
	struct workqueue_struct *wq;
	/** @vms: by VMID, @queues: by queue number */
	struct xarray vms;
	struct xarray queues;
	u32 next_vmid;
	u32 next_queue;
	struct simgpu_totals totals;
};

/* Faults of one VM that wait for the upcall; more are told to try again. */
#define SIMGPU_FAULT_MAX	256

/** struct simgpu_vm - an address space */
struct simgpu_vm {
	struct hw_vm vm;
	u32 vmid;
	/** @retry: faults wait for an answer; @pt_lock, as the three that follow */
	bool retry;
	/** @atomic_fault: see hw_ops.set_atomic_fault */
	bool atomic_fault;
	/** @trap_code: where waves go on when they trap; 0: nowhere */
	u64 trap_code;
	/** @trap_data: for the code there */
	u64 trap_data;
	/** @pt_lock: the page table; never held over an allocation */
	struct mutex pt_lock;
	struct simgpu_table *root;
	/** @fault_lock: @faults and @fault_count */
	spinlock_t fault_lock;
	/** @faults: reported by the device; the second half is the work's */
	struct hw_fault *faults;
	unsigned int fault_count;
	struct work_struct fault_work;
	struct work_struct idle_work;
};

/** struct simgpu_queue - a user queue */
struct simgpu_queue {
	struct hw_queue queue;
	u32 id;
	/** @failed: the members below are set; the event work's */
	bool failed;
	enum hw_error error;
	u32 code;
	u64 where;
	struct hw_fault fault;
	struct work_struct error_work;
};

static inline struct simgpu *to_simgpu(struct hw_device *hw)
{
	return container_of(hw, struct simgpu, hw);
}

static inline struct simgpu_vm *to_simgpu_vm(struct hw_vm *vm)
{
	return container_of(vm, struct simgpu_vm, vm);
}

static inline struct simgpu_queue *to_simgpu_queue(struct hw_queue *queue)
{
	return container_of(queue, struct simgpu_queue, queue);
}

/* Registers.  Each load acquires and each store releases what it speaks of. */

static inline u32 simgpu_read32(const struct simgpu *sg, unsigned int reg)
{
	/* Pairs with the device's store. */
	return le32_to_cpu(smp_load_acquire((__le32 *)(sg->bar + reg)));
}

static inline u64 simgpu_read64(const struct simgpu *sg, unsigned int reg)
{
	/* Pairs with the device's store. */
	return le64_to_cpu(smp_load_acquire((__le64 *)(sg->bar + reg)));
}

static inline void simgpu_write32(struct simgpu *sg, unsigned int reg, u32 v)
{
	/* Pairs with the device's load. */
	smp_store_release((__le32 *)(sg->bar + reg), cpu_to_le32(v));
}

static inline void simgpu_write64(struct simgpu *sg, unsigned int reg, u64 v)
{
	/* Pairs with the device's load. */
	smp_store_release((__le64 *)(sg->bar + reg), cpu_to_le64(v));
}

/*
 * Does a writer that moves its pointer from @old to @new notify a reader who
 * waits for @event?
 */
static inline bool simgpu_notify(u64 event, u64 new, u64 old)
{
	return new - event - 1 < new - old;
}

/* pci.c */

/** simgpu_kick() - signal a peer: SIMGPU_PEER_DEVICE or SIMGPU_PEER_POWER */
void simgpu_kick(struct simgpu *sg, u32 peer);

/* loss.c */

/** simgpu_pulse_start() - begin to watch */
void simgpu_pulse_start(struct simgpu *sg, struct simgpu_pulse *pulse);

/**
 * simgpu_pulse_check() - is the device still there?
 * @sg: the device
 * @pulse: from simgpu_pulse_start()
 * @progress: any number that moves while the device does what is waited for;
 *	0: only look at its heart
 *
 * Return: NULL, or what is wrong with it.
 */
const char *simgpu_pulse_check(struct simgpu *sg, struct simgpu_pulse *pulse,
			       u64 progress);

/**
 * simgpu_lose() - give the device up
 * @sg: the device
 * @why: for the message
 *
 * The first call says so, ends the device process and tells the front.  When it
 * returns, the device can touch memory no more.
 *
 * Context: may sleep, for seconds; any lock that unmap may be called under.
 */
void simgpu_lose(struct simgpu *sg, const char *why);

/** simgpu_lost() - has it been given up? */
static inline bool simgpu_lost(const struct simgpu *sg)
{
	return test_bit(SIMGPU_LOST, &sg->flags);
}

/**
 * simgpu_wait_fenced() - for who finds the device lost
 *
 * Context: may sleep.
 * Return: -ENODEV, when the device can touch memory no more.
 */
int simgpu_wait_fenced(struct simgpu *sg);

void simgpu_loss_init(struct simgpu *sg);
void simgpu_loss_exit(struct simgpu *sg);
/** simgpu_loss_flush() - wait for an upcall that is under way */
void simgpu_loss_flush(struct simgpu *sg);
/** simgpu_watch() - let the watchdog begin; it ends with the device */
void simgpu_watch(struct simgpu *sg);

/* cmdring.c */

/**
 * simgpu_call() - send a command and wait for its answer
 * @sg: the device
 * @cmd: the command; seq is filled in
 * @value: out: the answer's value; may be NULL
 *
 * Context: may sleep; allocates nothing; cannot be interrupted.
 * Return: 0, the device's error as a negative errno, or -ENODEV when the device
 * is lost; then it can touch memory no more.
 */
int simgpu_call(struct simgpu *sg, struct simgpu_cmd *cmd, u64 *value);

/**
 * simgpu_post() - send a command whose answer is of no interest
 *
 * Context: as simgpu_call(); waits only while the ring is full.
 * Return: 0 or -ENODEV.
 */
int simgpu_post(struct simgpu *sg, struct simgpu_cmd *cmd);

/**
 * simgpu_demand() - send a command that takes memory away from the device
 *
 * A device that refuses it is lost: what it keeps is about to be somebody
 * else's.
 *
 * Context: as simgpu_call().
 */
void simgpu_demand(struct simgpu *sg, struct simgpu_cmd *cmd);

void simgpu_ring_init(struct simgpu *sg);
/** simgpu_ring_irq() - vector DONE.  Context: interrupt. */
void simgpu_ring_irq(struct simgpu *sg);

/* eventring.c */

int simgpu_events_init(struct simgpu *sg);
void simgpu_events_exit(struct simgpu *sg);
/** simgpu_events_irq() - vector EVENT.  Context: interrupt. */
void simgpu_events_irq(struct simgpu *sg);
/**
 * simgpu_events_flush() - when this returns, every event that the device had
 * put into the ring before has been looked at
 *
 * Context: may sleep; no lock held that an upcall takes.
 */
void simgpu_events_flush(struct simgpu *sg);
/** simgpu_fault_work(), ... - what events become; the works of VM and queue */
void simgpu_fault_work(struct work_struct *work);
void simgpu_idle_work(struct work_struct *work);
void simgpu_error_work(struct work_struct *work);

/* pagetable.c */

/** struct simgpu_span - addresses whose translation was valid and has changed */
struct simgpu_span {
	u64 start;
	u64 end;
};

/** simgpu_pt_create() - an empty page table; NULL: no memory */
struct simgpu_table *simgpu_pt_create(atomic64_t *pages);
void simgpu_pt_destroy(struct simgpu_table *root, atomic64_t *pages);
/** simgpu_pt_root() - what the device is told: guest-physical address */
u64 simgpu_pt_root(struct simgpu_table *root);

/**
 * simgpu_pt_prepare() - make tables for [start, end)
 * @root: the page table
 * @lock: taken for each table that is put in, and not while allocating
 *
 * Return: 0 or -ENOMEM; what was made stays.
 */
int simgpu_pt_prepare(struct simgpu_table *root, struct mutex *lock, u64 start,
		      u64 end, atomic64_t *pages);

/**
 * simgpu_pt_map() - write one mapping into a prepared interval
 * @root: the page table, locked
 * @map: the mapping
 * @changed: grown by what was valid before and is different now
 */
void simgpu_pt_map(struct simgpu_table *root, const struct hw_mapping *map,
		   struct simgpu_span *changed);

/**
 * simgpu_pt_unmap() - take [start, end) away
 * @root: the page table, locked
 * @start: first address
 * @end: end of the interval
 * @wait: accesses wait at what has been prepared
 * @changed: grown by what was valid before
 */
void simgpu_pt_unmap(struct simgpu_table *root, u64 start, u64 end, bool wait,
		     struct simgpu_span *changed);

/**
 * struct simgpu_translation - what a page table says about one address
 * @map: the page and the access; @map.run.npages is 1
 * @pages: how many pages the entry covers: 1, 16 (fragment) or 512 (leaf)
 * @wait: nothing is mapped there, and an access waits in any case
 */
struct simgpu_translation {
	struct hw_mapping map;
	u32 pages;
	bool wait;
};

/** simgpu_pt_walk() - walk as the device does; 0, or -EFAULT: only @t->wait */
int simgpu_pt_walk(const struct simgpu_table *root, u64 va,
		   struct simgpu_translation *t);

/* vm.c */

struct hw_vm *simgpu_vm_create(struct hw_device *hw);
void simgpu_vm_destroy(struct hw_vm *vm);
int simgpu_map_prepare(struct hw_vm *vm, u64 start, u64 end);
void simgpu_map_commit(struct hw_vm *vm, const struct hw_mapping *map,
		       unsigned int n);
void simgpu_unmap(struct hw_vm *vm, u64 start, u64 end, enum hw_absent absent);
int simgpu_resolve(struct hw_vm *vm, u64 va, struct hw_mapping *map);
void simgpu_set_retry(struct hw_vm *vm, bool on);
void simgpu_set_atomic_fault(struct hw_vm *vm, bool on);
int simgpu_set_trap_handler(struct hw_vm *vm, u64 code, u64 data);
void simgpu_vm_suspend(struct hw_vm *vm);
void simgpu_vm_resume(struct hw_vm *vm);
void simgpu_fault_done(struct hw_vm *vm, u64 start, u64 end, bool kill);

/* copy.c */

int simgpu_copier_init(struct simgpu_copier *copier);
void simgpu_copier_exit(struct simgpu_copier *copier);
int simgpu_copy(struct hw_device *hw, struct hw_copy *list, unsigned int n);
int simgpu_clear(struct hw_device *hw, const struct hw_run *runs,
		 unsigned int n);

/* queue.c */

struct hw_queue *simgpu_queue_create(struct hw_vm *vm,
				     const struct hw_queue_args *args,
				     void *owner);
int simgpu_queue_update(struct hw_queue *queue,
			const struct hw_queue_args *args);
void simgpu_queue_destroy(struct hw_queue *queue);
phys_addr_t simgpu_doorbell_addr(struct hw_vm *vm);
void simgpu_doorbell_sleep(struct hw_vm *vm);
void simgpu_doorbell_wake(struct hw_vm *vm);
int simgpu_clock(struct hw_device *hw, u64 *ticks);

/* debug.c */

void simgpu_get_counters(struct hw_device *hw, struct hw_counters *counters);
void simgpu_show(struct hw_device *hw, struct seq_file *m);
int simgpu_inject(struct hw_device *hw, char *text);

#endif
