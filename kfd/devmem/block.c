// SPDX-License-Identifier: GPL-2.0
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "block.h"
#include "pagemap.h"

struct devmem_block *devmem_block_open(struct devmem_account *account,
				       const struct devmem_block_ops *ops,
				       void *owner)
{
	struct devmem_block *block;

	block = kzalloc(sizeof(*block), GFP_KERNEL_ACCOUNT);
	if (!block)
		return NULL;
	block->account = account;
	block->ops = ops;
	block->owner = owner;
	mutex_init(&block->lock);
	atomic_long_set(&block->pages, 1);
	atomic_inc(&account->blocks);
	return block;
}

void devmem_block_unref(struct devmem_block *block)
{
	struct devmem_account *account = block->account;

	if (!atomic_long_dec_and_test(&block->pages))
		return;
	/* evict.c looks at pages under rcu_read_lock() only. */
	kfree_rcu(block, rcu);
	/* The account may be freed from here on. */
	atomic_dec(&account->blocks);
}

void devmem_block_close(struct devmem_block *block)
{
	if (!block)
		return;
	mutex_lock(&block->lock);
	block->owner = NULL;
	mutex_unlock(&block->lock);
	devmem_block_unref(block);
}

unsigned int devmem_block_alloc(struct devmem_block *block, unsigned long hint,
				struct page **pages, unsigned int npages)
{
	unsigned int i, got;

	if (READ_ONCE(block->account->closed))
		return 0;
	got = devmem_take(block, hint, pages, npages);
	for (i = 0; i < got; i++)
		unlock_page(pages[i]);
	return got;
}

struct devmem_block *devmem_block_get(struct page *page)
{
	struct devmem_block *block;

	rcu_read_lock();
	block = READ_ONCE(page->zone_device_data);
	if (block && (!block->ops || !atomic_long_inc_not_zero(&block->pages)))
		block = NULL;
	rcu_read_unlock();
	return block;
}

unsigned int devmem_block_evict(struct devmem_block *block,
				struct page **pages, unsigned int n)
{
	unsigned int left = 0;

	mutex_lock(&block->lock);
	if (block->owner)
		left = block->ops->evict(block->owner, pages, n);
	mutex_unlock(&block->lock);
	return left;
}
