/* SPDX-License-Identifier: GPL-2.0 */
/* struct svm: the SVM state of one process, shared by the files of svm/. */
#ifndef SVM_SPACE_H
#define SVM_SPACE_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/rwsem.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "../hw/hw.h"
#include "range.h"
#include "svm.h"

/** struct svm_gpu - one device that the process may use */
struct svm_gpu {
	struct hw_vm *vm;
	struct devmem *dm;
	struct devmem_account *account;
};

/**
 * struct svm - see docs/locking.md for the order of the locks
 * @mm: the address space, mmgrab()bed
 * @id: thread group id, for traces
 * @lock: serialises attribute calls, migration and mapping of the process;
 *	outside mmap_lock
 * @notifier_lock: taken for write inside mm invalidations: never allocate, take
 *	mmap_lock or wait for a page lock under it
 * @ranges: changed under both locks, read under either
 * @reap: ranges with holes; notifier_lock
 * @reap_work: cuts the holes out
 * @areas: intervals with an mmu interval notifier; @lock
 * @devices: bit per attached device; @lock
 * @gpus: valid where @devices has a bit; @lock
 * @xnack: retry faults on; @lock
 * @to_vram: pages moved to VRAM
 * @to_ram: pages moved to system memory
 */
struct svm {
	struct mm_struct *mm;
	pid_t id;
	struct mutex lock; /* outside mmap_lock */
	struct rw_semaphore notifier_lock;
	struct svm_ranges ranges;
	struct list_head reap;
	struct work_struct reap_work;
	struct rb_root_cached areas;
	u32 devices;
	struct svm_gpu gpus[HW_MAX_DEVICES];
	bool xnack;
	atomic_long_t to_vram;
	atomic_long_t to_ram;
};

/**
 * svm_reap() - cut unmapped parts out of the ranges
 *
 * Context: @svm->lock held, notifier_lock not; sleeps and allocates.
 */
void svm_reap(struct svm *svm);

/**
 * svm_fold_counts() - move what the tree has counted to the totals
 *
 * Context: @svm->lock held.
 */
void svm_fold_counts(struct svm *svm);

/**
 * svm_mark_unmapped() - [start, last] pages are being unmapped
 *
 * Context: notifier_lock held for write; never allocates.
 */
void svm_mark_unmapped(struct svm *svm, unsigned long start,
		       unsigned long last);

/** svm_count_skip() - @n pages did not move */
void svm_count_skip(enum svm_skip reason, unsigned long n);

/** svm_count_migrate() - one migration call is done */
void svm_count_migrate(struct svm *svm, unsigned long to_vram,
		       unsigned long to_ram, unsigned long vram_to_vram);

/** svm_count_fault() - @n pages were made present for a device */
void svm_count_fault(unsigned long n);

#endif
