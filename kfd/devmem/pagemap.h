/* SPDX-License-Identifier: GPL-2.0 */
/* struct devmem, shared by the files of this folder. */
#ifndef DEVMEM_PAGEMAP_H
#define DEVMEM_PAGEMAP_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/memremap.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "alloc.h"
#include "devmem.h"

/**
 * struct devmem - the VRAM of one device
 * @hw: the device
 * @claim: the claimed resource
 * @pgmap: its pages; pgmap.owner is this struct
 * @first_pfn: pfn of page index 0
 * @alloc: which pages are in use; has its own lock
 * @evict_lock: serialises evictions, protects @src, @dst and @copies
 * @src: source entries of one chunk
 * @dst: destination entries of one chunk
 * @copies: copy list of one chunk
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

	struct mutex orphan_lock; /* outside evict_lock */
	struct list_head orphans;
	struct delayed_work orphan_work;
};

/**
 * struct devmem_account - one process on one device
 * @dm: the device
 * @id: thread group id
 * @closed: the process has gone; page_free() kicks the orphan work
 * @pages: charged pages, plus 1 until the account is freed
 * @link: on @dm->orphans; orphan_lock
 */
struct devmem_account {
	struct devmem *dm;
	pid_t id;
	bool closed;
	atomic_long_t pages;
	struct list_head link;
};

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
