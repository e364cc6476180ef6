/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared virtual memory: address ranges of a process, their attributes, and the
 * migration of their pages.  Device indices here are those of struct hw_device;
 * gpu ids and ioctl structs are the front's business.
 */
#ifndef SVM_H
#define SVM_H

#include <linux/types.h>

struct devmem;
struct devmem_account;
struct hw_fault;
struct hw_vm;
struct mm_struct;
struct svm;
struct svm_userptr;

/* Locations: a device index, or one of these. */
#define SVM_LOC_SYSTEM		0xfffffffeU
#define SVM_LOC_UNDEFINED	0xffffffffU

/* Flags of a range; the values are those of KFD_IOCTL_SVM_FLAG_*. */
#define SVM_FLAG_HOST_ACCESS		0x01
#define SVM_FLAG_COHERENT		0x02
#define SVM_FLAG_HIVE_LOCAL		0x04
#define SVM_FLAG_GPU_RO			0x08
#define SVM_FLAG_GPU_EXEC		0x10
#define SVM_FLAG_GPU_READ_MOSTLY	0x20
#define SVM_FLAG_GPU_ALWAYS_MAPPED	0x40
#define SVM_FLAGS_ALL			0x7f

/** enum svm_attr_type - in the order of KFD_IOCTL_SVM_ATTR_* */
enum svm_attr_type {
	SVM_ATTR_PREFERRED_LOC,	/* value: location */
	SVM_ATTR_PREFETCH_LOC,	/* value: location, not UNDEFINED on set */
	SVM_ATTR_ACCESS,	/* value: device index */
	SVM_ATTR_ACCESS_IN_PLACE,
	SVM_ATTR_NO_ACCESS,
	SVM_ATTR_SET_FLAGS,	/* value: mask of SVM_FLAG_* */
	SVM_ATTR_CLR_FLAGS,
	SVM_ATTR_GRANULARITY,	/* value: log2 of pages, low 8 bits are kept */
};

/** struct svm_attr - one attribute of a set or get call */
struct svm_attr {
	enum svm_attr_type type;
	u32 value;
};

/**
 * svm_create() - the SVM state of a process
 * @mm: its address space; a reference (mmgrab) is kept until svm_destroy()
 * @id: thread group id, for traces
 *
 * Context: process context, current->mm == @mm, no mmap_lock held.
 * Return: the state or an ERR_PTR: -ENOMEM, -EINTR.
 */
struct svm *svm_create(struct mm_struct *mm, pid_t id);

/**
 * svm_destroy() - forget all ranges, unmap them from every device
 * @svm: from svm_create(); nobody uses it any more
 *
 * Pages stay where they are; closing the devmem accounts moves them.  The VMs
 * that were attached may be destroyed afterwards.
 *
 * Context: process context, sleeps; no mmap_lock held.
 */
void svm_destroy(struct svm *svm);

/**
 * svm_attach() - let the process use a device for SVM
 * @svm: the process
 * @index: hw_device index, not attached yet
 * @vm: the GPU address space; stays the caller's, lives until svm_destroy()
 * @dm: the VRAM of the device
 * @account: where pages for this process are charged; lives until svm_destroy()
 *
 * Return: 0, -EBUSY (attached already), -EINVAL (index out of range).
 */
int svm_attach(struct svm *svm, unsigned int index, struct hw_vm *vm,
	       struct devmem *dm, struct devmem_account *account);

/** svm_xnack() - does the process run with retry faults */
bool svm_xnack(struct svm *svm);

/**
 * svm_set_xnack() - switch retry faults on or off
 *
 * Changes the default access of memory that has no attributes.  The caller
 * makes sure that the process has no queue.
 */
void svm_set_xnack(struct svm *svm, bool on);

/**
 * svm_stop() - suspend the process's queues for good
 * @svm: the process
 *
 * After a fatal fault: no queue of the process touches memory any more, and
 * nothing that the core does later makes them go on.
 *
 * Context: process context, sleeps; takes svm->notifier_lock only.
 */
