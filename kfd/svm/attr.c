// SPDX-License-Identifier: GPL-2.0
/*
 * Attribute calls.  Setting is one transaction: everything that can fail for a
 * reason of the caller's happens before the first change.
 */
#include <linux/errno.h>
#include <linux/mm.h>

#include "../trace.h"
#include "gpu.h"
#include "migrate.h"
#include "notifier.h"
#include "place.h"
#include "populate.h"
#include "restore.h"

static bool device_known(const struct svm *svm, u32 index)
{
	return index < HW_MAX_DEVICES && (svm->devices & BIT(index));
}

static bool location_known(const struct svm *svm, u32 location)
{
	return location == SVM_LOC_SYSTEM || device_known(svm, location);
}

/* Is @index a device that is lost?  Locations that are none are not. */
static bool device_lost(const struct svm *svm, u32 index)
{
	return index < HW_MAX_DEVICES && (svm->lost & BIT(index));
}

static int attr_check(const struct svm *svm, const struct svm_attr *attr)
{
	bool lost = false, ok = false;

	switch (attr->type) {
	case SVM_ATTR_PREFERRED_LOC:
		ok = attr->value == SVM_LOC_UNDEFINED ||
		     location_known(svm, attr->value);
		lost = device_lost(svm, attr->value);
		break;
	case SVM_ATTR_PREFETCH_LOC:
		ok = location_known(svm, attr->value);
		lost = device_lost(svm, attr->value);
		break;
	case SVM_ATTR_ACCESS:
	case SVM_ATTR_ACCESS_IN_PLACE:
	case SVM_ATTR_NO_ACCESS:
		ok = device_known(svm, attr->value);
		lost = device_lost(svm, attr->value);
		break;
	case SVM_ATTR_SET_FLAGS:
	case SVM_ATTR_CLR_FLAGS:
	case SVM_ATTR_GRANULARITY:
		ok = true;
		break;
	}
	if (!ok)
		return -EINVAL;
	return lost ? -ENODEV : 0;
}

/* Every byte of [start, end) is mapped, by something that has pages. */
static int vmas_check(struct mm_struct *mm, u64 start, u64 end)
{
	struct vm_area_struct *vma;

	while (start < end) {
		vma = find_vma_intersection(mm, start, end);
		if (!vma || vma->vm_start > start ||
		    vma->vm_flags & (VM_IO | VM_PFNMAP | VM_MIXEDMAP))
			return -EFAULT;
		start = vma->vm_end;
	}
	return 0;
}

/*
 * The attributes of a range change from @old.  Devices that lose access lose
 * their mappings.  With retry faults the others do too if it matters to them,
 * so that the next fault finds a new place and new rights; without, populate
 * replaces what is mapped.
 */
static void range_changed(struct svm *svm, struct svm_range *range,
			  const struct svm_attrs *old)
{
	unsigned long gone = range->mapped & ~(range->attrs.access |
					       range->attrs.in_place);

	if (svm->xnack && (!svm_attrs_rights(&range->attrs, old) ||
			   range->attrs.preferred != old->preferred))
		gone = range->mapped;
	svm_gpu_unmap_pages(svm, gone, range->it.start, range->it.last);
	range->mapped &= ~gone;
}

/* Make ranges cover the interval and change them; cannot fail half way. */
static int attrs_apply(struct svm *svm, unsigned long start, unsigned long last,
		       const struct svm_attr *attrs, unsigned int n)
{
	struct svm_attrs defaults;
	struct svm_range *range;
	unsigned long splits;
	LIST_HEAD(spares);
	unsigned int i;
	int err;

	err = svm_range_spares(&spares,
			       svm_ranges_need(&svm->ranges, start, last),
			       GFP_KERNEL);
	if (err)
		return err;
	svm_attrs_default(&defaults, svm->xnack, svm->devices);

	down_write(&svm->notifier_lock);
	splits = svm->ranges.nr_split;
	svm_ranges_isolate(&svm->ranges, start, last, &defaults, &spares);
	splits = svm->ranges.nr_split - splits;
	for (range = svm_ranges_first(&svm->ranges, start, last); range;
	     range = svm_ranges_next(range, start, last)) {
		const struct svm_attrs old = range->attrs;

		for (i = 0; i < n; i++)
			svm_attrs_apply(&range->attrs, &attrs[i]);
		range_changed(svm, range, &old);
	}
	svm_ranges_merge(&svm->ranges, start, last, &spares);
	up_write(&svm->notifier_lock);

	svm_fold_counts(svm);
	if (splits)
		trace_kfd_range_split(svm->id, (u64)start << PAGE_SHIFT,
				      ((u64)last + 1) << PAGE_SHIFT, splits);
	svm_range_free_list(&spares);
	return 0;
}

