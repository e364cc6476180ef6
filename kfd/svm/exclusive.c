// SPDX-License-Identifier: GPL-2.0
#include <linux/delay.h>
#include <linux/hmm.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/slab.h>

#include "../devmem/devmem.h"
#include "../trace.h"
#include "count.h"
#include "dma.h"
#include "exclusive.h"
#include "gpu.h"
#include "migrate.h"
#include "notifier.h"
#include "thrash.h"

static bool exclusive = true;
module_param(exclusive, bool, 0644);
MODULE_PARM_DESC(exclusive, "Atomics over links that have none take the page from the CPU, or are killed where it cannot be had; off: they are not atomic against the CPU.  For processes that open a GPU from now on (default on)");

static unsigned int exclusive_bounces = 8;
module_param(exclusive_bounces, uint, 0644);
MODULE_PARM_DESC(exclusive_bounces, "64 KiB that atomics have taken from the CPU so often within exclusive_ms move to VRAM (default 8, 0: never)");

static unsigned int exclusive_ms = 1000;
module_param(exclusive_ms, uint, 0644);
MODULE_PARM_DESC(exclusive_ms, "Time in which bounces are counted, in ms (default 1000)");

/* Pages that are taken together, aligned: 64 KiB. */
#define BLOCK		16UL

/* A page that bounces stays with the device for so long at least. */
#define USE_US		100

/* Lost races with the mm go on for so long at most. */
#define RETRY_MS	1000

/* Kernels without the function have no entries for it either. */
#if defined(make_device_exclusive) && IS_ENABLED(CONFIG_DEVICE_EXCLUSIVE)
static struct page *take_page(struct svm *svm, unsigned long page)
{
	return make_device_exclusive(svm->mm, page << PAGE_SHIFT, svm);
}
#else
static struct page *take_page(struct svm *svm, unsigned long page)
{
	return ERR_PTR(-EOPNOTSUPP);
}
#endif

/* An entry of svm->exclusive: a device has the page, and it is VRAM. */
#define ENTRY_MAPPED	BIT(0)
#define ENTRY_VRAM	BIT(1)

/**
 * struct taking - scratch memory of a call
 * @svm: the process
 * @x: the request
 * @area: where the pages are
 * @alone: only the page at fault: the CPU wants the block, too
 * @pfns: what the CPU has mapped
 * @pages: what was taken of it, NULL: nothing
 * @maps: mappings of what was taken
 * @n: how many
 */
struct taking {
	struct svm *svm;
	struct svm_exclusive *x;
	struct svm_area *area;
	bool alone;
	unsigned long pfns[BLOCK];
	struct page *pages[BLOCK];
	struct hw_mapping maps[BLOCK];
	unsigned int n;
};

static u64 now_ms(void)
{
	return ktime_get_ns() / NSEC_PER_MSEC;
}

bool svm_exclusive_needed(const struct hw_device *hw)
{
	return READ_ONCE(exclusive) && hw->ops->set_atomic_fault &&
	       !(hw->features & HW_FEATURE_LINK_ATOMICS);
}

/* The book */

bool svm_exclusive_any(struct svm *svm, unsigned long first,
		       unsigned long last)
{
	unsigned long page = first;

	return xa_find(&svm->exclusive, &page, last, XA_PRESENT);
}

void svm_exclusive_forget(struct svm *svm, unsigned long first,
			  unsigned long last)
{
	unsigned long page, n = 0;
	void *entry;

	lockdep_assert_held_write(&svm->notifier_lock);

	if (xa_empty(&svm->exclusive))
		return;
	xa_for_each_range(&svm->exclusive, page, entry, first, last) {
		xa_erase(&svm->exclusive, page);
		n += !!(xa_to_value(entry) & ENTRY_MAPPED);
	}
	if (n)
		svm_count_exclusive_lost(n);
}

