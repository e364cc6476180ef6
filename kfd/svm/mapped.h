/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a device has mapped for a process, page by page: with which rights, and,
 * where the kernel has hmm_dma_map_pfn(), under which DMA address.  A fault that
 * comes again maps only what has changed since.
 */
#ifndef SVM_MAPPED_H
#define SVM_MAPPED_H

#include <linux/types.h>
#include <linux/xarray.h>

struct hw_device;
struct hw_mapping;

/**
 * struct svm_mapped - the pages of one device; addresses are GPU virtual
 * @hw: the device
 * @blocks: 2 MiB each; added under svm->lock, removed under both locks, their
 *	content is changed under svm->notifier_lock
 */
struct svm_mapped {
	struct hw_device *hw;
	struct xarray blocks;
};

/** svm_mapped_init() - nothing is mapped to @hw */
void svm_mapped_init(struct svm_mapped *m, struct hw_device *hw);

/**
 * svm_mapped_prepare() - make room for the pages of [start, end)
 *
 * Context: svm->lock held; allocates.
 * Return: 0; -ENOMEM; -EOPNOTSUPP: the device does not reach all memory.
 */
int svm_mapped_prepare(struct svm_mapped *m, u64 start, u64 end);

/**
 * svm_mapped_set() - a page is to be mapped
 * @m: pages of the device
 * @pfn: the page, as hmm_range_fault() tells
 * @map: the mapping, of this page alone; its address becomes the DMA address
 *
 * Context: svm->lock and notifier_lock held; room was made.
 * Return: true: it has to be written to the page table; false: it is there as it
 * is, or the device cannot get at the page.
 */
bool svm_mapped_set(struct svm_mapped *m, unsigned long pfn,
		    struct hw_mapping *map);

/**
 * svm_mapped_any() - does the device have a page in [start, end)
 *
 * Context: notifier_lock held.
 */
bool svm_mapped_any(struct svm_mapped *m, u64 start, u64 end);

/**
 * svm_mapped_clear() - the device does not reach [start, end) any more
 *
 * Context: notifier_lock held for write; allocates nothing.
 */
void svm_mapped_clear(struct svm_mapped *m, u64 start, u64 end);

/**
 * svm_mapped_trim() - free blocks that have no pages
 *
 * Context: both locks held, notifier_lock for write.
 */
void svm_mapped_trim(struct svm_mapped *m);

/** svm_mapped_destroy() - forget all; nobody uses it */
void svm_mapped_destroy(struct svm_mapped *m);

#endif
