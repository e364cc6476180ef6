/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hardware interface: what the core asks of a GPU.
 *
 * What crosses this header is neutral: runs of pages, access bits, GPU virtual
 * addresses and errnos.  PTE bits, packets, rings and time-outs stay below it;
 * mm, vma and ioctl structs stay above it.
 */
#ifndef HW_H
#define HW_H

#include <linux/bits.h>
#include <linux/compiler_attributes.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/types.h>

struct device;
struct hw_device;
struct hw_queue;
struct hw_vm;
struct seq_file;

/** enum hw_place - where a run of pages is, as seen from one device */
enum hw_place {
	/** @HW_SYSTEM: @hw_run.addr is a bus address (DRAM, or a peer's VRAM) */
	HW_SYSTEM,
	/** @HW_LOCAL: @hw_run.addr is a byte offset into the device's own VRAM */
	HW_LOCAL,
};

/*
 * Access rights of a GPU mapping.  HW_ATOMIC on system memory behind a link
 * without atomics: nobody else uses the page meanwhile, or the user knows.
 */
#define HW_READ		BIT(0)
#define HW_WRITE	BIT(1)
#define HW_EXEC		BIT(2)
#define HW_ATOMIC	BIT(3)

/**
 * struct hw_run - pages that are contiguous for the device
 * @addr: bus address or VRAM offset in bytes, page aligned; see @place
 * @npages: number of 4 KiB pages, at least 1
 * @place: which kind of address @addr is
 */
struct hw_run {
	u64 addr;
	u32 npages;
	enum hw_place place;
};

/**
 * struct hw_mapping - one run and where the GPU shall see it
 * @va: GPU virtual address in bytes, page aligned
 * @run: the pages
 * @access: HW_READ, HW_WRITE, ... ; never 0
 */
struct hw_mapping {
	u64 va;
	struct hw_run run;
	u32 access;
};

/**
 * struct hw_copy - one element of a copy list
 * @dst: destination; @dst.npages counts for both sides
 * @src: source address and place
 * @status: out: 0 or a negative errno; on error the destination's content is
 *	undefined and the source is untouched
 */
struct hw_copy {
	struct hw_run dst;
	struct hw_run src;
	int status;
};

/** enum hw_absent - what the device does at an address that is not mapped */
enum hw_absent {
	/** @HW_ABSENT_FAULT: as the VM says: retry or stop the queue */
	HW_ABSENT_FAULT,
	/** @HW_ABSENT_WAIT: the access waits for the answer to its fault, always */
	HW_ABSENT_WAIT,
};

/** enum hw_queue_type - the values are those of KFD_IOC_QUEUE_TYPE_* */
enum hw_queue_type {
	HW_QUEUE_COMPUTE,
	HW_QUEUE_SDMA,
	HW_QUEUE_AQL,
	HW_QUEUE_SDMA_XGMI,
};

/* Doorbells of a VM: HW_DOORBELL_SIZE bytes, 8 bytes each. */
#define HW_DOORBELL_SIZE	8192

/**
 * struct hw_queue_args - a user queue; addresses are GPU virtual
 * @type: kind of packets; constant
 * @doorbell: index in the VM's doorbells, 0..1023; constant
 * @ring: packets
 * @ring_size: bytes, a power of two and at least 1024; 0: disabled
 * @wptr: where user space keeps the write index; constant
 * @rptr: where the device reports the read index; constant
 * @percentage: 0: disabled
 * @priority: 0..15
 * @cu_mask: which compute units; all 0: no mask
 */
struct hw_queue_args {
	enum hw_queue_type type;
	u32 doorbell;
	u64 ring;
	u32 ring_size;
	u64 wptr;
	u64 rptr;
	u32 percentage;
	u32 priority;
	u32 cu_mask[4];
};

/** struct hw_queue - a user queue; back ends embed it */
struct hw_queue {
	/** @vm: the address space it works in */
	struct hw_vm *vm;
	/** @owner: the front's, for upcalls */
	void *owner;
};