void svm_exclusive_revoke(struct svm *svm, unsigned long first,
			  unsigned long last)
{
	unsigned long page;
	void *entry;

	lockdep_assert_held(&svm->lock);

	if (xa_empty(&svm->exclusive))
		return;
	xa_for_each_range(&svm->exclusive, page, entry, first, last) {
		if (!(xa_to_value(entry) & ENTRY_VRAM))
			continue;
		mmap_read_lock(svm->mm);
		/* If it fails there is nothing to move, either. */
		fixup_user_fault(svm->mm, page << PAGE_SHIFT, FAULT_FLAG_WRITE,
				 NULL);
		mmap_read_unlock(svm->mm);
	}
}

/* Taking */

/* Is the page where the device can do atomics without further ado? */
static bool is_local(struct taking *t, unsigned long pfn)
{
	struct hw_run run;

	if (!(pfn & HMM_PFN_VALID))
		return false;
	devmem_run(t->svm->gpus[t->x->index].vm->hw, hmm_pfn_to_page(pfn),
		   &run);
	return run.place == HW_LOCAL;
}

/* Neighbours come along if that neither allocates nor copies anything. */
static bool comes_along(struct taking *t, unsigned long pfn)
{
	return (pfn & HMM_PFN_VALID) && (pfn & HMM_PFN_WRITE) &&
	       PageAnon(hmm_pfn_to_page(pfn)) && !is_local(t, pfn);
}

static int snapshot(struct taking *t, unsigned long seq)
{
	struct svm_exclusive *x = t->x;
	struct hmm_range range = {
		.notifier = &t->area->mni,
		.notifier_seq = seq,
		.start = x->first << PAGE_SHIFT,
		.end = (x->last + 1) << PAGE_SHIFT,
		.hmm_pfns = t->pfns,
	};
	int err;

	err = hmm_range_fault(&range);
	if (err)
		return err;
	if (is_local(t, t->pfns[x->page - x->first]))
		return -ENXIO;
	return 0;
}

/*
 * A page that is not there, shared, or taken already invalidates what it was
 * when somebody asks for it.  So it has to be there before it is booked.
 */
static int fault_in(struct taking *t)
{
	struct svm_exclusive *x = t->x;
	unsigned long pfn = t->pfns[x->page - x->first];
	struct page *page;
	int err;

	/* The same goes for a huge page: after one of its pages it is split. */
	if ((pfn & HMM_PFN_VALID) && hmm_pfn_to_map_order(pfn)) {
		page = take_page(t->svm, x->page);
		if (IS_ERR(page))
			return PTR_ERR(page);
		unlock_page(page);
		put_page(page);
		return -EAGAIN;
	}
	if ((pfn & HMM_PFN_VALID) && (pfn & HMM_PFN_WRITE))
		return 0;
	err = fixup_user_fault(t->svm->mm, x->page << PAGE_SHIFT,
			       FAULT_FLAG_WRITE, NULL);
	return err ?: -EAGAIN;
}

/*
 * The pages that are wanted get into the book before anything else is done about
 * them: every invalidation from here on takes them out again.  One that came
 * before has to end first: what it wants to change would be changed under us.
 */
static int book(struct taking *t)
{
	struct svm_exclusive *x = t->x;
	unsigned long where;
	void *old;

	for (where = x->first; where <= x->last; where++) {
		if (where != x->page &&
		    (t->alone || !comes_along(t, t->pfns[where - x->first])))
			continue;
		old = xa_store(&t->svm->exclusive, where, xa_mk_value(0),
			       GFP_KERNEL);
		if (xa_is_err(old))
			return xa_err(old);
	}
	mmu_interval_read_begin(&t->area->mni);
	return 0;
}

/* Is the page in the book, but not yet a device's? */
static bool booked(struct taking *t, unsigned long where)
{
	return xa_load(&t->svm->exclusive, where) == xa_mk_value(0);
}

/* What did not become a device's. */
static void unbook(struct taking *t)
{
	struct svm_exclusive *x = t->x;
	unsigned long where;

	for (where = x->first; where <= x->last; where++)
		if (booked(t, where))
			xa_erase(&t->svm->exclusive, where);
}