void svm_stop(struct svm *svm);

/**
 * svm_lost() - a device of the process does not answer any more
 * @svm: the process
 * @index: hw_device index; nothing happens if it is not attached
 *
 * Its mappings are forgotten and none is made any more, no page moves to its
 * VRAM.  What is in its VRAM stays, and can still move away.  Attribute calls
 * that name the device answer -ENODEV.
 *
 * Context: process context, sleeps; no mmap_lock held.
 */
void svm_lost(struct svm *svm, unsigned int index);

/**
 * svm_fault() - serve an access of a device that waits
 * @svm: the process
 * @index: hw_device index of the device
 * @fault: what it could not do
 * @start: in: no buffer object of the process lies between this byte ...
 * @end: in: ... and this one, which enclose @fault->va; 0 and ULONG_MAX if
 *	there is none at all.  Out, both: what was served
 *
 * Memory that has no attributes yet gets a range with the defaults: the 2 MiB
 * around the address at most, inside its vma and inside the interval given.
 * Then a granule is migrated, as the attributes say, and mapped.  The caller
 * sees to it that no buffer object appears in the interval meanwhile
 * (kfd_memory.lock held for read).
 *
 * Context: process context (a work item), sleeps; no mmap_lock held.
 * Return: 0: the accesses in [@start, @end) shall be tried again; also for an
 * access that is possible already and after a lost race.  An errno: the access
 * is wrong and its queue shall be stopped: -EFAULT: nothing (usable) is mapped
 * there; -EPERM: it is not readable or writable; -EACCES: the device has no
 * access to the range; -ESRCH: the address space is gone; -ENODEV: the device is
 * lost or not attached; -ENOMEM.
 */
int svm_fault(struct svm *svm, unsigned int index, const struct hw_fault *fault,
	      u64 *start, u64 *end);

/**
 * svm_userptr_create() - let devices see memory of the process elsewhere
 * @svm: the process
 * @va: GPU virtual address in bytes, page aligned
 * @cpu_addr: address in the process, page aligned
 * @size: bytes, page aligned, above 0
 * @writable: devices may write, where the process may
 * @exec: devices may execute
 *
 * Nothing is pinned and nothing is mapped yet.  What lies at @cpu_addr may come,
 * go and change at any time; devices see what the process sees.
 *
 * Context: process context, sleeps; no mmap_lock held.
 * Return: the object or an ERR_PTR: -ENOMEM; -EINVAL: bad alignment or wrap;
 * -EFAULT: [@cpu_addr, +@size) is not user space.
 */
struct svm_userptr *svm_userptr_create(struct svm *svm, u64 va, u64 cpu_addr,
				       u64 size, bool writable, bool exec);

/**
 * svm_userptr_map() - make it accessible to a device
 * @up: the object
 * @index: hw_device index, attached; mapping twice is harmless
 *
 * What is present is mapped; at the rest the device waits for
 * svm_userptr_fault(), with retry faults on or off.
 *
 * Context: process context, sleeps; no mmap_lock held.
 * Return: 0; -ENODEV: the device is lost or not attached; -ENOMEM; -EINTR.
 */
int svm_userptr_map(struct svm_userptr *up, unsigned int index);

/** svm_userptr_unmap() - take it away again; harmless when not mapped */
void svm_userptr_unmap(struct svm_userptr *up, unsigned int index);

/** svm_userptr_destroy() - unmap it everywhere and free it; NULL is fine */
void svm_userptr_destroy(struct svm_userptr *up);

/**
 * svm_userptr_fault() - serve an access of a device that waits
 * @up: the object
 * @index: hw_device index of the device
 * @fault: what it could not do; the address is in the object
 * @start: out: first byte that was served, as GPU virtual address
 * @end: out: one past the last
 *
 * Context: as svm_fault().
 * Return: as svm_fault().
 */
