// SPDX-License-Identifier: GPL-2.0
#include <linux/mm.h>
#include <linux/slab.h>

#include "count.h"
#include "dma.h"
#include "exclusive.h"
#include "gpu.h"
#include "notifier.h"
#include "place.h"
#include "restore.h"
#include "userptr.h"

/* Areas are made in steps of 512 MiB, so that neighbours share one. */
#define AREA_PAGES	(1UL << (29 - PAGE_SHIFT))

static struct svm_area *to_area(struct interval_tree_node *it)
{
	return it ? container_of(it, struct svm_area, it) : NULL;
}

static struct svm_area *area_first(struct svm *svm, unsigned long start,
				   unsigned long last)
{
	return to_area(interval_tree_iter_first(&svm->areas, start, last));
}

static enum svm_unmap_trigger unmap_trigger(enum mmu_notifier_event event)
{
	switch (event) {
	case MMU_NOTIFY_MIGRATE:
		return SVM_UNMAP_MIGRATE;
	case MMU_NOTIFY_UNMAP:
		return SVM_UNMAP_CPU;
	default:
		return SVM_UNMAP_NOTIFY;
	}
}

/* Take [start, last] of a range from those @devices that may have it. */
static void unmap_range(struct svm *svm, struct svm_range *range,
			unsigned long start, unsigned long last,
			enum svm_unmap_trigger trigger, u32 devices)
{
	struct svm_event event = {
		.type = SVM_EVENT_UNMAP,
		.page = start,
		.npages = last - start + 1,
		.trigger = trigger,
	};
	unsigned long mapped = range->mapped & devices;

	for_each_set_bit(event.device, &mapped, HW_MAX_DEVICES) {
		svm_gpu_unmap(svm, event.device, (u64)start << PAGE_SHIFT,
			      (u64)(last + 1) << PAGE_SHIFT, HW_ABSENT_FAULT);
		svm_event(svm, &event);
	}
	if (start == range->it.start && last == range->it.last)
		range->mapped &= ~devices;
}

/*
 * Only where there are ranges: an area is wider than they are, and between
 * them may be buffer objects, whose mappings are not ours to take away.
 *
 * Devices that cannot fault must not miss what they have been promised: they
 * are suspended until it is mapped again.  Memory that is gone for good is no
 * such thing.
 */
static void unmap_ranges(struct svm *svm, unsigned long start,
			 unsigned long last, enum svm_unmap_trigger trigger,
			 u32 devices)
{
	struct svm_range *range;

	for (range = svm_ranges_first(&svm->ranges, start, last); range;
	     range = svm_ranges_next(range, start, last)) {
		unsigned long first = max(start, range->it.start);
		unsigned long end = min(last, range->it.last);
		bool promised = trigger != SVM_UNMAP_CPU &&
				svm_place_mapped(&range->attrs, svm->xnack) &
				svm_live(svm) & devices;

		if (promised && range->mapped & devices)
			svm_evict(svm, SVM_EVICT_SVM);
		unmap_range(svm, range, first, end, trigger, devices);
		if (promised)
			svm_stale(svm, first, end);
	}
}

/* Pages that a row is widened to: 2 MiB. */
#define ROW_PAGES	512UL

/*
 * Eviction by pfn takes pages from the process one by one, in a row.  From the
 * second on, take the rest of the 2 MiB from the devices at once: asking them
 * for every page costs more than a mapping that might have stayed.
 */
static unsigned long row_last(struct svm *svm, unsigned long page,
			      unsigned long max)
{
	bool row = page == svm->row_next;

	svm->row_next = page + 1;
	return row ? min(round_up(page + 1, ROW_PAGES) - 1, max) : page;
}

static bool row_has(const struct svm *svm, unsigned long page)
{
	return page >= svm->gone.start && page <= svm->gone.last;
}

static void unmap(struct svm *svm, unsigned long start, unsigned long last,
		  unsigned long max, enum svm_unmap_trigger trigger)
{
	svm_exclusive_forget(svm, start, last);
	if (start == last && trigger == SVM_UNMAP_NOTIFY) {
		last = row_last(svm, start, max);
		if (row_has(svm, start))
			return;
		if (last > start) {
			svm->gone.start = start;
			svm->gone.last = last;
		}
	}
	unmap_ranges(svm, start, last, trigger, ~0U);
	svm_userptrs_unmap(svm, start, last);
	/* A row may be longer than what was asked for. */
	svm_exclusive_forget(svm, start, last);
}

void svm_unmap_page(struct svm *svm, u32 devices, unsigned long page)
{
	lockdep_assert_held_write(&svm->notifier_lock);

	unmap_ranges(svm, page, page, SVM_UNMAP_NOTIFY,
		     svm_live(svm) & devices);
	svm_userptrs_unmap(svm, page, page);
}

