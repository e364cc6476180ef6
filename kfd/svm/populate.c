// SPDX-License-Identifier: GPL-2.0
#include <linux/hmm.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "../devmem/devmem.h"
#include "../trace.h"
#include "count.h"
#include "dma.h"
#include "exclusive.h"
#include "gpu.h"
#include "notifier.h"
#include "place.h"
#include "populate.h"

/* Pages that are faulted and mapped in one go: 2 MiB. */
#define WINDOW		512

/* Lost races with the mm go on for so long at most. */
#define RETRY_MS	1000

/* So many bad pages in a window, and the rest is mapped as far as present. */
#define BAD_PAGES	32

/**
 * struct svm_populating - scratch memory of a call
 * @svm: the process
 * @pop: the request
 * @whole: in this window, pages that lack a right are left out
 * @pfns: what hmm_range_fault() found in the window
 * @maps: mappings built from it
 */
struct svm_populating {
	struct svm *svm;
	struct svm_populate *pop;
	bool whole;
	unsigned long pfns[WINDOW];
	struct hw_mapping maps[WINDOW];
};

/* Can the next page be added to the run that ends at @map? */
static bool run_extends(const struct hw_mapping *map, const struct hw_run *run,
			u64 va, u32 access)
{
	u64 size = (u64)map->run.npages << PAGE_SHIFT;

	return map->access == access && map->run.place == run->place &&
	       map->run.addr + size == run->addr && map->va + size == va;
}

/* What devices get at a page with this entry of the snapshot. */
static u32 page_access(const struct svm_populating *p, unsigned long pfn)
{
	u32 rights = p->pop->rights;

	if (!(pfn & HMM_PFN_VALID))
		return 0;
	if (pfn & HMM_PFN_WRITE || !(rights & HW_WRITE))
		return rights;
	return p->whole ? 0 : rights & ~(HW_WRITE | HW_ATOMIC);
}

/* Where a device finds the page; the address of another's memory is for DMA. */
static bool page_run(const struct svm_gpu *gpu, struct svm_dma_block *block,
		     unsigned long where, struct page *page, struct hw_run *run)
{
	devmem_run(gpu->vm->hw, page, run);
	return run->place == HW_LOCAL ||
	       svm_dma_map(gpu, block, where, page, run);
}

static unsigned int populate_build(struct svm_populating *p,
				   struct svm_gpu *gpu, u64 start,
				   unsigned long n)
{
	struct svm_dma_block *block = svm_dma_block(gpu, start >> PAGE_SHIFT);
	struct hw_mapping *map = p->maps - 1;
	struct svm_populate *pop = p->pop;
	u64 va = start + pop->offset;
	unsigned long i;

	for (i = 0; i < n; i++, va += PAGE_SIZE) {
		u32 access = page_access(p, p->pfns[i]);
		struct hw_run run;

		if (!access ||
		    !page_run(gpu, block, (start >> PAGE_SHIFT) + i,
			      hmm_pfn_to_page(p->pfns[i]), &run))
			continue;
		if (gpu->exclusive && !pop->shared && run.place != HW_LOCAL)
			access &= ~HW_ATOMIC;
		if ((start >> PAGE_SHIFT) + i == pop->page)
			pop->got |= access;
		if (map >= p->maps && run_extends(map, &run, va, access)) {
			map->run.npages++;
			continue;
		}
		map++;
		map->va = va;
		map->run = run;
		map->access = access;
	}
	return map + 1 - p->maps;
}

static int populate_prepare(struct svm_populating *p, u64 start, u64 end)
{
	u64 offset = p->pop->offset;
	unsigned int i;
	int err;

	for_each_set_bit(i, &p->pop->devices, HW_MAX_DEVICES) {
		err = svm_gpu_prepare(p->svm, i, start + offset, end + offset);
		err = err ?: svm_dma_prepare(p->svm, i, start >> PAGE_SHIFT,
					     (end - 1) >> PAGE_SHIFT);
		if (err)
			return err;
	}
	return 0;
}

