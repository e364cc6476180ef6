// SPDX-License-Identifier: GPL-2.0
/*
 * Eviction: move pages out of VRAM by pfn, whoever maps them.  Nothing here
 * knows an address space.
 */
#include <linux/gfp.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched.h>

#include "pagemap.h"
#include "../trace.h"

/*
 * A page that is locked or has a passing reference is skipped; a second look
 * finds most of them free.
 */
#define EVICT_ROUNDS	3

static atomic64_t evict_calls;
static atomic64_t evict_pages;
static atomic64_t evict_failed;
static atomic64_t evict_bo_pages;
static atomic64_t evict_svm_pages;

void devmem_get_counters(struct devmem_counters *counters)
{
	counters->evict_calls = atomic64_read(&evict_calls);
	counters->evict_pages = atomic64_read(&evict_pages);
	counters->evict_failed = atomic64_read(&evict_failed);
	counters->evict_bo_pages = atomic64_read(&evict_bo_pages);
	counters->evict_svm_pages = atomic64_read(&evict_svm_pages);
}

int devmem_evict_init(struct devmem *dm)
{
	dm->src = kvcalloc(VRAM_CHUNK_PAGES, sizeof(*dm->src), GFP_KERNEL);
	dm->dst = kvcalloc(VRAM_CHUNK_PAGES, sizeof(*dm->dst), GFP_KERNEL);
	dm->copies = kvcalloc(VRAM_CHUNK_PAGES, sizeof(*dm->copies),
			      GFP_KERNEL);
	dm->block_pages = kvcalloc(VRAM_CHUNK_PAGES, sizeof(*dm->block_pages),
				   GFP_KERNEL);
	if (!dm->src || !dm->dst || !dm->copies || !dm->block_pages) {
		devmem_evict_fini(dm);
		return -ENOMEM;
	}
	return 0;
}

void devmem_evict_fini(struct devmem *dm)
{
	kvfree(dm->src);
	kvfree(dm->dst);
	kvfree(dm->copies);
	kvfree(dm->block_pages);
}

/*
 * Destinations for the pages that were taken off their mappings.  The charge
 * of the old page moves to the new one, so an unaccounted page is right.
 */
static unsigned int evict_alloc(struct devmem *dm, unsigned int n)
{
	struct hw_copy *copy = dm->copies;
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct page *page;

		dm->dst[i] = 0;
		if (!(dm->src[i] & MIGRATE_PFN_MIGRATE))
			continue;

		page = alloc_page(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN);
		if (!page)
			continue;
		lock_page(page);
		dm->dst[i] = migrate_pfn(page_to_pfn(page));

		devmem_run(dm->hw, migrate_pfn_to_page(dm->src[i]), &copy->src);
		devmem_run(dm->hw, page, &copy->dst);
		copy++;
	}
	return copy - dm->copies;
}

/* A page whose copy failed stays where it was. */
static void evict_copy(struct devmem *dm, unsigned int n, unsigned int ncopies)
{
	struct hw_copy *copy = dm->copies;
	unsigned int i;

	if (!devmem_copy(dm->hw, dm->copies, ncopies))
		return;

	for (i = 0; i < n; i++) {
		struct page *page = migrate_pfn_to_page(dm->dst[i]);

		if (!page)
			continue;
		if (copy->status) {
			unlock_page(page);
			put_page(page);
			dm->dst[i] = 0;
		}
		copy++;
	}
}

static void evict_count(struct devmem *dm, unsigned long pfn,
			unsigned int tried, unsigned int left)
{
	atomic64_inc(&evict_calls);
	atomic64_add(left, &evict_pages);
	atomic64_add(tried - left, &evict_failed);
	trace_kfd_evict(dm->hw->index, pfn, tried, left);
}