int svm_userptr_fault(struct svm_userptr *up, unsigned int index,
		      const struct hw_fault *fault, u64 *start, u64 *end);

/**
 * svm_attr_set() - one transaction: check all, apply, then migrate and map
 * @svm: the process, which is current's
 * @start: first byte, page aligned
 * @end: one past the last byte, page aligned, above @start
 * @attrs: attributes, applied in order
 * @n: how many
 *
 * A prefetch location migrates what can be migrated; pages that stay behind
 * are counted by reason and are no error.
 *
 * Context: process context, sleeps; no mmap_lock held.
 * Return: 0; -EINVAL: a value is out of range or a device is not attached;
 * -EFAULT: [start, end) is not fully mapped, or by a VM_IO, VM_PFNMAP or
 * VM_MIXEDMAP area.  Nothing was applied then.  -ENOMEM, -EINTR (killed),
 * -ENODEV (device lost): either nothing was applied, or all attributes were and
 * only moving or mapping pages is incomplete.
 */
int svm_attr_set(struct svm *svm, u64 start, u64 end,
		 const struct svm_attr *attrs, unsigned int n);

/**
 * svm_attr_get() - read attributes, aggregated over [start, end)
 * @svm: the process
 * @start: first byte, page aligned
 * @end: one past the last byte, page aligned
 * @attrs: in: types (and device index for ACCESS); out: values; for ACCESS the
 *	type is rewritten to ACCESS, ACCESS_IN_PLACE or NO_ACCESS
 * @n: how many
 *
 * Parts that were never set answer with the defaults.  Locations that differ
 * give SVM_LOC_UNDEFINED, SET_FLAGS the flags that all have, CLR_FLAGS those
 * that none has, GRANULARITY the smallest, ACCESS what all have and NO_ACCESS
 * when they differ.
 *
 * Return: 0; -EINVAL: bad type, ACCESS_IN_PLACE or NO_ACCESS as a query, or a
 * device that is not attached; -EFAULT as svm_attr_set().
 */
int svm_attr_get(struct svm *svm, u64 start, u64 end, struct svm_attr *attrs,
		 unsigned int n);

/**
 * svm_overlaps() - does a range with attributes touch [start, end)
 *
 * Context: sleeps.
 */
bool svm_overlaps(struct svm *svm, u64 start, u64 end);

/**
 * struct svm_stats - one process, for debugfs
 * @ranges: ranges with attributes
 * @to_vram: pages moved to VRAM so far
 * @to_ram: pages moved to system memory so far
 */
struct svm_stats {
	unsigned long ranges;
	unsigned long to_vram;
	unsigned long to_ram;
};

void svm_get_stats(struct svm *svm, struct svm_stats *stats);

/* Why a page did not move, for struct svm_counters. */
enum svm_skip {
	SVM_SKIP_HOLE,		/* nothing there and none to be made there */
	SVM_SKIP_FILE,		/* page cache, shmem or swap cache */
	SVM_SKIP_PINNED,	/* somebody holds a reference */
	SVM_SKIP_LOCKED,	/* page lock was taken */
	SVM_SKIP_LARGE,		/* part of a huge page that could not be split */
	SVM_SKIP_MERGED,	/* the same for several mappings (KSM) */
	SVM_SKIP_DEVICE,	/* memory of a device that cannot be a source */
	SVM_SKIP_NOVRAM,	/* no device page left, eviction did not help */
	SVM_SKIP_COPY,		/* the copy failed */
	SVM_SKIP_NOMEM,		/* no system page */
	SVM_SKIP_CHANGED,	/* lost a race with the CPU or another migration */
	SVM_SKIP_OTHER,		/* swapped out, special mapping, ... */
	SVM_SKIP_COUNT
};

/** enum svm_event_type - what has happened, for SMI events */
enum svm_event_type {
	SVM_EVENT_MIGRATE_START,
	SVM_EVENT_MIGRATE_END,
	SVM_EVENT_FAULT_START,
	SVM_EVENT_FAULT_END,
	SVM_EVENT_EVICT,	/* the queues of the process are suspended */
	SVM_EVENT_RESTORE,	/* they go on */
	SVM_EVENT_UNMAP,
};

