// SPDX-License-Identifier: GPL-2.0
/*
 * Faults of devices.  A fault brings its granule: the pages around it that
 * belong to the same range and vma.  They are moved where the attributes want
 * them and mapped to the device that asks.
 */
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "count.h"
#include "exclusive.h"
#include "fault.h"
#include "gpu.h"
#include "migrate.h"
#include "notifier.h"
#include "place.h"
#include "populate.h"
#include "restore.h"
#include "thrash.h"

/* A range that a fault makes is at most so large, and aligned: 2 MiB. */
#define FRESH_PAGES	512UL

static unsigned int thrash_moves = 8;
module_param(thrash_moves, uint, 0644);
MODULE_PARM_DESC(thrash_moves, "A granule that device faults have moved so often within thrash_ms stays where it is (default 8, 0: never)");

static unsigned int thrash_ms = 1000;
module_param(thrash_ms, uint, 0644);
MODULE_PARM_DESC(thrash_ms, "Time in which moves count as thrashing, in ms (default 1000)");

static unsigned int thrash_hold_ms = 1000;
module_param(thrash_hold_ms, uint, 0644);
MODULE_PARM_DESC(thrash_hold_ms, "How long a thrashing granule stays where it is, in ms (default 1000)");

/**
 * struct service - one fault at a range
 * @svm: the process
 * @index: the device
 * @page: where
 * @access: HW_READ, ...: what it wants
 * @lo: first page that can belong to a range
 * @hi: last page that can
 * @attrs: of the range
 * @first: first page of the granule
 * @last: last page of the granule
 */
struct service {
	struct svm *svm;
	unsigned int index;
	unsigned long page;
	u32 access;
	unsigned long lo;
	unsigned long hi;
	struct svm_attrs attrs;
	unsigned long first;
	unsigned long last;
};

static bool wants_write(u32 access)
{
	return access & (HW_WRITE | HW_ATOMIC);
}

int svm_vma_check(const struct vm_area_struct *vma, u32 access)
{
	if (!vma || vma->vm_flags & (VM_IO | VM_PFNMAP))
		return -EFAULT;
	if (!(vma->vm_flags & VM_READ))
		return -EPERM;
	if (wants_write(access) && !(vma->vm_flags & VM_WRITE))
		return -EPERM;
	return 0;
}

int svm_fault_verdict(const struct svm_populate *pop, u32 access)
{
	if (!pop->got)
		return -EFAULT;
	return access & ~pop->got ? -EPERM : 0;
}

bool svm_fault_stale(struct svm *svm, unsigned int index,
		     const struct hw_fault *fault, u64 *start, u64 *end)
{
	u32 access;

	down_read(&svm->notifier_lock);
	access = svm_gpu_access(svm, index, fault->va);
	up_read(&svm->notifier_lock);
	if (!access || fault->access & ~access)
		return false;
	*start = ALIGN_DOWN(fault->va, PAGE_SIZE);
	*end = *start + PAGE_SIZE;
	return true;
}

int svm_fault_begin(struct svm *svm, unsigned int index)
{
	if (!mmget_not_zero(svm->mm))
		return -ESRCH;

	mutex_lock(&svm->lock);
	if (index >= HW_MAX_DEVICES || !(svm_live(svm) & BIT(index))) {
		mutex_unlock(&svm->lock);
		mmput_async(svm->mm);
		return -ENODEV;
	}
	svm_hold(svm);
	return 0;
}

int svm_fault_end(struct svm *svm, const struct hw_fault *fault, int err,
		  u64 *start, u64 *end)
{
	svm_release(svm);
	mutex_unlock(&svm->lock);
	/* The last reference tears the address space down: not from here. */
	mmput_async(svm->mm);

	/* A race that was lost for too long: the device asks again. */
	if (err == -EBUSY) {
		*start = ALIGN_DOWN(fault->va, PAGE_SIZE);
		*end = *start + PAGE_SIZE;
		err = 0;
	}
	if (!err)
		svm_count_fault();
	return err;
}

/* What the CPU uses most: it shall not wander off because a device looks. */
static bool is_heap_or_stack(const struct vm_area_struct *vma)
{
	const struct mm_struct *mm = vma->vm_mm;

	return (vma->vm_start <= mm->brk && vma->vm_end >= mm->start_brk) ||
	       (vma->vm_start <= mm->start_stack &&
		vma->vm_end >= mm->start_stack);
}

