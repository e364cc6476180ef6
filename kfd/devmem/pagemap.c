// SPDX-License-Identifier: GPL-2.0
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "pagemap.h"
#include "spm.h"

#define ORPHAN_DELAY	msecs_to_jiffies(500)

static unsigned long devmem_index(const struct devmem *dm,
				  const struct page *page)
{
	return page_to_pfn(page) - dm->first_pfn;
}

/*
 * The last reference is gone: any context but NMI, so irq-safe locks only.
 * The account outlives its last page, see devmem_orphan_work().
 */
static void devmem_page_free(struct page *page)
{
	struct devmem *dm = page->pgmap->owner;
	struct devmem_block *block = page->zone_device_data;
	struct devmem_account *account = block->account;

	WRITE_ONCE(page->zone_device_data, NULL);
	vram_alloc_give(&dm->alloc, devmem_index(dm, page));
	if (block->ops)
		devmem_block_unref(block);

	/*
	 * Whoever sees the count at 1 may free the account, so it must not be
	 * touched after the decrement unless the page was not the last one.
	 */
	if (READ_ONCE(account->closed) &&
	    atomic_long_read(&account->pages) == 2)
		mod_delayed_work(system_wq, &dm->orphan_work, 1);
	atomic_long_dec(&account->pages);
}

/*
 * The page is never handed out again.  A page in use stays mapped: what was in
 * it is lost, and moving it would hide that.
 */
static int devmem_memory_failure(struct dev_pagemap *pgmap, unsigned long pfn,
				 unsigned long nr_pages, int mf_flags)
{
	struct devmem *dm = pgmap->owner;
	bool used = false;
	unsigned long i;

	for (i = 0; i < nr_pages; i++)
		used |= vram_alloc_poison(&dm->alloc, pfn + i - dm->first_pfn);

	dev_err(dm->hw->dev, "memory failure at pfn %#lx: %s\n", pfn,
		used ? "in use, will not be used again" : "taken out of use");
	return used ? -EBUSY : 0;
}

static const struct dev_pagemap_ops devmem_pagemap_ops = {
	.page_free = devmem_page_free,
	.memory_failure = devmem_memory_failure,
};

static int devmem_register(struct devmem *dm)
{
	struct device *dev = dm->hw->dev;
	void *addr;

	dm->pgmap.type = MEMORY_DEVICE_COHERENT;
	dm->pgmap.range.start = dm->claim->start;
	dm->pgmap.range.end = dm->claim->end;
	dm->pgmap.nr_range = 1;
	dm->pgmap.ops = &devmem_pagemap_ops;
	dm->pgmap.owner = dm;

	addr = devm_memremap_pages(dev, &dm->pgmap);
	if (IS_ERR(addr)) {
		dev_err(dev, "%pR: memremap_pages: %pe\n", dm->claim, addr);
		return PTR_ERR(addr);
	}
	return 0;
}

/* Blocks without pages come first: their last page may go any moment. */
static bool account_used(struct devmem_account *account)
{
	return atomic_read(&account->blocks) || devmem_account_pages(account);
}

static void devmem_orphan_work(struct work_struct *work)
{
	struct devmem *dm = container_of(to_delayed_work(work), struct devmem,
					 orphan_work);
	struct devmem_account *account, *next;
	unsigned int put = 0;
	bool again;

	mutex_lock(&dm->orphan_lock);
	list_for_each_entry_safe(account, next, &dm->orphans, link) {
		if (devmem_account_pages(account))
			devmem_evict_account(dm, account);
		if (account_used(account))
			continue;
		list_del(&account->link);
		kfree(account);
		put++;
	}
	again = !list_empty(&dm->orphans);
	if (again)
		schedule_delayed_work(&dm->orphan_work, ORPHAN_DELAY);
	mutex_unlock(&dm->orphan_lock);

	/* devmem_destroy() waits for this work before the module can go. */
	while (put--)
		module_put(THIS_MODULE);
}

struct devmem *devmem_create(struct hw_device *hw)
{
	struct devmem *dm;
	int err;

	dm = kzalloc(sizeof(*dm), GFP_KERNEL);
	if (!dm)
		return ERR_PTR(-ENOMEM);
	dm->hw = hw;
	mutex_init(&dm->evict_lock);
	mutex_init(&dm->orphan_lock);
	INIT_LIST_HEAD(&dm->orphans);
	INIT_DELAYED_WORK(&dm->orphan_work, devmem_orphan_work);

	dm->claim = spm_claim(hw->dev, hw->local_base, hw->local_size);
	if (IS_ERR(dm->claim)) {
		err = PTR_ERR(dm->claim);
		goto free_dm;
	}
	dm->first_pfn = PHYS_PFN(dm->claim->start);

	err = vram_alloc_init(&dm->alloc, resource_size(dm->claim) / SZ_2M);
	if (err)
		goto release_claim;
	err = devmem_evict_init(dm);
	if (err)
		goto fini_alloc;
	err = devmem_register(dm);
	if (err)
		goto fini_evict;