/* Is anything in [start, last] that has to be unmapped or followed? */
static bool area_busy(struct svm *svm, unsigned long start, unsigned long last)
{
	return svm_ranges_first(&svm->ranges, start, last) ||
	       svm_userptrs_mapped(svm, start, last);
}

/*
 * The mm takes pages away or changes what may be done with them.  Our own
 * migrations come here too: the device sees the page again when it is mapped
 * anew, at its new place.  Only when a page is taken for a device it keeps what
 * it has, and who takes it sees to the others.  Waiting for a device is not for
 * the oom reaper.
 */
static bool area_invalidate(struct mmu_interval_notifier *mni,
			    const struct mmu_notifier_range *range,
			    unsigned long seq)
{
	struct svm_area *area = container_of(mni, struct svm_area, mni);
	struct svm *svm = area->svm;
	unsigned long start = max(range->start >> PAGE_SHIFT, area->it.start);
	unsigned long last = min((range->end - 1) >> PAGE_SHIFT,
				 area->it.last);
	unsigned long max;
	bool done = true;

	if (range->event == MMU_NOTIFY_EXCLUSIVE && range->owner == svm)
		return true;

	if (mmu_notifier_range_blockable(range))
		down_write(&svm->notifier_lock);
	else if (!down_write_trylock(&svm->notifier_lock))
		return false;
	else if (area_busy(svm, start, last))
		done = false;

	if (done) {
		/* Only what is asked for goes back to the CPU, page by page. */
		max = range->event == MMU_NOTIFY_EXCLUSIVE ? last :
							     area->it.last;
		mmu_interval_set_seq(mni, seq);
		unmap(svm, start, last, max, unmap_trigger(range->event));
		svm_dma_clear(svm, start, last);
		if (range->event == MMU_NOTIFY_UNMAP)
			svm_mark_unmapped(svm, start, last);
	}
	up_write(&svm->notifier_lock);
	return done;
}

static const struct mmu_interval_notifier_ops area_ops = {
	.invalidate = area_invalidate,
};

static int area_add(struct svm *svm, unsigned long start, unsigned long last)
{
	struct svm_area *area;
	int err;

	area = kzalloc(sizeof(*area), GFP_KERNEL_ACCOUNT);
	if (!area)
		return -ENOMEM;
	area->svm = svm;
	area->it.start = start;
	area->it.last = last;

	err = mmu_interval_notifier_insert(&area->mni, svm->mm,
					   start << PAGE_SHIFT,
					   (last - start + 1) << PAGE_SHIFT,
					   &area_ops);
	if (err) {
		kfree(area);
		return err;
	}
	interval_tree_insert(&area->it, &svm->areas);
	return 0;
}

static void area_remove(struct svm *svm, struct svm_area *area)
{
	interval_tree_remove(&area->it, &svm->areas);
	mmu_interval_notifier_remove(&area->mni);
	svm_dma_free(svm, area->it.start, area->it.last);
	kfree(area);
}

/* Fill the gap around @page with one area, at most up to page @last. */
static int area_add_at(struct svm *svm, unsigned long page, unsigned long last)
{
	unsigned long lo = ALIGN_DOWN(page, AREA_PAGES);
	unsigned long hi = ALIGN_DOWN(last, AREA_PAGES) + AREA_PAGES - 1;
	struct svm_area *area, *next;

	next = area_first(svm, page, hi);
	if (next)
		hi = next->it.start - 1;
	if (lo < page) {
		for (area = area_first(svm, lo, page - 1); area;
		     area = to_area(interval_tree_iter_next(&area->it, lo,
							    page - 1)))
			lo = area->it.last + 1;
	}
	return area_add(svm, lo, hi);
}

int svm_areas_cover(struct svm *svm, unsigned long start, unsigned long last)
{
	struct svm_area *area;
	unsigned long page = start;
	int err;

	lockdep_assert_held(&svm->lock);

	while (page <= last) {
		area = svm_area_find(svm, page);
		if (!area) {
			err = area_add_at(svm, page, last);
			if (err)
				return err;
			continue;
		}
		page = area->it.last + 1;
	}
	return 0;
}

void svm_areas_trim(struct svm *svm, unsigned long start, unsigned long last)
{
	struct interval_tree_node *it, *next;

	lockdep_assert_held(&svm->lock);

	for (it = interval_tree_iter_first(&svm->areas, start, last); it;
	     it = next) {
		next = interval_tree_iter_next(it, start, last);
		if (!svm_ranges_first(&svm->ranges, it->start, it->last) &&
		    !svm_userptrs_any(svm, it->start, it->last))
			area_remove(svm, to_area(it));
	}
}

struct svm_area *svm_area_find(struct svm *svm, unsigned long page)
{
	return area_first(svm, page, page);
}
