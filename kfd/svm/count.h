/* SPDX-License-Identifier: GPL-2.0 */
/* Totals over all processes, and events. */
#ifndef SVM_COUNT_H
#define SVM_COUNT_H

#include "svm.h"

/** svm_count_skip() - @n pages did not move */
void svm_count_skip(enum svm_skip reason, unsigned long n);

/** svm_count_migrate() - one migration call is done */
void svm_count_migrate(struct svm *svm, unsigned long to_vram,
		       unsigned long to_ram, unsigned long vram_to_vram);

/** svm_count_copy() - a migration call has spent @ns on copying and clearing */
void svm_count_copy(u64 ns);

/** svm_count_present() - @n pages were made present for a device */
void svm_count_present(unsigned long n);

/** svm_count_dma() - a page was mapped for DMA */
void svm_count_dma(void);

/** svm_count_fault() - a fault has been answered with retry */
void svm_count_fault(void);

/** svm_count_thrash() - a granule stays where it is */
void svm_count_thrash(void);

/** svm_count_exclusive() - @n pages were taken for a device; a fault is @served */
void svm_count_exclusive(unsigned long n, bool served);

/** svm_count_exclusive_lost() - @n of them were taken away again */
void svm_count_exclusive_lost(unsigned long n);

/** svm_count_exclusive_moved() - a block moved to VRAM for its atomics */
void svm_count_exclusive_moved(void);

/** svm_count_evict() - the queues of a process were suspended */
void svm_count_evict(void);

/** svm_count_restore() - they go on */
void svm_count_restore(void);

/** svm_count_ranges() - ranges were split and dropped */
void svm_count_ranges(unsigned long split, unsigned long dropped);

/** svm_event_hook() - who is told about events; before there is a process */
void svm_event_hook(svm_event_fn fn);

/**
 * svm_event() - tell about @event, whose id and time are filled in here
 *
 * Context: see svm_event_fn.
 */
void svm_event(const struct svm *svm, struct svm_event *event);

#endif
