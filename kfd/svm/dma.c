// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/slab.h>

#include "count.h"
#include "dma.h"

#ifdef hmm_dma_map_alloc

#define BLOCK_SHIFT	9
#define BLOCK_PAGES	BIT(BLOCK_SHIFT)

/**
 * struct svm_dma_block - 2 MiB of the process
 * @map: entries, with HMM_PFN_DMA_MAPPED where a page is mapped
 * @mapped: how many are
 */
struct svm_dma_block {
	struct hmm_dma_map map;
	unsigned int mapped;
};

static struct device *dma_device(const struct svm_gpu *gpu)
{
	return gpu->vm->hw->dev;
}

static void block_free(const struct svm_gpu *gpu, struct svm_dma_block *block)
{
	hmm_dma_map_free(dma_device(gpu), &block->map);
	kfree(block);
}

static int block_add(struct svm_gpu *gpu, unsigned long index)
{
	struct svm_dma_block *block;
	int err;

	block = kzalloc(sizeof(*block), GFP_KERNEL_ACCOUNT);
	if (!block)
		return -ENOMEM;
	err = hmm_dma_map_alloc(dma_device(gpu), &block->map, BLOCK_PAGES,
				PAGE_SIZE);
	if (err) {
		kfree(block);
		return err;
	}
	err = xa_insert(&gpu->dma, index, block, GFP_KERNEL_ACCOUNT);
	if (err)
		block_free(gpu, block);
	return err;
}

int svm_dma_prepare(struct svm *svm, unsigned int index, unsigned long first,
		    unsigned long last)
{
	struct svm_gpu *gpu = &svm->gpus[index];
	unsigned long i;
	int err;

	for (i = first >> BLOCK_SHIFT; i <= last >> BLOCK_SHIFT; i++) {
		if (xa_load(&gpu->dma, i))
			continue;
		err = block_add(gpu, i);
		if (err)
			return err;
	}
	return 0;
}

struct svm_dma_block *svm_dma_block(struct svm_gpu *gpu,
				    unsigned long where)
{
	return xa_load(&gpu->dma, where >> BLOCK_SHIFT);
}

static void block_unmap(const struct svm_gpu *gpu, struct svm_dma_block *block,
			unsigned long i)
{
	if (hmm_dma_unmap_pfn(dma_device(gpu), &block->map, i))
		block->mapped--;
}

static bool block_map(const struct svm_gpu *gpu, struct svm_dma_block *block,
		      unsigned long i, struct page *page)
{
	block->map.pfn_list[i] = page_to_pfn(page) | HMM_PFN_VALID;
	if (hmm_dma_map_pfn(dma_device(gpu), &block->map, i) ==
	    DMA_MAPPING_ERROR)
		return false;
	block->mapped++;
	svm_count_dma();
	return true;
}

bool svm_dma_map(const struct svm_gpu *gpu, struct svm_dma_block *block,
		 unsigned long where, struct page *page, struct hw_run *run)
{
	unsigned long i = where & (BLOCK_PAGES - 1);
	unsigned long entry = block->map.pfn_list[i];

	/* Another page has come only if no invalidation said that it goes. */
	if (entry & HMM_PFN_DMA_MAPPED &&
	    WARN_ON_ONCE(hmm_pfn_to_page(entry) != page)) {
		block_unmap(gpu, block, i);
		entry = 0;
	}
	if (!(entry & HMM_PFN_DMA_MAPPED) && !block_map(gpu, block, i, page))
		return false;
	run->addr = block->map.dma_list[i];
	return true;
}

static void block_clear(const struct svm_gpu *gpu, struct svm_dma_block *block,
			unsigned long first, unsigned long last)
{
	unsigned long i;

	for (i = first; block->mapped && i <= last; i++)
		block_unmap(gpu, block, i);
}

static void gpu_clear(struct svm_gpu *gpu, unsigned long first,
		      unsigned long last)
{
	struct svm_dma_block *block;
	unsigned long index;

	xa_for_each_range(&gpu->dma, index, block, first >> BLOCK_SHIFT,
			  last >> BLOCK_SHIFT) {
		unsigned long start = index << BLOCK_SHIFT;

		block_clear(gpu, block, max(first, start) - start,
			    min(last - start, BLOCK_PAGES - 1));
	}
}

void svm_dma_clear(struct svm *svm, unsigned long first, unsigned long last)
{
	unsigned long devices = svm->devices;
	unsigned int i;

	lockdep_assert_held_write(&svm->notifier_lock);

	for_each_set_bit(i, &devices, HW_MAX_DEVICES)
		gpu_clear(&svm->gpus[i], first, last);
}

static void gpu_free(struct svm_gpu *gpu, unsigned long first,
		     unsigned long last)
{
	struct svm_dma_block *block;
	unsigned long index;

	xa_for_each_range(&gpu->dma, index, block, first >> BLOCK_SHIFT,
			  last >> BLOCK_SHIFT) {
		if (block->mapped)
			continue;
		xa_erase(&gpu->dma, index);
		block_free(gpu, block);
	}
}

void svm_dma_free(struct svm *svm, unsigned long first, unsigned long last)
{
	unsigned long devices = svm->devices;
	unsigned int i;

	lockdep_assert_held(&svm->lock);

	down_write(&svm->notifier_lock);
	svm_dma_clear(svm, first, last);
	for_each_set_bit(i, &devices, HW_MAX_DEVICES)
		gpu_free(&svm->gpus[i], first, last);
	up_write(&svm->notifier_lock);
}

#endif
