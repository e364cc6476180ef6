// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "count.h"
#include "dma.h"
#include "gpu.h"
#include "notifier.h"
#include "restore.h"
#include "space.h"

struct workqueue_struct *svm_wq;

void svm_fold_counts(struct svm *svm)
{
	svm_count_ranges(svm->ranges.nr_split, svm->ranges.nr_dropped);
	svm->ranges.nr_split = 0;
	svm->ranges.nr_dropped = 0;
}

static void svm_reap_work(struct work_struct *work)
{
	struct svm *svm = container_of(work, struct svm, reap_work);

	mutex_lock(&svm->lock);
	svm_reap_unlocked(svm);
	svm_areas_trim(svm, 0, ULONG_MAX);
	mutex_unlock(&svm->lock);
}

struct svm *svm_create(struct mm_struct *mm, pid_t id)
{
	struct svm *svm;

	svm = kzalloc(sizeof(*svm), GFP_KERNEL_ACCOUNT);
	if (!svm)
		return ERR_PTR(-ENOMEM);

	mmgrab(mm);
	svm->mm = mm;
	svm->id = id;
	mutex_init(&svm->lock);
	init_rwsem(&svm->notifier_lock);
	svm->ranges.root = RB_ROOT_CACHED;
	svm->areas = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&svm->reap);
	INIT_WORK(&svm->reap_work, svm_reap_work);
	svm->userptrs = RB_ROOT_CACHED;
	xa_init(&svm->exclusive);
	svm->gone.start = 1;
	svm_restore_init(svm);

	/* Teach lockdep what invalidation from reclaim does to this lock. */
	if (IS_ENABLED(CONFIG_LOCKDEP)) {
		fs_reclaim_acquire(GFP_KERNEL);
		might_lock(&svm->notifier_lock);
		fs_reclaim_release(GFP_KERNEL);
	}
	return svm;
}

void svm_destroy(struct svm *svm)
{
	LIST_HEAD(freed);

	if (!svm)
		return;

	mutex_lock(&svm->lock);
	down_write(&svm->notifier_lock);
	svm_ranges_cut(&svm->ranges, 0, ULONG_MAX, &freed);
	svm->ranges.nr_dropped = 0;
	/* A restore that runs yet finds nothing to do, and starts no other. */
	svm->stopped = true;
	svm->stale.n = 0;
	up_write(&svm->notifier_lock);
	svm_fold_counts(svm);
	svm_areas_trim(svm, 0, ULONG_MAX);
	svm_dma_free(svm, 0, ULONG_MAX);
	mutex_unlock(&svm->lock);

	svm_range_free_list(&freed);
	/* No area, no new work. */
	cancel_work_sync(&svm->reap_work);
	svm_restore_fini(svm);
	kvfree(svm->migration);
	kvfree(svm->populating);
	kvfree(svm->thrash);
	kvfree(svm->bounces);
	xa_destroy(&svm->exclusive);
	mmdrop(svm->mm);
	kfree(svm);
}

bool svm_overlaps(struct svm *svm, u64 start, u64 end)
{
	bool overlaps;

	if (start >= end)
		return false;
	mutex_lock(&svm->lock);
	svm_reap_unlocked(svm);
	overlaps = svm_ranges_first(&svm->ranges, start >> PAGE_SHIFT,
				    (end - 1) >> PAGE_SHIFT);
	mutex_unlock(&svm->lock);
	return overlaps;
}

void svm_get_stats(struct svm *svm, struct svm_stats *stats)
{
	stats->ranges = READ_ONCE(svm->ranges.count);
	stats->to_vram = atomic_long_read(&svm->to_vram);
	stats->to_ram = atomic_long_read(&svm->to_ram);
}

void svm_mark_unmapped(struct svm *svm, unsigned long start, unsigned long last)
{
	struct svm_range *range;
	bool marked = false;

	lockdep_assert_held_write(&svm->notifier_lock);

	for (range = svm_ranges_first(&svm->ranges, start, last); range;
	     range = svm_ranges_next(range, start, last)) {
		svm_range_add_hole(range, start, last);
		if (list_empty(&range->link))
			list_add_tail(&range->link, &svm->reap);
		marked = true;
	}
	if (marked)
		queue_work(svm_wq, &svm->reap_work);
}

/*
 * The next part of @hole, from page @from on, that no vma has; false when there
 * is none.
 */
