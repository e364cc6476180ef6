/* SPDX-License-Identifier: GPL-2.0 */
/* Migration of an interval of a process between DRAM and VRAM. */
#ifndef SVM_MIGRATE_H
#define SVM_MIGRATE_H

#include <linux/types.h>

#include "svm.h"

/**
 * svm_migrate() - move [start, last] to @to
 * @svm: the process
 * @start: first page
 * @last: last page; areas cover the interval
 * @to: device index or SVM_LOC_SYSTEM
 * @trigger: for traces
 *
 * Moves what can be moved.  What stays behind is counted by reason and is no
 * error.  VRAM that is full is made room in by evicting older pages.
 *
 * Context: svm->lock held, mmap_lock not; sleeps.
 * Return: 0; -ENOMEM: no memory for the bookkeeping; -EINTR: killed.
 */
int svm_migrate(struct svm *svm, unsigned long start, unsigned long last,
		u32 to, enum svm_trigger trigger);

#endif
