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
struct hw_vm;
struct mm_struct;
struct svm;

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
	SVM_SKIP_DEVICE,	/* memory of a device that cannot be a source */
	SVM_SKIP_NOVRAM,	/* no device page left, eviction did not help */
	SVM_SKIP_COPY,		/* the copy failed */
	SVM_SKIP_NOMEM,		/* no system page */
	SVM_SKIP_CHANGED,	/* lost a race with the CPU or another migration */
	SVM_SKIP_OTHER,		/* swapped out, special mapping, ... */
	SVM_SKIP_COUNT
};

/**
 * struct svm_counters - totals over all processes since the module was loaded
 */
struct svm_counters {
	u64 migrate_calls;
	u64 migrate_to_vram;
	u64 migrate_to_ram;
	u64 migrate_vram_to_vram;
	u64 fault_pages;
	u64 range_split;
	u64 range_dropped;
	u64 skip[SVM_SKIP_COUNT];
};

void svm_get_counters(struct svm_counters *counters);

/** svm_skip_name() - "hole", "file", ... for skip_<reason> in debugfs */
const char *svm_skip_name(enum svm_skip reason);

/** svm_init() / svm_exit() - caches and work queue of the core */
int svm_init(void);
void svm_exit(void);

#endif
