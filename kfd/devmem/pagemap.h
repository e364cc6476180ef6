/* SPDX-License-Identifier: GPL-2.0 */
/* struct devmem, shared by the files of this folder. */
#ifndef DEVMEM_PAGEMAP_H
#define DEVMEM_PAGEMAP_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/memremap.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "alloc.h"
#include "block.h"
#include "devmem.h"

/**
 * struct devmem - the VRAM of one device
 * @hw: the device
 * @claim: the claimed resource
 * @pgmap: its pages; pgmap.owner is this struct
 * @first_pfn: pfn of page index 0
 * @alloc: which pages are in use; has its own lock
 * @evict_lock: serialises evictions, protects @src, @dst,
 *	@copies and @block_pages
 * @src: source entries of one chunk
 * @dst: destination entries of one chunk
 * @copies: copy list of one chunk
 * @block_pages: pages of one block in one chunk
 * @orphan_lock: protects @orphans
 * @orphans: closed accounts with pages that could not leave yet
 * @orphan_work: tries them again
 */
struct devmem {
	struct hw_device *hw;
	struct resource *claim;
	struct dev_pagemap pgmap;
	unsigned long first_pfn;
	struct vram_alloc alloc;

	struct mutex evict_lock; /* outside page locks */
	unsigned long *src;
	unsigned long *dst;
	struct hw_copy *copies;
	struct page **block_pages;

	struct mutex orphan_lock; /* outside evict_lock */
	struct list_head orphans;
	struct delayed_work orphan_work;
};

/**
 * struct devmem_block - who has a page: its zone_device_data
 * @account: who pays
 * @ops: NULL: the page is an mm's, the block is devmem_account.of_mm
 * @lock: held over calls of @ops
 * @owner: for @ops; NULL once closed; @lock
 * @pages: pages, plus 1 until closed, plus passing references of evict.c;
 *	not counted in an account's own block
 * @rcu: frees it
 */
struct devmem_block {
	struct devmem_account *account;
	const struct devmem_block_ops *ops;
	struct mutex lock; /* inside evict_lock */
	void *owner;
	atomic_long_t pages;
	struct rcu_head rcu;
};

/**
 * struct devmem_account - one process on one device
 * @dm: the device
 * @id: thread group id
 * @closed: the process has gone; page_free() kicks the orphan work
 * @pages: charged pages, plus 1 until the account is freed
 * @blocks: blocks that point here
 * @of_mm: has the pages that are not in a block of the front's
 * @link: on @dm->orphans; orphan_lock
 */
struct devmem_account {
	struct devmem *dm;
	pid_t id;
	bool closed;
	atomic_long_t pages;
	atomic_t blocks;
	struct devmem_block of_mm;
	struct list_head link;
};

/**
 * devmem_take() - what devmem_alloc() and devmem_block_alloc() share
 *
 * Return: how many pages were taken; they are locked and have one reference.
 */
unsigned int devmem_take(struct devmem_block *block, unsigned long hint,
			 struct page **pages, unsigned int npages);

/** devmem_block_unref() - drop one of devmem_block.pages; any context */
void devmem_block_unref(struct devmem_block *block);

/**
 * devmem_block_get() - the block of a page, if it is one of the front's
 * @page: a page of this driver's VRAM, maybe free
 *
 * Return: the block with a reference for devmem_block_unref(), or NULL.
 */
struct devmem_block *devmem_block_get(struct page *page);

/**
 * devmem_block_evict() - let the owner move pages out
 *
 * Context: evict_lock held.
 * Return: how many left.
 */
unsigned int devmem_block_evict(struct devmem_block *block,
				struct page **pages, unsigned int n);

/** devmem_evict_init() / devmem_evict_fini() - buffers of evict.c */
int devmem_evict_init(struct devmem *dm);
void devmem_evict_fini(struct devmem *dm);

/**
 * devmem_evict_account() - move the pages of one account to system memory
 * @account: whose pages; NULL: all pages of @dm
 *
 * Context: as devmem_evict().
 * Return: the number of pages that left.
 */
unsigned long devmem_evict_account(struct devmem *dm,
				   const struct devmem_account *account);

#endif