static void populate_commit(struct svm_populating *p, u64 start, u64 end)
{
	unsigned long n = (end - start) >> PAGE_SHIFT;
	struct svm_populate *pop = p->pop;
	unsigned int i, nmaps;

	svm_gpu_mapped(p->svm, pop->offset ? 0 : pop->devices,
		       start >> PAGE_SHIFT, (end - 1) >> PAGE_SHIFT);
	for_each_set_bit(i, &pop->devices, HW_MAX_DEVICES) {
		nmaps = populate_build(p, &p->svm->gpus[i], start, n);
		if (nmaps)
			svm_gpu_commit(p->svm, i, p->maps, nmaps);
	}
}

static unsigned long mode_flags(enum svm_populate_mode mode, bool write)
{
	if (mode == SVM_POPULATE_PRESENT)
		return 0;
	if (mode == SVM_POPULATE_READ || !write)
		return HMM_PFN_REQ_FAULT;
	return HMM_PFN_REQ_FAULT | HMM_PFN_REQ_WRITE;
}

/*
 * What hmm_range_fault() shall do: the same to all pages, but when a device
 * faults it leaves the others those that they have for themselves.
 */
static void populate_request(struct svm_populating *p, struct hmm_range *range,
			     unsigned long flags)
{
	unsigned long first = range->start >> PAGE_SHIFT;
	unsigned long n = (range->end - range->start) >> PAGE_SHIFT;
	unsigned long i, page = p->pop->page;

	range->default_flags = flags;
	range->pfn_flags_mask = 0;
	if (!flags || page == SVM_POPULATE_NO_PAGE ||
	    !svm_exclusive_any(p->svm, first, first + n - 1))
		return;
	range->default_flags = 0;
	range->pfn_flags_mask = flags;
	for (i = 0; i < n; i++) {
		bool leave = first + i != page &&
			     svm_exclusive_any(p->svm, first + i, first + i);

		p->pfns[i] = leave ? 0 : flags;
	}
}

/* The interval [start, end) lies in one area and one window. */
static int populate_window(struct svm_populating *p, struct svm_area *area,
			   u64 start, u64 end, unsigned long flags)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(RETRY_MS);
	struct svm *svm = p->svm;
	struct hmm_range range = {
		.notifier = &area->mni,
		.start = start,
		.end = end,
		.hmm_pfns = p->pfns,
	};
	int err;

	p->whole = p->pop->whole && !flags;
	for (;;) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (time_after(jiffies, deadline))
			return -EBUSY;

		range.notifier_seq = mmu_interval_read_begin(&area->mni);
		populate_request(p, &range, flags);
		mmap_read_lock(svm->mm);
		err = hmm_range_fault(&range);
		mmap_read_unlock(svm->mm);
		if (err == -EBUSY)
			continue;
		if (err)
			return err;

		down_read(&svm->notifier_lock);
		if (!mmu_interval_read_retry(&area->mni, range.notifier_seq))
			break;
		up_read(&svm->notifier_lock);
	}
	populate_commit(p, start, end);
	up_read(&svm->notifier_lock);

	svm_count_present((end - start) >> PAGE_SHIFT);
	return 0;
}

static bool page_bad(int err)
{
	return err == -EFAULT || err == -EPERM;
}

/*
 * A page of the window cannot be had, and hmm_range_fault() does not say which:
 * go page by page.  A mapping that is longer than its file has many of them.
 */
static int populate_pages(struct svm_populating *p, struct svm_area *area,
			  u64 start, u64 end, unsigned long flags)
{
	unsigned int bad = 0;
	int err;

	while (start < end && bad < BAD_PAGES) {
		err = populate_window(p, area, start, start + PAGE_SIZE, flags);
		if (page_bad(err))
			bad++;
		else if (err)
			return err;
		start += PAGE_SIZE;
	}
	return start < end ? populate_window(p, area, start, end, 0) : 0;
}