/* The part of the 2 MiB around the page that has no range and no object. */
static void fresh_bounds(struct service *s, const struct vm_area_struct *vma,
			 unsigned long *first, unsigned long *last)
{
	struct svm_range *range, *next;

	*first = max3(round_down(s->page, FRESH_PAGES), s->lo,
		      vma->vm_start >> PAGE_SHIFT);
	*last = min3(round_up(s->page + 1, FRESH_PAGES) - 1, s->hi,
		     (vma->vm_end >> PAGE_SHIFT) - 1);

	range = svm_ranges_first(&s->svm->ranges, *first, *last);
	for (; range; range = next) {
		next = svm_ranges_next(range, *first, *last);
		if (range->it.last < s->page) {
			*first = range->it.last + 1;
		} else {
			*last = range->it.start - 1;
			return;
		}
	}
}

/* Memory that nobody has set attributes for gets a range with the defaults. */
static int fresh_range(struct service *s, const struct vm_area_struct *vma)
{
	struct svm *svm = s->svm;
	unsigned long first, last;
	struct svm_attrs attrs;
	LIST_HEAD(spares);
	int err;

	fresh_bounds(s, vma, &first, &last);
	svm_attrs_default(&attrs, svm->xnack, svm->devices);
	if (is_heap_or_stack(vma))
		attrs.preferred = SVM_LOC_SYSTEM;
	err = svm_range_spares(&spares,
			       svm_ranges_need(&svm->ranges, first, last),
			       GFP_KERNEL);
	if (err)
		return err;

	down_write(&svm->notifier_lock);
	svm_ranges_isolate(&svm->ranges, first, last, &attrs, &spares);
	svm_ranges_merge(&svm->ranges, first, last, &spares);
	up_write(&svm->notifier_lock);
	svm_range_free_list(&spares);
	return 0;
}

/* Under mmap_lock: no munmap() between the check of the vma and the range. */
static int find_range_locked(struct service *s)
{
	struct svm *svm = s->svm;
	struct vm_area_struct *vma;
	struct svm_range *range;
	int err;

	vma = vma_lookup(svm->mm, s->page << PAGE_SHIFT);
	err = svm_vma_check(vma, s->access);
	if (err)
		return err;
	/* Pages that no attribute call would accept, too. */
	if (vma->vm_flags & VM_MIXEDMAP)
		return -EFAULT;

	svm_reap(svm);
	range = svm_ranges_first(&svm->ranges, s->page, s->page);
	if (!range) {
		err = fresh_range(s, vma);
		if (err)
			return err;
		range = svm_ranges_first(&svm->ranges, s->page, s->page);
	}

	s->attrs = range->attrs;
	s->first = max(range->it.start, vma->vm_start >> PAGE_SHIFT);
	s->last = min(range->it.last, (vma->vm_end >> PAGE_SHIFT) - 1);
	svm_place_granule(&s->attrs, s->page, &s->first, &s->last);
	return 0;
}

static int find_range(struct service *s)
{
	unsigned long first = round_down(s->page, FRESH_PAGES);
	unsigned long last = round_up(s->page + 1, FRESH_PAGES) - 1;
	struct svm *svm = s->svm;
	int err;

	/* For a fresh range; what has one is covered. */
	err = svm_areas_cover(svm, first, last);
	if (!err) {
		mmap_read_lock(svm->mm);
		err = find_range_locked(s);
		mmap_read_unlock(svm->mm);
	}
	if (err)
		svm_areas_trim(svm, first, last);
	return err;
}

static u64 now_ms(void)
{
	return ktime_get_ns() / NSEC_PER_MSEC;
}

/* Has the granule moved so often that it shall stay? */
static bool granule_held(struct service *s)
{
	struct svm *svm = s->svm;

	if (!READ_ONCE(thrash_moves) || !svm->thrash ||
	    !svm_thrash_held(svm->thrash, s->first, now_ms()))
		return false;
	svm_count_thrash();
	return true;
}

static struct svm_thrash *thrash_get(struct svm *svm)
{
	if (!svm->thrash)
		svm->thrash = kvzalloc(sizeof(*svm->thrash), GFP_KERNEL);
	return svm->thrash;
}

static void granule_moved(struct service *s)
{
	const struct svm_thrash_limits limits = {
		.moves = READ_ONCE(thrash_moves),
		.ms = READ_ONCE(thrash_ms),
		.hold_ms = READ_ONCE(thrash_hold_ms),
	};
	struct svm_thrash *thrash = thrash_get(s->svm);

	if (thrash)
		svm_thrash_moved(thrash, s->first, now_ms(), &limits);
}