	hw->local_size = resource_size(dm->claim);
	dev_info(hw->dev, "%llu MiB of coherent VRAM at %#llx, node %d\n",
		 hw->local_size / SZ_1M, hw->local_base,
		 page_to_nid(pfn_to_page(dm->first_pfn)));
	return dm;

fini_evict:
	devmem_evict_fini(dm);
fini_alloc:
	vram_alloc_fini(&dm->alloc);
release_claim:
	spm_release(dm->claim);
free_dm:
	kfree(dm);
	return ERR_PTR(err);
}

/*
 * Every account holds a module reference, so no page is left on unload unless
 * a reference was taken behind our back.  memunmap_pages() would wait for it
 * without a word; say what is going on instead.
 */
static void devmem_drain(struct devmem *dm)
{
	unsigned int round = 0;
	struct devmem_stats stats;

	for (;;) {
		devmem_get_stats(dm, &stats);
		if (!stats.used)
			return;
		devmem_evict_account(dm, NULL);
		if (round++ % 100 == 99)
			dev_err(dm->hw->dev, "%lu VRAM pages are still held\n",
				stats.used);
		msleep(20);
	}
}

void devmem_destroy(struct devmem *dm)
{
	if (!dm)
		return;
	cancel_delayed_work_sync(&dm->orphan_work);
	devmem_drain(dm);
	devm_memunmap_pages(dm->hw->dev, &dm->pgmap);
	devmem_evict_fini(dm);
	vram_alloc_fini(&dm->alloc);
	spm_release(dm->claim);
	kfree(dm);
}

void devmem_get_stats(struct devmem *dm, struct devmem_stats *stats)
{
	unsigned long flags;

	stats->base = dm->claim->start;
	stats->total = dm->alloc.nchunks * VRAM_CHUNK_PAGES;
	spin_lock_irqsave(&dm->alloc.lock, flags);
	stats->free = dm->alloc.nfree;
	stats->used = dm->alloc.nused;
	stats->poisoned = dm->alloc.nbad;
	spin_unlock_irqrestore(&dm->alloc.lock, flags);
}

struct devmem_account *devmem_account_open(struct devmem *dm, pid_t id)
{
	struct devmem_account *account;

	account = kzalloc(sizeof(*account), GFP_KERNEL);
	if (!account)
		return NULL;
	account->dm = dm;
	account->id = id;
	account->of_mm.account = account;
	atomic_long_set(&account->pages, 1);
	__module_get(THIS_MODULE);
	return account;
}

void devmem_account_close(struct devmem_account *account)
{
	struct devmem *dm;
	unsigned long left;

	if (!account)
		return;
	dm = account->dm;

	WRITE_ONCE(account->closed, true);
	if (devmem_account_pages(account))
		devmem_evict_account(dm, account);

	left = devmem_account_pages(account);
	if (left)
		dev_info(dm->hw->dev,
			 "%lu VRAM pages of process %d cannot leave yet\n",
			 left, account->id);
	if (account_used(account)) {
		mutex_lock(&dm->orphan_lock);
		list_add_tail(&account->link, &dm->orphans);
		schedule_delayed_work(&dm->orphan_work, ORPHAN_DELAY);
		mutex_unlock(&dm->orphan_lock);
		return;
	}
	kfree(account);
	module_put(THIS_MODULE);
}

unsigned long devmem_account_pages(const struct devmem_account *account)
{
	return atomic_long_read(&account->pages) - 1;
}

unsigned int devmem_take(struct devmem_block *block, unsigned long hint,
			 struct page **pages, unsigned int npages)
{
	/* The array holds page indices first, then the pages themselves. */
	unsigned long *index = (unsigned long *)pages;
	struct devmem_account *account = block->account;
	struct devmem *dm = account->dm;
	unsigned int i, got;

	BUILD_BUG_ON(sizeof(*index) != sizeof(*pages));

	got = vram_alloc_take(&dm->alloc, hint, index, npages);
	atomic_long_add(got, &account->pages);
	if (block->ops)
		atomic_long_add(got, &block->pages);
	for (i = 0; i < got; i++) {
		struct page *page = pfn_to_page(dm->first_pfn + index[i]);

		WRITE_ONCE(page->zone_device_data, block);
		zone_device_page_init(page);
		pages[i] = page;
	}
	return got;
}

unsigned int devmem_alloc(struct devmem_account *account, unsigned long hint,
			  struct page **pages, unsigned int npages)
{
	return devmem_take(&account->of_mm, hint, pages, npages);
}

void devmem_put(struct page *page)
{
	unlock_page(page);
	put_page(page);
}

struct hw_device *devmem_hw(struct devmem *dm)
{
	return dm->hw;
}

void *devmem_owner(struct devmem *dm)
{
	return dm;
}

struct devmem *devmem_from_page(struct page *page)
{
	if (!is_device_coherent_page(page) ||
	    page->pgmap->ops != &devmem_pagemap_ops)
		return NULL;
	return page->pgmap->owner;
}

void devmem_run(struct hw_device *hw, struct page *page, struct hw_run *run)
{
	struct devmem *dm = devmem_from_page(page);

	run->npages = 1;
	if (dm && dm->hw == hw) {
		run->place = HW_LOCAL;
		run->addr = PFN_PHYS(devmem_index(dm, page));
	} else {
		run->place = HW_SYSTEM;
		run->addr = hw_page_addr(hw, page);
	}
}

unsigned long devmem_stamp(struct devmem *dm)
{
	return READ_ONCE(dm->alloc.stamp);
}