/**
 * struct hw_fault - an access that the device could not do
 * @va: page aligned GPU virtual address
 * @access: HW_READ, ...: what it wanted
 * @present: something is mapped there, and it does not allow @access
 */
struct hw_fault {
	u64 va;
	u32 access;
	bool present;
};

/** enum hw_error - why a queue has stopped; ROCr's numbers are in @code */
enum hw_error {
	HW_ERROR_FAULT,		/* a fault in a VM that does not retry */
	HW_ERROR_PACKET,	/* a packet that makes no sense */
};

/** enum hw_source - where an interrupt comes from */
enum hw_source {
	HW_SOURCE_CP,
	HW_SOURCE_SDMA,
	HW_SOURCE_SQ,
};

/**
 * struct hw_upcalls - what a back end tells the front
 *
 * Called from work items of the back end: they hold no lock, may sleep and
 * allocate.  No @error is under way or comes when queue_destroy() has returned,
 * none of the VM's when vm_destroy() has.
 */
struct hw_upcalls {
	/**
	 * @fault: accesses wait at these pages.  The callee sees to it that
	 * hw_ops.fault_done() is called for each, at once or later.  All of
	 * one batch are different pages of one VM, in ascending order.
	 */
	void (*fault)(struct hw_vm *vm, const struct hw_fault *faults,
		      unsigned int n);

	/** @error: a queue has stopped for good; @fault for HW_ERROR_FAULT only */
	void (*error)(struct hw_queue *queue, enum hw_error error, u32 code,
		      u64 where, const struct hw_fault *fault);

	/** @interrupt: a packet asks for one */
	void (*interrupt)(struct hw_vm *vm, enum hw_source source, u32 context);

	/**
	 * @idle: no doorbell of the VM has rung for a while.  The callee takes
	 * the doorbells away from user space, so that the next touch calls
	 * hw_ops.doorbell_wake(), then calls hw_ops.doorbell_sleep().
	 */
	void (*idle)(struct hw_vm *vm);

	/**
	 * @lost: the device does not answer any more.  Once for each loss.
	 * From here on every op fails or does nothing, and returns soon; VRAM
	 * stays readable and writable by the CPU.
	 */
	void (*lost)(struct hw_device *hw);
};

/**
 * struct hw_counters - totals of one device since it was started
 * @commands: commands that the driver gave it
 * @fault_upcalls: batches of faults handed to hw_upcalls.fault
 * @fault_interrupts: interrupts that brought faults
 * @fault_ns: time inside hw_upcalls.fault
 * @fault_device_ns: the part of it that was spent waiting for the device
 * @doorbell_sleeps: doorbell_sleep() calls
 * @doorbell_wakes: doorbell_wake() calls
 * @busy_ns: time that the device has worked, of all its processors
 */
struct hw_counters {
	u64 commands;
	u64 fault_upcalls;
	u64 fault_interrupts;
	u64 fault_ns;
	u64 fault_device_ns;
	u64 doorbell_sleeps;
	u64 doorbell_wakes;
	u64 busy_ns;
};

/**
 * struct hw_ops - what a back end implements
 *
 * Every member is required, but for those from @set_retry on: a back end
 * without queues leaves them all NULL.  "svm lock" and "notifier lock" are the core's
 * locks (docs/locking.md); a back end may take its own locks below them.
 */
struct hw_ops {
	/** @name: short name for messages */
	const char *name;

	/**
	 * @vm_create: make an empty GPU address space.
	 * Context: process context, may sleep and allocate.
	 * Return: the VM or an ERR_PTR: -ENOMEM, -ENODEV (device lost).
	 */
	struct hw_vm *(*vm_create)(struct hw_device *hw);

	/**
	 * @vm_destroy: free the address space and all its mappings.
	 * Context: process context, may sleep.
	 */
	void (*vm_destroy)(struct hw_vm *vm);

