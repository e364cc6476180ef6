/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Blocks: VRAM pages that belong to an object of the front rather than to the
 * mm of a process.  They count, are stamped and are evicted together with all
 * others; their owner moves them.
 */
#ifndef DEVMEM_BLOCK_H
#define DEVMEM_BLOCK_H

#include <linux/types.h>

struct devmem_account;
struct devmem_block;
struct page;

/** struct devmem_block_ops - what the owner of a block does */
struct devmem_block_ops {
	/**
	 * @evict: move pages out of VRAM and put them, if that is possible
	 * without waiting for a lock.  Some of @pages may have gone already:
	 * each has in page->index what the owner wrote there.
	 *
	 * Context: process context; evict_lock held, so no call of
	 * devmem_evict() and no wait for a lock that is held across one.
	 * Return: how many left.
	 */
	unsigned int (*evict)(void *owner, struct page **pages,
			      unsigned int n);
};

/**
 * devmem_block_open() - make an empty block
 * @account: who pays for its pages
 * @ops: called for @owner until devmem_block_close() returns
 * @owner: passed to @ops
 *
 * The block keeps the account's memory, not the account open: once the account
 * is closed the block gets no more pages.
 *
 * Return: the block or NULL (no memory).
 */
struct devmem_block *devmem_block_open(struct devmem_account *account,
				       const struct devmem_block_ops *ops,
				       void *owner);

/**
 * devmem_block_close() - the owner goes away
 * @block: from devmem_block_open(), or NULL; all its pages were put
 *
 * Context: process context; waits for an @evict that is under way.
 */
void devmem_block_close(struct devmem_block *block);

/**
 * devmem_block_alloc() - take pages for a block
 * @block: the block
 * @hint: as for devmem_alloc()
 * @pages: out: array of @npages
 * @npages: how many
 *
 * As devmem_alloc(), but the pages are not locked.  They are the owner's until
 * it calls put_page(); page->index is free for its use.
 *
 * Return: the number of pages taken; 0 when the account is closed.
 */
unsigned int devmem_block_alloc(struct devmem_block *block, unsigned long hint,
				struct page **pages, unsigned int npages);

#endif
