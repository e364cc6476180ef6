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
#include <linux/xarray.h>

#include "../hw/hw.h"
#include "range.h"
#include "stale.h"
#include "svm.h"

struct svm_migration;
struct svm_populating;
struct svm_thrash;
struct workqueue_struct;

/* Reaping and restoring; both may wait for a long attribute call. */
extern struct workqueue_struct *svm_wq;

/**
 * struct svm_gpu - one device that the process may use
 * @exclusive: its atomics on memory that is not its own need pages that nobody
 *	else uses; constant
 * @dma: see dma.h; blocks are added and removed under @svm->lock, what is in them
 *	changes under @svm->notifier_lock
 */
struct svm_gpu {
	struct hw_vm *vm;
	bool exclusive;
	struct xarray dma;
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
 * @userptrs: changed under both locks, read under either
 * @areas: intervals with an mmu interval notifier; @lock
 * @devices: bit per attached device; changed under both locks
 * @lost: bit per device that is lost; changed under both locks
 * @gpus: valid where @devices has a bit
 * @xnack: retry faults on; changed under both locks
 * @stale: what has to be mapped again without a fault; notifier_lock
 * @row_next: page after the last that was invalidated alone; notifier_lock
 * @gone: pages that no device maps although they were not invalidated;
 *	notifier_lock, emptied with the read side and @lock
 * @suspended: the queues are suspended until @stale is empty; notifier_lock
 * @stopped: they are suspended for good; notifier_lock
 * @held: the holder of @lock restores when it is done; notifier_lock
 * @restore_tries: in a row that could not map all; notifier_lock
 * @restore_work: maps what is stale
 * @migration: scratch memory of migrate.c, made at first use; @lock
 * @populating: scratch memory of populate.c, made at first use; @lock
 * @thrash: made at the first fault; @lock
 * @bounces: blocks that are taken for atomics, as @thrash
 * @exclusive: pages that devices have for themselves, see exclusive.h; changed
 *	under @lock, and emptied under notifier_lock alone
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
	struct rb_root_cached userptrs;
	struct rb_root_cached areas;
	u32 devices;
	u32 lost;
	struct svm_gpu gpus[HW_MAX_DEVICES];
	bool xnack;
	struct svm_stale stale;
	unsigned long row_next;
	struct svm_interval gone;
	bool suspended;
	bool stopped;
	bool held;
	unsigned int restore_tries;
	struct delayed_work restore_work;
	struct svm_migration *migration;
	struct svm_populating *populating;
	struct svm_thrash *thrash;
	struct svm_thrash *bounces;
	struct xarray exclusive;
	atomic_long_t to_vram;
	atomic_long_t to_ram;
};

/**
 * svm_reap() - cut unmapped parts out of the ranges
 *
 * Context: @svm->lock and mmap_lock held, notifier_lock not; sleeps and
 * allocates.
 */
void svm_reap(struct svm *svm);

/** svm_reap_unlocked() - the same, takes mmap_lock (read) itself */
void svm_reap_unlocked(struct svm *svm);

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

#endif