/* Bring the granule to its place.  Return: have pages moved? */
static bool move_granule(struct service *s, u32 to)
{
	unsigned long moved = 0;

	if (to == SVM_LOC_UNDEFINED || granule_held(s))
		return false;
	if (to != SVM_LOC_SYSTEM && !(svm_live(s->svm) & BIT(to)))
		return false;
	/* What stays behind, for whatever reason, is mapped where it is. */
	svm_migrate(s->svm, &s->attrs, s->first, s->last, to,
		    SVM_TRIGGER_DEVICE_FAULT, &moved);
	if (moved)
		granule_moved(s);
	return moved;
}

static int map_granule(struct service *s)
{
	struct svm_populate pop = {
		.start = s->first,
		.last = s->last,
		.devices = BIT(s->index),
		.rights = svm_place_rights(&s->attrs),
		.mode = wants_write(s->access) ? SVM_POPULATE_WRITE :
						 SVM_POPULATE_READ,
		.page = s->page,
	};
	int err;

	err = svm_populate(s->svm, &pop);
	return err ?: svm_fault_verdict(&pop, s->access);
}

/* What was moved to VRAM for its atomics is not called back at once. */
static void granule_hold(struct service *s)
{
	struct svm_thrash *thrash = thrash_get(s->svm);

	if (thrash)
		svm_thrash_hold(thrash, s->first,
				now_ms() + READ_ONCE(thrash_hold_ms));
}

static bool wants_exclusive(const struct service *s)
{
	return (s->access & HW_ATOMIC) && s->svm->gpus[s->index].exclusive;
}

static int map_exclusive(struct service *s)
{
	struct svm_exclusive x = {
		.index = s->index,
		.page = s->page,
		.first = s->first,
		.last = s->last,
		.rights = svm_place_rights(&s->attrs),
		.attrs = &s->attrs,
	};
	int err;

	err = svm_exclusive_serve(s->svm, &x);
	if (x.moved)
		granule_hold(s);
	if (err == -ENXIO) {
		err = map_granule(s);
		/* Evicted since: the device asks again. */
		return err == -EPERM ? -EBUSY : err;
	}
	s->first = x.first;
	s->last = x.last;
	return err;
}

static int serve(struct service *s)
{
	struct svm_event event = {
		.type = SVM_EVENT_FAULT_START,
		.page = s->page,
		.device = s->index,
		.write = wants_write(s->access),
	};
	u32 to;
	int err;

	/* Every device of a node is in one hive. */
	err = svm_place_fault(&s->attrs, s->index, s->svm->devices, &to);
	if (err)
		return err;
	if (s->access & ~svm_place_rights(&s->attrs))
		return -EPERM;

	svm_event(s->svm, &event);
	event.migrated = move_granule(s, to);
	err = wants_exclusive(s) ? map_exclusive(s) : map_granule(s);
	event.type = SVM_EVENT_FAULT_END;
	svm_event(s->svm, &event);
	return err;
}

static int serve_range(struct service *s)
{
	int err;

	err = find_range(s);
	return err ?: serve(s);
}

static int range_fault(struct svm *svm, unsigned int index,
		       const struct hw_fault *fault, u64 *start, u64 *end)
{
	struct service s = {
		.svm = svm,
		.index = index,
		.page = fault->va >> PAGE_SHIFT,
		.access = fault->access,
		.lo = *start >> PAGE_SHIFT,
		.hi = (*end - 1) >> PAGE_SHIFT,
	};
	int err;

	if (fault->va < *start || fault->va >= *end ||
	    fault->va >= TASK_SIZE_MAX)
		return -EFAULT;
	if (svm_fault_stale(svm, index, fault, start, end))
		return 0;
	err = serve_range(&s);
	/* Let the device see for itself that it may read but not write. */
	if (err == -EPERM && wants_write(s.access) && !fault->present) {
		s.access = HW_READ;
		err = serve_range(&s);
	}
	if (!err) {
		*start = (u64)s.first << PAGE_SHIFT;
		*end = (u64)(s.last + 1) << PAGE_SHIFT;
	}
	return err;
}

int svm_fault(struct svm *svm, unsigned int index, const struct hw_fault *fault,
	      u64 *start, u64 *end)
{
	int err;

	err = svm_fault_begin(svm, index);
	if (err)
		return err;
	err = range_fault(svm, index, fault, start, end);
	return svm_fault_end(svm, fault, err, start, end);
}