/* The pages of a large folio have one lock, so it is not kept. */
static void take_neighbours(struct taking *t)
{
	struct svm_exclusive *x = t->x;
	unsigned long where;
	struct page *page;

	for (where = x->first; where <= x->last; where++) {
		if (where == x->page || !booked(t, where))
			continue;
		page = take_page(t->svm, where);
		if (IS_ERR(page))
			continue;
		t->pages[where - x->first] = page;
		unlock_page(page);
		put_page(page);
	}
}

static void build(struct taking *t, unsigned long where)
{
	struct svm_gpu *gpu = &t->svm->gpus[t->x->index];
	struct page *page = t->pages[where - t->x->first];
	struct hw_mapping *map = &t->maps[t->n++];
	unsigned long value = ENTRY_MAPPED;

	if (is_zone_device_page(page))
		value |= ENTRY_VRAM;
	/* In place of another value: allocates nothing. */
	xa_store(&t->svm->exclusive, where, xa_mk_value(value), GFP_NOWAIT);
	map->va = ((u64)where << PAGE_SHIFT) + t->x->offset;
	map->access = t->x->rights;
	devmem_run(gpu->vm->hw, page, &map->run);
	if (!svm_dma_map(gpu, svm_dma_block(gpu, where), where, page,
			 &map->run))
		t->n--;
}

/*
 * Map what nobody has got back meanwhile, at one address of one device: what is
 * written through another is not serialized with its atomics.
 * Return: the page at fault, too?
 */
static bool commit(struct taking *t)
{
	struct svm_exclusive *x = t->x;
	const u32 others = x->offset ? ~0U : ~BIT(x->index);
	struct svm *svm = t->svm;
	unsigned long where;
	bool done;

	down_write(&svm->notifier_lock);
	done = booked(t, x->page);
	for (where = x->first; where <= x->last; where++) {
		if (!t->pages[where - x->first] || !booked(t, where))
			continue;
		svm_unmap_page(svm, others, where);
		build(t, where);
	}
	svm_gpu_mapped(svm, x->offset ? 0 : BIT(x->index), x->first, x->last);
	svm_gpu_commit(svm, x->index, t->maps, t->n);
	svm_count_exclusive(t->n, done);
	up_write(&svm->notifier_lock);
	return done;
}

/*
 * A CPU that hammers on the page has it back before the fault is answered, and
 * the device would never get on.  So it is answered here, and the CPU waits for
 * the page lock a little longer.
 */
static void let_use(struct taking *t)
{
	struct svm_exclusive *x = t->x;
	struct hw_vm *vm = t->svm->gpus[x->index].vm;
	u64 va = ((u64)x->page << PAGE_SHIFT) + x->offset;

	vm->hw->ops->fault_done(vm, va, va + PAGE_SIZE, false);
	usleep_range(USE_US, 2 * USE_US);
}

/* The lock of the page at fault keeps the CPU away until it is mapped. */
static int take_booked(struct taking *t)
{
	struct svm_exclusive *x = t->x;
	struct page *page;
	int err;

	memset(t->pages, 0, sizeof(t->pages));
	take_neighbours(t);
	page = take_page(t->svm, x->page);
	if (IS_ERR(page))
		return PTR_ERR(page);
	t->pages[x->page - x->first] = page;
	err = commit(t) ? 0 : -EBUSY;
	if (!err && t->alone)
		let_use(t);
	unlock_page(page);
	put_page(page);
	return err;
}

/*
 * mmap_lock is held until the page lock is not: fork() would wait for a page that
 * is locked and exclusive within an invalidation.
 */
static int take_locked(struct taking *t, unsigned long seq)
{
	struct svm_exclusive *x = t->x;
	struct vm_area_struct *vma;
	int err;

	vma = vma_lookup(t->svm->mm, x->page << PAGE_SHIFT);
	if (!vma)
		return -EFAULT;
	x->first = max(x->first, vma->vm_start >> PAGE_SHIFT);
	x->last = min(x->last, (vma->vm_end >> PAGE_SHIFT) - 1);
	err = snapshot(t, seq);
	err = err ?: fault_in(t);
	if (err)
		return err;

	t->n = 0;
	err = book(t);
	err = err ?: take_booked(t);
	unbook(t);
	return err;
}

