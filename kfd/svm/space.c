// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "../devmem/devmem.h"
#include "notifier.h"
#include "space.h"

static atomic64_t migrate_calls;
static atomic64_t migrate_to_vram;
static atomic64_t migrate_to_ram;
static atomic64_t migrate_vram_to_vram;
static atomic64_t fault_pages;
static atomic64_t range_split;
static atomic64_t range_dropped;
static atomic64_t skips[SVM_SKIP_COUNT];

static const char * const skip_names[SVM_SKIP_COUNT] = {
	[SVM_SKIP_HOLE] = "hole",
	[SVM_SKIP_FILE] = "file",
	[SVM_SKIP_PINNED] = "pinned",
	[SVM_SKIP_LOCKED] = "locked",
	[SVM_SKIP_LARGE] = "large",
	[SVM_SKIP_DEVICE] = "device",
	[SVM_SKIP_NOVRAM] = "novram",
	[SVM_SKIP_COPY] = "copy",
	[SVM_SKIP_NOMEM] = "nomem",
	[SVM_SKIP_CHANGED] = "changed",
	[SVM_SKIP_OTHER] = "other",
};

const char *svm_skip_name(enum svm_skip reason)
{
	return skip_names[reason];
}

void svm_count_skip(enum svm_skip reason, unsigned long n)
{
	atomic64_add(n, &skips[reason]);
}

void svm_count_migrate(struct svm *svm, unsigned long to_vram,
		       unsigned long to_ram, unsigned long vram_to_vram)
{
	atomic64_inc(&migrate_calls);
	atomic64_add(to_vram, &migrate_to_vram);
	atomic64_add(to_ram, &migrate_to_ram);
	atomic64_add(vram_to_vram, &migrate_vram_to_vram);
	atomic_long_add(to_vram, &svm->to_vram);
	atomic_long_add(to_ram, &svm->to_ram);
}

void svm_count_fault(unsigned long n)
{
	atomic64_add(n, &fault_pages);
}

void svm_get_counters(struct svm_counters *counters)
{
	unsigned int i;

	counters->migrate_calls = atomic64_read(&migrate_calls);
	counters->migrate_to_vram = atomic64_read(&migrate_to_vram);
	counters->migrate_to_ram = atomic64_read(&migrate_to_ram);
	counters->migrate_vram_to_vram = atomic64_read(&migrate_vram_to_vram);
	counters->fault_pages = atomic64_read(&fault_pages);
	counters->range_split = atomic64_read(&range_split);
	counters->range_dropped = atomic64_read(&range_dropped);
	for (i = 0; i < SVM_SKIP_COUNT; i++)
		counters->skip[i] = atomic64_read(&skips[i]);
}

void svm_fold_counts(struct svm *svm)
{
	atomic64_add(svm->ranges.nr_split, &range_split);
	atomic64_add(svm->ranges.nr_dropped, &range_dropped);
	svm->ranges.nr_split = 0;
	svm->ranges.nr_dropped = 0;
}

static void svm_reap_work(struct work_struct *work)
{
	struct svm *svm = container_of(work, struct svm, reap_work);

	mutex_lock(&svm->lock);
	svm_reap(svm);
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
	up_write(&svm->notifier_lock);
	svm_fold_counts(svm);
	svm_areas_trim(svm, 0, ULONG_MAX);
	mutex_unlock(&svm->lock);

	svm_range_free_list(&freed);
	/* No area, no new work. */
	cancel_work_sync(&svm->reap_work);
	mmdrop(svm->mm);
	kfree(svm);
}

int svm_attach(struct svm *svm, unsigned int index, struct hw_vm *vm,
	       struct devmem *dm, struct devmem_account *account)
{
	int err = -EBUSY;

	if (index >= HW_MAX_DEVICES)
		return -EINVAL;

	mutex_lock(&svm->lock);
	if (!(svm->devices & BIT(index))) {
		down_write(&svm->notifier_lock);
		svm->gpus[index].vm = vm;
		svm->gpus[index].dm = dm;
		svm->gpus[index].account = account;
		svm->devices |= BIT(index);
		up_write(&svm->notifier_lock);
		err = 0;
	}
	mutex_unlock(&svm->lock);
	return err;
}

bool svm_xnack(struct svm *svm)
{
	return READ_ONCE(svm->xnack);
}

void svm_set_xnack(struct svm *svm, bool on)
{
	mutex_lock(&svm->lock);
	WRITE_ONCE(svm->xnack, on);
	mutex_unlock(&svm->lock);
}

bool svm_overlaps(struct svm *svm, u64 start, u64 end)
{
	bool overlaps;

	if (start >= end)
		return false;
	mutex_lock(&svm->lock);
	svm_reap(svm);
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
		schedule_work(&svm->reap_work);
}

/* Cut the holes of the ranges on the list; one spare for each of them. */
static void svm_reap_list(struct svm *svm, struct list_head *spares)
{
	struct svm_hole holes[SVM_RANGE_HOLES];
	struct svm_range *range;
	unsigned int i, n;

	lockdep_assert_held_write(&svm->notifier_lock);

	while ((range = list_first_entry_or_null(&svm->reap, struct svm_range,
						 link))) {
		list_del_init(&range->link);
		n = range->nr_holes;
		range->nr_holes = 0;
		memcpy(holes, range->holes, n * sizeof(*holes));
		for (i = 0; i < n; i++)
			svm_ranges_cut(&svm->ranges, holes[i].start,
				       holes[i].last, spares);
	}
}

static unsigned long svm_reap_need(struct svm *svm)
{
	struct svm_range *range;
	unsigned long need = 0;

	list_for_each_entry(range, &svm->reap, link)
		need += range->nr_holes;
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
		if (svm_range_spares(&spares, need - have)) {
			/* Without spares the cut drops more than it must. */
			down_write(&svm->notifier_lock);
			break;
		}
		have = need;
		down_write(&svm->notifier_lock);
	}
	svm_reap_list(svm, &spares);
	up_write(&svm->notifier_lock);

	svm_fold_counts(svm);
	svm_range_free_list(&spares);
}

static svm_event_fn event_hook;

int svm_init(svm_event_fn event)
{
	event_hook = event;
	return svm_range_cache_init();
}

void svm_exit(void)
{
	svm_range_cache_exit();
}
