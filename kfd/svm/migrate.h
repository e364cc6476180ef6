/* SPDX-License-Identifier: GPL-2.0 */
/* Migration of an interval of a process between DRAM and VRAM. */
#ifndef SVM_MIGRATE_H
#define SVM_MIGRATE_H

#include <linux/types.h>

#include "svm.h"

struct svm_attrs;

/**
 * svm_migrate() - move [start, last] to @to
 * @svm: the process
 * @attrs: what the pages' range has, for events
 * @start: first page
 * @last: last page; areas cover the interval
 * @to: device index or SVM_LOC_SYSTEM
 * @trigger: for traces and events
 * @moved: out: how many pages have moved, also on error; or NULL
 *
 * Moves what can be moved.  What stays behind is counted by reason and is no
 * error.  VRAM that is full is made room in by evicting older pages.
 *
 * Context: svm->lock held, mmap_lock not; the address space is alive; sleeps.
 * Return: 0; -ENOMEM: no memory for the bookkeeping; -EINTR: killed; -ENODEV:
 * the target is lost.
 */
int svm_migrate(struct svm *svm, const struct svm_attrs *attrs,
		unsigned long start, unsigned long last, u32 to,
		enum svm_trigger trigger, unsigned long *moved);

#endif