/*
 * Check against the vmas and apply, with no munmap() in between: a range over
 * memory that is gone would never be told so.
 */
static int attrs_commit(struct svm *svm, u64 start, u64 end,
			const struct svm_attr *attrs, unsigned int n)
{
	unsigned long first = start >> PAGE_SHIFT;
	unsigned long last = (end - 1) >> PAGE_SHIFT;
	int err;

	err = mmap_read_lock_killable(svm->mm);
	if (err)
		return err;
	err = vmas_check(svm->mm, start, end);
	if (!err) {
		svm_reap(svm);
		err = attrs_apply(svm, first, last, attrs, n);
	}
	mmap_read_unlock(svm->mm);
	return err;
}

static bool attrs_prefetch(const struct svm_attr *attrs, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (attrs[i].type == SVM_ATTR_PREFETCH_LOC)
			return true;
	}
	return false;
}

/* Move the pages, and spare the device the faults at what has come to it. */
static int range_prefetch(struct svm *svm, const struct svm_range *range,
			  unsigned long first, unsigned long last)
{
	u32 to = svm_place_prefetch(&range->attrs, svm->xnack, svm->devices);
	struct svm_populate pop = {
		.start = first,
		.last = last,
		.rights = svm_place_rights(&range->attrs),
		.mode = SVM_POPULATE_PRESENT,
		.page = SVM_POPULATE_NO_PAGE,
	};
	int err;

	err = svm_migrate(svm, &range->attrs, first, last, to,
			  SVM_TRIGGER_PREFETCH, NULL);
	if (err || to == SVM_LOC_SYSTEM ||
	    svm_place_mapped(&range->attrs, svm->xnack) & BIT(to))
		return err;

	pop.devices = (range->attrs.access | range->attrs.in_place) & BIT(to);
	err = svm_populate(svm, &pop);
	return err == -EBUSY ? 0 : err;
}

/* Map what is mapped without a fault; a restore need not do it once more. */
static int range_map(struct svm *svm, const struct svm_range *range,
		     unsigned long first, unsigned long last)
{
	int err;

	svm_fresh(svm, first, last);
	err = svm_populate_range(svm, range, first, last);
	if (!err)
		return 0;
	down_write(&svm->notifier_lock);
	svm_stale(svm, first, last);
	/* Races that were lost too often: the queues wait for the mapping. */
	if (err == -EBUSY) {
		svm_evict(svm, SVM_EVICT_SVM);
		err = 0;
	}
	up_write(&svm->notifier_lock);
	return err;
}

/*
 * Migrate and map what the new attributes ask for, range by range.  The tree
 * may lose parts to munmap() at any time, but only svm_reap() changes it.
 */
static int attrs_act(struct svm *svm, unsigned long start, unsigned long last,
		     bool prefetch)
{
	struct svm_range *range;
	int err = 0;

	for (range = svm_ranges_first(&svm->ranges, start, last);
	     range && !err; range = svm_ranges_next(range, start, last)) {
		unsigned long first = max(start, range->it.start);
		unsigned long end = min(last, range->it.last);

		if (prefetch)
			err = range_prefetch(svm, range, first, end);
		if (!err)
			err = range_map(svm, range, first, end);
	}
	return err;
}

/* Take svm->lock for a call on a well-formed interval. */
static int interval_lock(struct svm *svm, u64 start, u64 end)
{
	if (start >= end || !PAGE_ALIGNED(start | end))
		return -EINVAL;
	if (end > TASK_SIZE_MAX)
		return -EFAULT;
	return mutex_lock_killable(&svm->lock);
}

int svm_attr_set(struct svm *svm, u64 start, u64 end,
		 const struct svm_attr *attrs, unsigned int n)
{
	unsigned long first = start >> PAGE_SHIFT;
	unsigned long last = (end - 1) >> PAGE_SHIFT;
	unsigned int i;
	int err;

	err = interval_lock(svm, start, end);
	if (err)
		return err;

	for (i = 0; i < n && !err; i++)
		err = attr_check(svm, &attrs[i]);
	if (err)
		goto unlock;

	err = svm_areas_cover(svm, first, last);
	if (!err)
		err = attrs_commit(svm, start, end, attrs, n);
	if (err) {
		svm_areas_trim(svm, first, last);
		goto unlock;
	}
	svm_hold(svm);
	err = attrs_act(svm, first, last, attrs_prefetch(attrs, n));
	svm_release(svm);
unlock:
	mutex_unlock(&svm->lock);
	return err;
}