	/**
	 * @map_prepare: make page-table memory for [start, end) present, so
	 * that @map_commit need not allocate.  Preparing twice is harmless, and
	 * what is prepared and never committed is freed with the VM.
	 * Context: svm lock held; may sleep and allocate with reclaim.
	 * Return: 0, -ENOMEM, -ENODEV (device lost), or -EINVAL (an address
	 * that the device cannot have).
	 */
	int (*map_prepare)(struct hw_vm *vm, u64 start, u64 end);

	/**
	 * @map_commit: write mappings inside a prepared interval; whatever was
	 * mapped there before is replaced.
	 * Context: svm lock and notifier lock held, after the sequence check;
	 * may sleep, must not allocate, cannot fail.
	 */
	void (*map_commit)(struct hw_vm *vm, const struct hw_mapping *map,
			   unsigned int n);

	/**
	 * @unmap: when this returns, the device no longer reaches memory
	 * through [start, end).  On a device time-out the back end reports the
	 * device lost and returns.  HW_ABSENT_WAIT holds for what has been
	 * prepared; the rest of the interval is as with HW_ABSENT_FAULT.
	 * Context: inside an mm invalidation, notifier lock held for write; may
	 * sleep, must not allocate, cannot fail.
	 */
	void (*unmap)(struct hw_vm *vm, u64 start, u64 end,
		      enum hw_absent absent);

	/**
	 * @copy: copy each element of @list, in any order; elements are
	 * independent of each other.
	 * Context: page locks and maybe mmap_lock (read) held; may sleep, must
	 * not allocate with reclaim.
	 * Return: 0 if all were copied, else the first error; every element's
	 * own result is in its status.
	 */
	int (*copy)(struct hw_device *hw, struct hw_copy *list, unsigned int n);

	/**
	 * @clear: write zeros to local memory.
	 * Context: as @copy.
	 * Return: 0 or a negative errno, then the content is undefined.
	 */
	int (*clear)(struct hw_device *hw, const struct hw_run *runs,
		     unsigned int n);

	/**
	 * @resolve: the run of one page that the VM maps at @va and the
	 * access it grants; for tests and debugfs.
	 * Context: may sleep.
	 * Return: 0, or -EFAULT when nothing is mapped there.
	 */
	int (*resolve)(struct hw_vm *vm, u64 va, struct hw_mapping *map);

	/**
	 * @set_retry: switch retry faults of the VM on or off.  It has no queue.
	 * Context: process context, may sleep.
	 */
	void (*set_retry)(struct hw_vm *vm, bool on);

	/**
	 * @set_atomic_fault: an atomic on system memory is a fault where the
	 * mapping lacks HW_ATOMIC, or (@on false) is done as the link can.  The
	 * VM has no queue.
	 * Context: process context, may sleep.
	 */
	void (*set_atomic_fault)(struct hw_vm *vm, bool on);

	/**
	 * @set_trap_handler: where waves of the VM go on when they trap, GPU
	 * virtual addresses; 0: they stop their queue.
	 * Context: process context, may sleep.
	 * Return: 0, -EINVAL (@code is not aligned), -ENODEV (device lost).
	 */
	int (*set_trap_handler)(struct hw_vm *vm, u64 code, u64 data);

	/**
	 * @vm_suspend: when this returns, no queue of the VM touches memory,
	 * and none will until @vm_resume.  Suspending twice is harmless.
	 * Context: as @unmap.
	 */
	void (*vm_suspend)(struct hw_vm *vm);

	/** @vm_resume: the queues go on.  Context: may sleep. */
	void (*vm_resume)(struct hw_vm *vm);

	/**
	 * @fault_done: answer the accesses that wait in [start, end): try
	 * again, or (@kill) stop their queues with HW_ERROR_FAULT.
	 * Context: may sleep.
	 */
	void (*fault_done)(struct hw_vm *vm, u64 start, u64 end, bool kill);

