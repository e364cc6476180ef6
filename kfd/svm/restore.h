/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Eviction of queues: ranges that are mapped to devices without a fault (no
 * retry faults, or GPU_ALWAYS_MAPPED) must never be missed by a device.  When
 * the mm changes one, the queues of the process are suspended until it is
 * mapped again.
 */
#ifndef SVM_RESTORE_H
#define SVM_RESTORE_H

#include "svm.h"

/**
 * svm_evict() - suspend the queues of the process, if they are not yet
 *
 * Context: notifier_lock held for write; never allocates.
 */
void svm_evict(struct svm *svm, enum svm_evict_trigger trigger);

/**
 * svm_stale() - [start, last] has to be mapped again
 *
 * Context: notifier_lock held for write; never allocates.
 */
void svm_stale(struct svm *svm, unsigned long start, unsigned long last);

/**
 * svm_fresh() - [start, last] is about to be mapped, whatever made it stale
 *
 * Context: svm->lock held, between svm_hold() and svm_release().
 */
void svm_fresh(struct svm *svm, unsigned long start, unsigned long last);

/**
 * svm_hold() - the caller works on the process: no restore before svm_release()
 *
 * What the caller's own work invalidates is then suspended once, and mapped
 * again once.
 *
 * Context: svm->lock held.
 */
void svm_hold(struct svm *svm);

/**
 * svm_release() - restore what has become stale since svm_hold()
 *
 * Context: svm->lock held, mmap_lock not; the address space is alive.  Sleeps.
 */
void svm_release(struct svm *svm);

/** svm_restore_init() / svm_restore_fini() - no restore runs after the latter */
void svm_restore_init(struct svm *svm);
void svm_restore_fini(struct svm *svm);

#endif