static bool hole_gap(struct svm *svm, const struct svm_interval *hole,
		     unsigned long from, struct svm_interval *gap)
{
	struct vm_area_struct *vma;

	lockdep_assert_held(&svm->mm->mmap_lock);

	gap->start = from;
	for (;;) {
		if (gap->start > hole->last)
			return false;
		vma = find_vma(svm->mm, gap->start << PAGE_SHIFT);
		if (!vma || vma->vm_start >> PAGE_SHIFT > gap->start)
			break;
		gap->start = vma->vm_end >> PAGE_SHIFT;
	}
	gap->last = hole->last;
	if (vma)
		gap->last = min(gap->last, (vma->vm_start >> PAGE_SHIFT) - 1);
	return true;
}

static unsigned long hole_gaps(struct svm *svm, const struct svm_interval *hole)
{
	unsigned long n = 0, from = hole->start;
	struct svm_interval gap;

	while (hole_gap(svm, hole, from, &gap)) {
		n++;
		from = gap.last + 1;
	}
	return n;
}

/*
 * Where a range ends nobody follows what the mm does.  Memory that was mapped
 * there again, and to devices before the hole was cut, has no attributes now.
 */
static void cut(struct svm *svm, unsigned long devices, unsigned long start,
		unsigned long last, struct list_head *spares)
{
	svm_gpu_unmap_pages(svm, devices, start, last);
	svm_ranges_cut(&svm->ranges, start, last, spares);
}

/*
 * More was unmapped than the range could remember: what has a vma keeps its
 * attributes.
 */
static void cut_gaps(struct svm *svm, unsigned long devices,
		     const struct svm_interval *hole, struct list_head *spares)
{
	unsigned long from = hole->start;
	struct svm_interval gap;

	while (hole_gap(svm, hole, from, &gap)) {
		cut(svm, devices, gap.start, gap.last, spares);
		from = gap.last + 1;
	}
}

/* Cut the holes of the ranges on the list; one spare for each of them. */
static void svm_reap_list(struct svm *svm, struct list_head *spares)
{
	struct svm_interval holes[SVM_RANGE_HOLES];
	struct svm_range *range;
	unsigned int i, n, vague;
	unsigned long devices;

	lockdep_assert_held_write(&svm->notifier_lock);

	while ((range = list_first_entry_or_null(&svm->reap, struct svm_range,
						 link))) {
		list_del_init(&range->link);
		n = range->nr_holes;
		vague = range->vague;
		devices = range->mapped & svm_live(svm);
		range->nr_holes = 0;
		range->vague = 0;
		memcpy(holes, range->holes, n * sizeof(*holes));
		for (i = 0; i < n; i++) {
			if (vague & BIT(i))
				cut_gaps(svm, devices, &holes[i], spares);
			else
				cut(svm, devices, holes[i].start,
				    holes[i].last, spares);
		}
	}
}

static unsigned long svm_reap_need(struct svm *svm)
{
	struct svm_range *range;
	unsigned long need = 0;
	unsigned int i;

	list_for_each_entry(range, &svm->reap, link) {
		for (i = 0; i < range->nr_holes; i++)
			need += range->vague & BIT(i) ?
				hole_gaps(svm, &range->holes[i]) : 1;
	}
	return need;
}

void svm_reap(struct svm *svm)
{
	unsigned long need, have = 0;
	LIST_HEAD(spares);

	lockdep_assert_held(&svm->lock);

	down_write(&svm->notifier_lock);
	while ((need = svm_reap_need(svm)) > have) {
		up_write(&svm->notifier_lock);
		/* Nobody can be told, and a range would lose its upper part. */
		svm_range_spares(&spares, need - have,
				 GFP_KERNEL | __GFP_NOFAIL);
		have = need;
		down_write(&svm->notifier_lock);
	}
	svm_reap_list(svm, &spares);
	up_write(&svm->notifier_lock);

	svm_fold_counts(svm);
	svm_range_free_list(&spares);
}

void svm_reap_unlocked(struct svm *svm)
{
	/* Nothing to look at is the rule. */
	if (list_empty_careful(&svm->reap))
		return;
	mmap_read_lock(svm->mm);
	svm_reap(svm);
	mmap_read_unlock(svm->mm);
}

int svm_init(svm_event_fn event)
{
	int err;

	svm_event_hook(event);
	err = svm_range_cache_init();
	if (err)
		return err;
	svm_wq = alloc_workqueue("kfd-svm", WQ_UNBOUND, 0);
	if (!svm_wq) {
		svm_range_cache_exit();
		return -ENOMEM;
	}
	return 0;
}

void svm_exit(void)
{
	destroy_workqueue(svm_wq);
	svm_range_cache_exit();
}
