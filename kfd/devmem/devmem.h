/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Device memory: VRAM that firmware advertises as special-purpose memory, as
 * struct pages of type MEMORY_DEVICE_COHERENT.
 */
#ifndef DEVMEM_H
#define DEVMEM_H

#include <linux/types.h>

#include "../hw/hw.h"

struct devmem;
struct devmem_account;
struct module;
struct page;
struct seq_file;

/**
 * devmem_create() - find, claim and register the VRAM of a device
 * @hw: the device; its local_base and local_size say where to look
 *
 * On success @hw->local_size is the size that was registered.  Each refusal is
 * logged once with its reason.
 *
 * Context: process context, sleeps.
 * Return: the VRAM or an ERR_PTR.  -ENOENT: no resource starts at local_base;
 * -EINVAL: not soft reserved, too small or not aligned to 2 MiB; -EBUSY:
 * somebody else has claimed it; -ENOMEM.  None of these is worth a retry.
 */
struct devmem *devmem_create(struct hw_device *hw);

/**
 * devmem_destroy() - move every page out, unregister, release the claim
 * @dm: from devmem_create(), or NULL
 *
 * All accounts must have been closed and have run empty: the module reference
 * that each of them holds makes sure of that on unload.
 *
 * Context: process context, sleeps.
 */
void devmem_destroy(struct devmem *dm);

/**
 * struct devmem_stats - a snapshot of the VRAM of one device, in pages
 * @total: all pages
 * @free: not handed out and not poisoned
 * @used: handed out
 * @poisoned: bad, never handed out again
 */
struct devmem_stats {
	u64 base;
	unsigned long total;
	unsigned long free;
	unsigned long used;
	unsigned long poisoned;
};

void devmem_get_stats(struct devmem *dm, struct devmem_stats *stats);

/**
 * struct devmem_counters - totals over all devices since the module was loaded
 * @evict_calls: eviction rounds
 * @evict_pages: pages moved out by them
 * @evict_failed: pages that could not leave in a round
 * @evict_bo_pages: those of @evict_pages that belong to buffer objects
 * @evict_svm_pages: those that belong to an mm
 */
struct devmem_counters {
	u64 evict_calls;
	u64 evict_pages;
	u64 evict_failed;
	u64 evict_bo_pages;
	u64 evict_svm_pages;
};

void devmem_get_counters(struct devmem_counters *counters);

/**
 * devmem_account_open() - start to count one process's use of one device
 * @dm: the device memory
 * @id: the thread group id, for messages and eviction traces
 *
 * The account holds a reference on the module until it is closed and its last
 * page has been freed.
 *
 * Context: process context.
 * Return: the account or NULL (no memory).
 */
struct devmem_account *devmem_account_open(struct devmem *dm, pid_t id);

/**
 * devmem_account_close() - the process is done with the device
 * @account: from devmem_account_open(), or NULL
 *
 * Moves the pages that are still charged to it to system memory.  A page that
 * cannot leave now (pinned) is tried again in the background until it can; the
 * module cannot be unloaded before.
 *
 * Context: process context, sleeps; no mmap_lock, no page lock held.
 */
void devmem_account_close(struct devmem_account *account);

/** devmem_account_pages() - pages charged to @account now */
unsigned long devmem_account_pages(const struct devmem_account *account);

/**
 * devmem_alloc() - take pages
 * @account: who pays
 * @hint: pfn index wish: pages are laid out so that (page offset in its 2 MiB
 *	chunk) equals (@hint + i) modulo 512 where that is possible, which gives
 *	the GPU physically contiguous, naturally aligned runs
 * @pages: out: array of @npages
 * @npages: how many
 *
 * The content of the pages is undefined: the caller writes every byte (copy or
 * devmem_clear()) before the page becomes visible to anybody.  The pages are
 * initialised, locked and have one reference each.  No eviction happens here.
 *
 * Context: process context; does not sleep for memory.
 * Return: the number of pages taken, from 0 to @npages; @pages[0..ret) is set.
 */
unsigned int devmem_alloc(struct devmem_account *account, unsigned long hint,
			  struct page **pages, unsigned int npages);

/**
 * devmem_put() - give back a page of devmem_alloc() that was not used
 * @page: locked, one reference
 */
void devmem_put(struct page *page);

/** devmem_hw() - the device whose VRAM @dm is */
struct hw_device *devmem_hw(struct devmem *dm);

/**
 * devmem_owner() - the pgmap owner for migrate_vma.pgmap_owner
 * @dm: the device memory
 */
void *devmem_owner(struct devmem *dm);

/**
 * devmem_from_page() - whose VRAM a page is
 * @page: any page, referenced or locked by the caller
 *
 * Return: the device memory of this driver that @page belongs to, or NULL.
 */
struct devmem *devmem_from_page(struct page *page);

/**
 * devmem_run() - the neutral form of a page for a device
 * @hw: the device that will use it
 * @page: any page
 * @run: out: one page, HW_LOCAL when it is @hw's own VRAM
 */
void devmem_run(struct hw_device *hw, struct page *page, struct hw_run *run);

/**
 * devmem_copy() - copy runs, with the CPU's help if the device is lost
 * @hw: the device that copies; the places in @list are as it sees them
 * @list: as for hw_ops.copy
 * @n: elements of @list, maybe 0
 *
 * Context: as hw_ops.copy.
 * Return: 0 if all were copied, else the first error, never -ENODEV.
 */
int devmem_copy(struct hw_device *hw, struct hw_copy *list, unsigned int n);

/** devmem_clear() - the same for hw_ops.clear */
int devmem_clear(struct hw_device *hw, const struct hw_run *runs,
		 unsigned int n);

/**
 * devmem_evict() - make room
 * @dm: the device memory
 * @npages: how many pages are wanted
 * @since: leave chunks alone that were (re)used at or after this stamp;
 *	ULONG_MAX: any chunk may go
 *
 * Works on pages only; the oldest chunks go first, whether an mm or a buffer
 * object has them.
 *
 * Context: process context, sleeps, allocates system memory; no mmap_lock and
 * no page lock held.
 * Return: the number of pages that left.
 */
unsigned long devmem_evict(struct devmem *dm, unsigned long npages,
			   unsigned long since);

/** devmem_stamp() - now, for the @since of devmem_evict() */
unsigned long devmem_stamp(struct devmem *dm);

#endif
