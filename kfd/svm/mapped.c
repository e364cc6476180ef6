// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/hmm.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "../hw/hw.h"
#include "count.h"
#include "mapped.h"

#define BLOCK_PAGES	512UL
#define BLOCK_SHIFT	(PAGE_SHIFT + 9)

/*
 * Kernels without hmm_dma_map_pfn(): the devices sit on an untranslated bus, and
 * DMA addresses are physical addresses.
 */
#ifdef hmm_dma_map_alloc
#define HAVE_DMA	1
#else
#define HAVE_DMA	0

struct hmm_dma_map {
};

static inline int hmm_dma_map_alloc(struct device *dev, struct hmm_dma_map *map,
				    size_t nr_entries, size_t dma_entry_size)
{
	return 0;
}

static inline void hmm_dma_map_free(struct device *dev, struct hmm_dma_map *map)
{
}

static inline bool hmm_dma_unmap_pfn(struct device *dev,
				     struct hmm_dma_map *map, size_t idx)
{
	return false;
}
#endif

/**
 * struct block - 2 MiB of GPU virtual addresses
 * @dma: of the pages that are not the device's own
 * @count: pages with access
 * @access: HW_READ | ... per page; 0: not mapped
 * @pfn: which page it is, where @access is not 0
 */
struct block {
	struct hmm_dma_map dma;
	unsigned int count;
	u8 access[BLOCK_PAGES];
	unsigned long pfn[BLOCK_PAGES];
};

static unsigned long block_index(u64 va)
{
	return va >> BLOCK_SHIFT;
}

static unsigned int block_page(u64 va)
{
	return (va >> PAGE_SHIFT) & (BLOCK_PAGES - 1);
}

void svm_mapped_init(struct svm_mapped *m, struct hw_device *hw)
{
	m->hw = hw;
	xa_init(&m->blocks);
}

static void block_free(struct svm_mapped *m, struct block *b)
{
	hmm_dma_map_free(m->hw->dev, &b->dma);
	kvfree(b);
}

static int block_add(struct svm_mapped *m, unsigned long index)
{
	struct block *b;
	int err;

	b = kvzalloc(sizeof(*b), GFP_KERNEL_ACCOUNT);
	if (!b)
		return -ENOMEM;
	err = hmm_dma_map_alloc(m->hw->dev, &b->dma, BLOCK_PAGES, PAGE_SIZE);
	if (err) {
		kvfree(b);
		return err;
	}
	err = xa_insert(&m->blocks, index, b, GFP_KERNEL_ACCOUNT);
	if (err)
		block_free(m, b);
	return err;
}

int svm_mapped_prepare(struct svm_mapped *m, u64 start, u64 end)
{
	unsigned long index;
	int err;

	for (index = block_index(start); index <= block_index(end - 1);
	     index++) {
		if (xa_load(&m->blocks, index))
			continue;
		err = block_add(m, index);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

#if HAVE_DMA
/*
 * Each device has a list of its own, of DMA addresses and of what is mapped; the
 * snapshot is one for all of them.
 */
static bool block_map(struct svm_mapped *m, struct block *b, unsigned int i,
		      unsigned long pfn, struct hw_run *run)
{
	unsigned long *entry = &b->dma.pfn_list[i];

	if (!(*entry & HMM_PFN_DMA_MAPPED))
		*entry = pfn & ~HMM_PFN_DMA_MAPPED;
	run->addr = hmm_dma_map_pfn(m->hw->dev, &b->dma, i);
	return run->addr != DMA_MAPPING_ERROR;
}
#else
static bool block_map(struct svm_mapped *m, struct block *b, unsigned int i,
		      unsigned long pfn, struct hw_run *run)
{
	return true;
}
#endif

static void page_clear(struct svm_mapped *m, struct block *b, unsigned int i)
{
	hmm_dma_unmap_pfn(m->hw->dev, &b->dma, i);
	b->access[i] = 0;
	b->count--;
}

bool svm_mapped_set(struct svm_mapped *m, unsigned long pfn,
		    struct hw_mapping *map)
{
	struct block *b = xa_load(&m->blocks, block_index(map->va));
	unsigned long now = page_to_pfn(hmm_pfn_to_page(pfn));
	unsigned int i = block_page(map->va);

	if (WARN_ON_ONCE(!b))
		return false;
	/* An invalidation was missed.  It is not to happen, nor to stay so. */
	if (b->access[i] && b->pfn[i] != now) {
		svm_count_stale();
		page_clear(m, b, i);
	}
	if (map->run.place != HW_LOCAL && !block_map(m, b, i, pfn, &map->run))
		return false;
	if (b->access[i] == map->access)
		return false;
	if (!b->access[i])
		b->count++;
	b->access[i] = map->access;
	b->pfn[i] = now;
	return true;
}

bool svm_mapped_any(struct svm_mapped *m, u64 start, u64 end)
{
	unsigned long index;
	struct block *b;

	xa_for_each_range(&m->blocks, index, b, block_index(start),
			  block_index(end - 1)) {
		u64 va = (u64)index << BLOCK_SHIFT;
		u64 last = va + (BLOCK_PAGES << PAGE_SHIFT) - 1;
		unsigned int from = block_page(max(start, va));
		unsigned int to = block_page(min(end - 1, last));

		if (b->count && memchr_inv(&b->access[from], 0, to - from + 1))
			return true;
	}
	return false;
}

static void block_clear(struct svm_mapped *m, struct block *b,
			unsigned int first, unsigned int last)
{
	unsigned int i;

	for (i = first; b->count && i <= last; i++) {
		if (b->access[i])
			page_clear(m, b, i);
	}
}

void svm_mapped_clear(struct svm_mapped *m, u64 start, u64 end)
{
	unsigned long index;
	struct block *b;

	xa_for_each_range(&m->blocks, index, b, block_index(start),
			  block_index(end - 1)) {
		u64 va = (u64)index << BLOCK_SHIFT;
		u64 last = va + (BLOCK_PAGES << PAGE_SHIFT) - 1;

		block_clear(m, b, block_page(max(start, va)),
			    block_page(min(end - 1, last)));
	}
}

void svm_mapped_trim(struct svm_mapped *m)
{
	unsigned long index;
	struct block *b;

	xa_for_each(&m->blocks, index, b) {
		if (b->count)
			continue;
		xa_erase(&m->blocks, index);
		block_free(m, b);
	}
}

void svm_mapped_destroy(struct svm_mapped *m)
{
	svm_mapped_clear(m, 0, U64_MAX);
	svm_mapped_trim(m);
	xa_destroy(&m->blocks);
}