static int take(struct taking *t)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(RETRY_MS);
	struct svm *svm = t->svm;
	unsigned long seq;
	int err;

	for (;;) {
		seq = mmu_interval_read_begin(&t->area->mni);
		mmap_read_lock(svm->mm);
		err = take_locked(t, seq);
		mmap_read_unlock(svm->mm);
		if (err != -EBUSY && err != -EAGAIN)
			return err;
		if (time_after(jiffies, deadline))
			return -EBUSY;
		cond_resched();
	}
}

/* Bounces */

static struct svm_thrash_limits bounce_limits(void)
{
	return (struct svm_thrash_limits){
		.moves = READ_ONCE(exclusive_bounces),
		.ms = READ_ONCE(exclusive_ms),
		.hold_ms = READ_ONCE(exclusive_ms),
	};
}

static bool block_bounces(struct svm *svm, unsigned long block)
{
	return READ_ONCE(exclusive_bounces) && svm->bounces &&
	       svm_thrash_held(svm->bounces, block, now_ms());
}

/* Taken before, and here again: its neighbours may be somebody else's. */
static bool block_recent(struct svm *svm, unsigned long block)
{
	const struct svm_thrash_limits limits = bounce_limits();

	return svm->bounces &&
	       svm_thrash_recent(svm->bounces, block, now_ms(), &limits);
}

static void block_taken(struct svm *svm, unsigned long block)
{
	const struct svm_thrash_limits limits = bounce_limits();

	if (!svm->bounces)
		svm->bounces = kvzalloc(sizeof(*svm->bounces), GFP_KERNEL);
	if (svm->bounces)
		svm_thrash_moved(svm->bounces, block, now_ms(), &limits);
}

/* In the device's own memory its atomics are atomic for everybody. */
static void block_move(struct svm *svm, struct svm_exclusive *x)
{
	unsigned long moved = 0;

	svm_migrate(svm, x->attrs, x->first, x->last, x->index,
		    SVM_TRIGGER_DEVICE_FAULT, &moved);
	if (!moved)
		return;
	x->moved = true;
	svm_count_exclusive_moved();
}

static int serve(struct taking *t)
{
	unsigned long block = round_down(t->x->page, BLOCK);
	struct svm_exclusive *x = t->x;
	struct svm *svm = t->svm;
	bool bounces = block_bounces(svm, block);
	int err;

	if (bounces)
		block_move(svm, x);
	t->alone = block_recent(svm, block);
	err = take(t);
	if (!err) {
		block_taken(svm, block);
		return 0;
	}
	if (err != -EOPNOTSUPP)
		return err;
	if (!bounces)
		block_move(svm, x);
	return x->moved ? -ENXIO : -EPERM;
}

int svm_exclusive_serve(struct svm *svm, struct svm_exclusive *x)
{
	struct taking *t;
	u64 start, end;
	int err;

	lockdep_assert_held(&svm->lock);

	x->moved = false;
	x->first = max(x->first, round_down(x->page, BLOCK));
	x->last = min(x->last, round_down(x->page, BLOCK) + BLOCK - 1);
	start = ((u64)x->first << PAGE_SHIFT) + x->offset;
	end = ((u64)(x->last + 1) << PAGE_SHIFT) + x->offset;
	err = svm_gpu_prepare(svm, x->index, start, end);
	err = err ?: svm_dma_prepare(svm, x->index, x->first, x->last);
	if (err)
		return err;

	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	t->svm = svm;
	t->x = x;
	t->area = svm_area_find(svm, x->page);
	if (WARN_ON_ONCE(!t->area))
		err = -EFAULT;
	else
		err = serve(t);
	trace_kfd_exclusive(svm->id, (u64)x->page << PAGE_SHIFT, t->n, x->index,
			    err);
	kfree(t);
	return err;
}