/* Move [pfn, pfn + n), at most one chunk; returns the pages that left. */
static unsigned int evict_run(struct devmem *dm, unsigned long pfn,
			      unsigned int n)
{
	unsigned int i, ncopies, tried = 0, left = 0;

	lockdep_assert_held(&dm->evict_lock);

	migrate_device_range(dm->src, pfn, n);
	ncopies = evict_alloc(dm, n);
	evict_copy(dm, n, ncopies);
	migrate_device_pages(dm->src, dm->dst, n);
	for (i = 0; i < n; i++) {
		tried += !!(dm->src[i] & MIGRATE_PFN_VALID);
		left += !!(dm->src[i] & MIGRATE_PFN_MIGRATE);
	}
	migrate_device_finalize(dm->src, dm->dst, n);

	atomic64_add(left, &evict_svm_pages);
	evict_count(dm, pfn, tried, left);
	return left;
}

/*
 * Let the front move those pages of a chunk that are its own, and take them out
 * of @map.
 */
static unsigned int evict_blocks(struct devmem *dm, unsigned long base,
				 unsigned long *map)
{
	unsigned int bit, n, got, left = 0;
	struct devmem_block *block;

	lockdep_assert_held(&dm->evict_lock);

	for_each_set_bit(bit, map, VRAM_CHUNK_PAGES) {
		block = devmem_block_get(pfn_to_page(base + bit));
		if (!block)
			continue;
		for (n = 0; bit + n < VRAM_CHUNK_PAGES; n++) {
			struct page *page = pfn_to_page(base + bit + n);

			if (!test_bit(bit + n, map) ||
			    READ_ONCE(page->zone_device_data) != block)
				break;
			dm->block_pages[n] = page;
		}
		/* none if the page was freed just now; it is not ours then */
		bitmap_clear(map, bit, max(n, 1U));
		got = n ? devmem_block_evict(block, dm->block_pages, n) : 0;
		devmem_block_unref(block);

		atomic64_add(got, &evict_bo_pages);
		evict_count(dm, base + bit, n, got);
		left += got;
	}
	return left;
}

static bool page_charged(const struct page *page,
			 const struct devmem_account *account)
{
	const struct devmem_block *block;
	bool charged;

	rcu_read_lock();
	block = READ_ONCE(page->zone_device_data);
	charged = block && block->account == account;
	rcu_read_unlock();
	return charged;
}

/* The used pages of a chunk, those of one account if @account is given. */
static unsigned int evict_chunk(struct devmem *dm, unsigned long chunk,
				const struct devmem_account *account)
{
	unsigned long base = dm->first_pfn + chunk * VRAM_CHUNK_PAGES;
	DECLARE_BITMAP(map, VRAM_CHUNK_PAGES);
	unsigned int start, end, bit, left = 0;

	vram_alloc_used(&dm->alloc, chunk, map);
	if (account) {
		for_each_set_bit(bit, map, VRAM_CHUNK_PAGES) {
			if (!page_charged(pfn_to_page(base + bit), account))
				__clear_bit(bit, map);
		}
	}

	left = evict_blocks(dm, base, map);
	for_each_set_bitrange(start, end, map, VRAM_CHUNK_PAGES) {
		left += evict_run(dm, base + start, end - start);
		cond_resched();
	}
	return left;
}

unsigned long devmem_evict_account(struct devmem *dm,
				   const struct devmem_account *account)
{
	unsigned long chunk, left = 0;
	unsigned int round;

	mutex_lock(&dm->evict_lock);
	for (round = 0; round < EVICT_ROUNDS; round++) {
		for (chunk = 0; chunk < dm->alloc.nchunks; chunk++) {
			if (READ_ONCE(dm->alloc.chunks[chunk].nused))
				left += evict_chunk(dm, chunk, account);
		}
		if (account ? !devmem_account_pages(account) :
		    !READ_ONCE(dm->alloc.nused))
			break;
	}
	mutex_unlock(&dm->evict_lock);
	return left;
}

unsigned long devmem_evict(struct devmem *dm, unsigned long npages,
			   unsigned long since)
{
	unsigned long left = 0;
	long chunk;

	/* What is stamped from here on is new, or was tried already. */
	since = min(since, devmem_stamp(dm));

	mutex_lock(&dm->evict_lock);
	while (left < npages && !fatal_signal_pending(current)) {
		chunk = vram_alloc_victim(&dm->alloc, since);
		if (chunk < 0)
			break;
		left += evict_chunk(dm, chunk, NULL);
	}
	mutex_unlock(&dm->evict_lock);
	return left;
}