/**
 * struct attr_sum - attributes aggregated over an interval
 * @attrs: what all have in common; granularity is the smallest
 * @any_flags: flags that at least one part has
 * @valid: at least one part was added
 */
struct attr_sum {
	struct svm_attrs attrs;
	u32 any_flags;
	bool valid;
};

static void sum_add(struct attr_sum *sum, const struct svm_attrs *attrs)
{
	struct svm_attrs *all = &sum->attrs;

	if (!sum->valid) {
		*all = *attrs;
		sum->any_flags = attrs->flags;
		sum->valid = true;
		return;
	}
	if (all->preferred != attrs->preferred)
		all->preferred = SVM_LOC_UNDEFINED;
	if (all->prefetch != attrs->prefetch)
		all->prefetch = SVM_LOC_UNDEFINED;
	all->access &= attrs->access;
	all->in_place &= attrs->in_place;
	all->flags &= attrs->flags;
	sum->any_flags |= attrs->flags;
	all->granularity = min(all->granularity, attrs->granularity);
}

static void sum_interval(struct svm *svm, unsigned long start,
			 unsigned long last, struct attr_sum *sum)
{
	struct svm_attrs defaults;
	struct svm_range *range;
	unsigned long next = start;
	bool covered = false;

	svm_attrs_default(&defaults, svm->xnack, svm->devices);
	for (range = svm_ranges_first(&svm->ranges, start, last); range;
	     range = svm_ranges_next(range, start, last)) {
		if (range->it.start > next)
			sum_add(sum, &defaults);
		sum_add(sum, &range->attrs);
		covered = range->it.last >= last;
		next = range->it.last + 1;
	}
	if (!covered)
		sum_add(sum, &defaults);
}

static void attr_answer(const struct attr_sum *sum, struct svm_attr *attr)
{
	const struct svm_attrs *all = &sum->attrs;

	switch (attr->type) {
	case SVM_ATTR_PREFERRED_LOC:
		attr->value = all->preferred;
		break;
	case SVM_ATTR_PREFETCH_LOC:
		attr->value = all->prefetch;
		break;
	case SVM_ATTR_ACCESS:
		if (all->access & BIT(attr->value))
			attr->type = SVM_ATTR_ACCESS;
		else if (all->in_place & BIT(attr->value))
			attr->type = SVM_ATTR_ACCESS_IN_PLACE;
		else
			attr->type = SVM_ATTR_NO_ACCESS;
		break;
	case SVM_ATTR_SET_FLAGS:
		attr->value = all->flags;
		break;
	case SVM_ATTR_CLR_FLAGS:
		attr->value = ~sum->any_flags;
		break;
	case SVM_ATTR_GRANULARITY:
		attr->value = all->granularity;
		break;
	default:
		break;
	}
}

static int query_check(const struct svm *svm, const struct svm_attr *attr)
{
	switch (attr->type) {
	case SVM_ATTR_ACCESS:
		return device_known(svm, attr->value) ? 0 : -EINVAL;
	case SVM_ATTR_PREFERRED_LOC:
	case SVM_ATTR_PREFETCH_LOC:
	case SVM_ATTR_SET_FLAGS:
	case SVM_ATTR_CLR_FLAGS:
	case SVM_ATTR_GRANULARITY:
		return 0;
	default:
		return -EINVAL;
	}
}

int svm_attr_get(struct svm *svm, u64 start, u64 end, struct svm_attr *attrs,
		 unsigned int n)
{
	struct attr_sum sum = { .valid = false };
	unsigned int i;
	int err;

	err = interval_lock(svm, start, end);
	if (err)
		return err;

	for (i = 0; i < n && !err; i++)
		err = query_check(svm, &attrs[i]);
	if (err)
		goto unlock;

	err = mmap_read_lock_killable(svm->mm);
	if (err)
		goto unlock;
	err = vmas_check(svm->mm, start, end);
	if (!err) {
		svm_reap(svm);
		sum_interval(svm, start >> PAGE_SHIFT, (end - 1) >> PAGE_SHIFT,
			     &sum);
	}
	mmap_read_unlock(svm->mm);
unlock:
	mutex_unlock(&svm->lock);
	if (!err) {
		for (i = 0; i < n; i++)
			attr_answer(&sum, &attrs[i]);
	}
	return err;
}