	/**
	 * @queue_create: make a queue and start it.
	 * Context: process lock held; may sleep and allocate.
	 * Return: the queue or an ERR_PTR: -EINVAL (bad args), -ENOSPC (no
	 * queue left), -ENOMEM, -ENODEV (device lost).
	 */
	struct hw_queue *(*queue_create)(struct hw_vm *vm,
					 const struct hw_queue_args *args,
					 void *owner);

	/**
	 * @queue_update: new values for what is not constant.
	 * Return: 0, -EINVAL, -ENODEV.
	 */
	int (*queue_update)(struct hw_queue *queue,
			    const struct hw_queue_args *args);

	/**
	 * @queue_destroy: stop and free the queue; when this returns the device
	 * touches nothing for it any more.
	 * Context: process lock held; may sleep.
	 */
	void (*queue_destroy)(struct hw_queue *queue);

	/**
	 * @doorbell_addr: system physical address of the VM's doorbells,
	 * HW_DOORBELL_SIZE bytes of I/O memory to be mapped cached.
	 */
	phys_addr_t (*doorbell_addr)(struct hw_vm *vm);

	/** @doorbell_sleep: see hw_upcalls.idle.  Context: may sleep. */
	void (*doorbell_sleep)(struct hw_vm *vm);

	/**
	 * @doorbell_wake: user space is about to ring one.
	 * Context: page fault of user space, mmap_lock held; may sleep.
	 */
	void (*doorbell_wake)(struct hw_vm *vm);

	/**
	 * @clock: the GPU's clock, in ticks of 10 ns.
	 * Return: 0 or -ENODEV.
	 */
	int (*clock)(struct hw_device *hw, u64 *ticks);

	/** @counters: fill in @counters; any context */
	void (*counters)(struct hw_device *hw, struct hw_counters *counters);

	/** @show: what debugfs shows of the device, lines "name value" */
	void (*show)(struct hw_device *hw, struct seq_file *m);

	/**
	 * @inject: have something go wrong, for tests
	 * @text: what; changed by the call.  The words are the back end's.
	 * Context: process context, may sleep.
	 * Return: 0, -EINVAL (no such thing), or -ENODEV.
	 */
	int (*inject)(struct hw_device *hw, char *text);
};

/**
 * struct hw_device - one GPU as its back end presents it
 * @ops: the back end
 * @dev: for DMA, messages and the NUMA node; owned by the back end
 * @index: 0..HW_MAX_DEVICES-1, unique among live devices
 * @local_base: where the VRAM lies in the system physical address space
 * @local_size: its size in bytes; 0: all of the resource found there
 * @features: HW_FEATURE_*
 * @upcalls: who is told; set by the front before the first vm_create()
 */
struct hw_device {
	const struct hw_ops *ops;
	struct device *dev;
	unsigned int index;
	u64 local_base;
	u64 local_size;
	u32 features;
	const struct hw_upcalls *upcalls;
};

/* The device has user queues, faults and doorbells. */
#define HW_FEATURE_QUEUES		BIT(0)
/* Its atomics on system memory are atomic against the CPU as they are. */
#define HW_FEATURE_LINK_ATOMICS		BIT(1)

/** struct hw_vm - one GPU address space; back ends embed it */
struct hw_vm {
	/** @hw: the device it belongs to */
	struct hw_device *hw;
	/** @owner: the front's, for upcalls; set once after vm_create() */
	void *owner;
};

#define HW_MAX_DEVICES	8

/**
 * hw_page_addr() - the bus address of a page for a device
 * @hw: the device
 * @page: any page of memory
 *
 * The devices that conode drives sit on an untranslated, coherent bus: bus
 * addresses are physical addresses.  What SVM maps goes through the DMA API all
 * the same, where the kernel has what it takes (svm/dma.h).
 */
static inline u64 hw_page_addr(const struct hw_device *hw, struct page *page)
{
	return page_to_phys(page);
}

#endif
