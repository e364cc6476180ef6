/* SPDX-License-Identifier: GPL-2.0 */
/*
 * DMA addresses of the memory that a device maps and that is not its own, where
 * the kernel has hmm_dma_map_pfn().  A page stays mapped for DMA until the mm
 * takes it away, so a fault that comes again costs only what has changed since.
 *
 * Without, the addresses are physical: the devices sit on an untranslated bus.
 */
#ifndef SVM_DMA_H
#define SVM_DMA_H

#include <linux/hmm.h>

#include "../hw/hw.h"
#include "space.h"

struct svm_dma_block;

#ifdef hmm_dma_map_alloc

/**
 * svm_dma_prepare() - make room for what a device maps
 * @svm: the process
 * @index: the device
 * @first: page of the process
 * @last: the last page
 *
 * Context: svm->lock held; allocates.
 * Return: 0; -ENOMEM; -EOPNOTSUPP: the device does not reach all memory.
 */
int svm_dma_prepare(struct svm *svm, unsigned int index, unsigned long first,
		    unsigned long last);

/**
 * svm_dma_block() - the 2 MiB around a page of the process
 *
 * Context: svm->lock held.
 * Return: the block, or NULL if there is no room yet.
 */
struct svm_dma_block *svm_dma_block(struct svm_gpu *gpu,
				    unsigned long where);

/**
 * svm_dma_map() - map a page for DMA, if it is not
 * @gpu: the device
 * @block: the 2 MiB around it
 * @where: page of the process
 * @page: what is there now
 * @run: its address becomes the DMA address
 *
 * Context: svm->lock and notifier_lock held.
 * Return: false if the device cannot get at the page.
 */
bool svm_dma_map(const struct svm_gpu *gpu, struct svm_dma_block *block,
		 unsigned long where, struct page *page, struct hw_run *run);

/**
 * svm_dma_clear() - the mm takes pages [first, last] away from all devices
 *
 * Context: notifier_lock held for write; devices have been told.
 */
void svm_dma_clear(struct svm *svm, unsigned long first, unsigned long last);

/**
 * svm_dma_free() - nobody follows pages [first, last] any more
 *
 * Context: svm->lock held, notifier_lock not.
 */
void svm_dma_free(struct svm *svm, unsigned long first, unsigned long last);

#else

static inline int svm_dma_prepare(struct svm *svm, unsigned int index,
				  unsigned long first, unsigned long last)
{
	return 0;
}

static inline struct svm_dma_block *svm_dma_block(struct svm_gpu *gpu,
						  unsigned long where)
{
	return NULL;
}

static inline bool svm_dma_map(const struct svm_gpu *gpu,
			       struct svm_dma_block *block, unsigned long where,
			       struct page *page, struct hw_run *run)
{
	return true;
}

static inline void svm_dma_clear(struct svm *svm, unsigned long first,
				 unsigned long last)
{
}

static inline void svm_dma_free(struct svm *svm, unsigned long first,
				unsigned long last)
{
}

#endif

#endif