/* The same for a fault: the page that matters, and what else is there. */
static int populate_around(struct svm_populating *p, struct svm_area *area,
			   u64 start, u64 end, unsigned long flags)
{
	u64 page = (u64)p->pop->page << PAGE_SHIFT;
	int err;

	if (page >= start && page < end) {
		err = populate_window(p, area, page, page + PAGE_SIZE, flags);
		if (err)
			return err;
	}
	return populate_window(p, area, start, end, 0);
}

static int populate_step(struct svm_populating *p, struct svm_area *area,
			 u64 start, u64 end, unsigned long flags)
{
	int err;

	err = populate_prepare(p, start, end);
	if (err)
		return err;
	err = populate_window(p, area, start, end, flags);
	if (!page_bad(err) || !flags)
		return err;
	if (p->pop->page == SVM_POPULATE_NO_PAGE)
		return populate_pages(p, area, start, end, flags);
	return populate_around(p, area, start, end, flags);
}

/*
 * The part of [start, end) that one vma covers; what lies before it is skipped.
 * Returns false when nothing is left.
 */
static bool populate_clip(struct svm *svm, u64 *start, u64 *end, bool *write)
{
	struct vm_area_struct *vma;
	bool found = false;

	mmap_read_lock(svm->mm);
	vma = find_vma_intersection(svm->mm, *start, *end);
	if (vma) {
		*start = max_t(u64, *start, vma->vm_start);
		*end = min_t(u64, *end, vma->vm_end);
		*write = vma->vm_flags & VM_WRITE;
		found = true;
	}
	mmap_read_unlock(svm->mm);
	return found;
}

static int populate_span(struct svm_populating *p, u64 start, u64 end)
{
	struct svm_populate *pop = p->pop;
	struct svm *svm = p->svm;

	while (start < end) {
		u64 step = min_t(u64, end, ALIGN(start + 1, WINDOW * PAGE_SIZE));
		struct svm_area *area;
		bool write;
		int err;

		if (!populate_clip(svm, &start, &step, &write)) {
			start = step;
			continue;
		}
		area = svm_area_find(svm, start >> PAGE_SHIFT);
		if (WARN_ON_ONCE(!area))
			return -EINVAL;
		step = min_t(u64, step, (u64)(area->it.last + 1) << PAGE_SHIFT);

		write &= !!(pop->rights & HW_WRITE);
		err = populate_step(p, area, start, step,
				    mode_flags(pop->mode, write));
		trace_kfd_fault(svm->id, start, (step - start) >> PAGE_SHIFT,
				pop->devices, err);
		/* Not readable, or gone: the device cannot have it either. */
		if (err && !page_bad(err))
			return err;
		start = step;
		cond_resched();
	}
	return 0;
}

int svm_populate(struct svm *svm, struct svm_populate *pop)
{
	struct svm_populating *p = svm->populating;

	lockdep_assert_held(&svm->lock);

	pop->got = 0;
	if (!pop->devices)
		return 0;
	if (!p) {
		p = kvmalloc(sizeof(*p), GFP_KERNEL);
		if (!p)
			return -ENOMEM;
		svm->populating = p;
	}
	p->svm = svm;
	p->pop = pop;
	return populate_span(p, (u64)pop->start << PAGE_SHIFT,
			     ((u64)pop->last + 1) << PAGE_SHIFT);
}

int svm_populate_range(struct svm *svm, const struct svm_range *range,
		       unsigned long start, unsigned long last)
{
	struct svm_populate pop = {
		.start = start,
		.last = last,
		.devices = svm_place_mapped(&range->attrs, svm->xnack) &
			   svm_live(svm),
		.rights = svm_place_rights(&range->attrs),
		.mode = SVM_POPULATE_WRITE,
		.page = SVM_POPULATE_NO_PAGE,
	};

	return svm_populate(svm, &pop);
}