/** enum svm_trigger - why pages move; the values are those of the SMI lines */
enum svm_trigger {
	SVM_TRIGGER_PREFETCH,
	SVM_TRIGGER_DEVICE_FAULT,
	SVM_TRIGGER_CPU_FAULT,
	SVM_TRIGGER_EVICTION,
};

/** enum svm_evict_trigger - why queues are suspended; as in the SMI lines */
enum svm_evict_trigger {
	SVM_EVICT_SVM,
	SVM_EVICT_USERPTR,
};

/** enum svm_unmap_trigger - why memory is unmapped; as in the SMI lines */
enum svm_unmap_trigger {
	SVM_UNMAP_NOTIFY,
	SVM_UNMAP_MIGRATE,
	SVM_UNMAP_CPU,
};

/**
 * struct svm_event - something that a tool may want to know
 * @type: what
 * @id: thread group id of the process
 * @ns: when, in ktime_get_boottime_ns()
 * @page: first page (MIGRATE, FAULT, UNMAP)
 * @npages: how many (MIGRATE, UNMAP)
 * @device: hw_device index (FAULT, EVICT, RESTORE, UNMAP); one event for each
 *	device
 * @from: location (MIGRATE)
 * @to: location (MIGRATE)
 * @prefetch: location (MIGRATE_START)
 * @preferred: location (MIGRATE_START)
 * @trigger: one of the enums above (MIGRATE, EVICT, UNMAP)
 * @write: a write access (FAULT_START)
 * @migrated: pages have moved, not only been mapped (FAULT_END)
 * @rescheduled: not all could be mapped, it will be tried again (RESTORE)
 */
struct svm_event {
	enum svm_event_type type;
	pid_t id;
	u64 ns;
	unsigned long page;
	unsigned long npages;
	unsigned int device;
	u32 from;
	u32 to;
	u32 prefetch;
	u32 preferred;
	int trigger;
	bool write;
	bool migrated;
	bool rescheduled;
};

/**
 * svm_event_fn - who is told about events
 *
 * Context: also called inside mm invalidations, with svm->notifier_lock held:
 * must not allocate, must not sleep for long, takes spinlocks only.
 */
typedef void (*svm_event_fn)(const struct svm_event *event);

/**
 * struct svm_counters - totals over all processes since the module was loaded
 */
struct svm_counters {
	u64 migrate_calls;
	u64 migrate_to_vram;
	u64 migrate_to_ram;
	u64 migrate_vram_to_vram;
	u64 migrate_copy_ns;	/* time in which pages were copied or cleared */
	u64 fault_pages;
	u64 dma_mapped;		/* pages mapped by hmm_dma_map_pfn() */
	u64 fault_served;	/* faults that were answered with retry */
	u64 queue_evictions;	/* processes suspended */
	u64 queue_restores;	/* and gone on */
	u64 thrash_pinned;	/* granules kept where they were */
	u64 exclusive_faults;	/* atomics for which pages were taken */
	u64 exclusive_pages;	/* pages taken for a device alone */
	u64 exclusive_lost;	/* and taken away from it again */
	u64 exclusive_moved;	/* blocks moved to VRAM for their atomics */
	u64 range_split;
	u64 range_dropped;
	u64 skip[SVM_SKIP_COUNT];
};

void svm_get_counters(struct svm_counters *counters);

/** svm_skip_name() - "hole", "file", ... for skip_<reason> in debugfs */
const char *svm_skip_name(enum svm_skip reason);

/**
 * svm_init() - caches and work queue of the core
 * @event: told about events, or NULL
 * Return: 0 or -ENOMEM.
 */
int svm_init(svm_event_fn event);

/** svm_exit() - the reverse; no process is left */
void svm_exit(void);

#endif
