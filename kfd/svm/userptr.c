// SPDX-License-Identifier: GPL-2.0
/*
 * User pointers: memory of the process that devices see at another address,
 * while it stays ordinary memory.  Nothing is pinned: what the mm takes away is
 * unmapped from the devices, and they wait when they come there again.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "exclusive.h"
#include "fault.h"
#include "gpu.h"
#include "notifier.h"
#include "populate.h"
#include "restore.h"
#include "userptr.h"

/* A fault makes so many pages present: 64 KiB. */
#define FAULT_PAGES	16UL
/* And maps what is there already in 2 MiB around. */
#define NEAR_PAGES	512UL

/**
 * struct svm_userptr - one of them
 * @it: pages of the process; in svm->userptrs
 * @svm: whose
 * @va: GPU virtual address
 * @rights: HW_READ | ...: what devices get at most
 * @mapped: bit per device; changed under both locks
 */
struct svm_userptr {
	struct interval_tree_node it;
	struct svm *svm;
	u64 va;
	u32 rights;
	unsigned long mapped;
};

static struct svm_userptr *to_userptr(struct interval_tree_node *it)
{
	return it ? container_of(it, struct svm_userptr, it) : NULL;
}

static struct svm_userptr *userptr_first(struct svm *svm, unsigned long start,
					 unsigned long last)
{
	return to_userptr(interval_tree_iter_first(&svm->userptrs, start,
						   last));
}

static struct svm_userptr *userptr_next(struct svm_userptr *up,
					unsigned long start, unsigned long last)
{
	return to_userptr(interval_tree_iter_next(&up->it, start, last));
}

static u64 userptr_offset(const struct svm_userptr *up)
{
	return up->va - ((u64)up->it.start << PAGE_SHIFT);
}

static u64 userptr_end(const struct svm_userptr *up)
{
	return up->va + ((u64)(up->it.last - up->it.start + 1) << PAGE_SHIFT);
}

bool svm_userptrs_any(struct svm *svm, unsigned long start,
		      unsigned long last)
{
	return userptr_first(svm, start, last);
}

bool svm_userptrs_mapped(struct svm *svm, unsigned long start,
			 unsigned long last)
{
	struct svm_userptr *up;

	for (up = userptr_first(svm, start, last); up;
	     up = userptr_next(up, start, last)) {
		if (up->mapped)
			return true;
	}
	return false;
}

void svm_userptrs_unmap(struct svm *svm, unsigned long start,
			unsigned long last)
{
	struct svm_userptr *up;
	unsigned int i;

	lockdep_assert_held_write(&svm->notifier_lock);

	for (up = userptr_first(svm, start, last); up;
	     up = userptr_next(up, start, last)) {
		u64 first = max(start, up->it.start);
		u64 end = min(last, up->it.last) + 1;

		for_each_set_bit(i, &up->mapped, HW_MAX_DEVICES)
			svm_gpu_unmap(svm, i,
				      (first << PAGE_SHIFT) + userptr_offset(up),
				      (end << PAGE_SHIFT) + userptr_offset(up),
				      HW_ABSENT_WAIT);
	}
}

void svm_userptrs_lost(struct svm *svm)
{
	struct svm_userptr *up;

	lockdep_assert_held_write(&svm->notifier_lock);

	for (up = userptr_first(svm, 0, ULONG_MAX); up;
	     up = userptr_next(up, 0, ULONG_MAX))
		up->mapped &= svm_live(svm);
}

static int userptr_insert(struct svm *svm, struct svm_userptr *up)
{
	int err;

	mutex_lock(&svm->lock);
	err = svm_areas_cover(svm, up->it.start, up->it.last);
	if (!err) {
		down_write(&svm->notifier_lock);
		interval_tree_insert(&up->it, &svm->userptrs);
		up_write(&svm->notifier_lock);
	} else {
		svm_areas_trim(svm, up->it.start, up->it.last);
	}
	mutex_unlock(&svm->lock);
	return err;
}

struct svm_userptr *svm_userptr_create(struct svm *svm, u64 va, u64 cpu_addr,
				       u64 size, bool writable, bool exec)
{
	struct svm_userptr *up;
	int err;

	if (!size || !PAGE_ALIGNED(va | cpu_addr | size) || va + size < va)
		return ERR_PTR(-EINVAL);
	if (cpu_addr >= TASK_SIZE_MAX || size > TASK_SIZE_MAX - cpu_addr)
		return ERR_PTR(-EFAULT);

	up = kzalloc(sizeof(*up), GFP_KERNEL_ACCOUNT);
	if (!up)
		return ERR_PTR(-ENOMEM);
	up->svm = svm;
	up->va = va;
	up->it.start = cpu_addr >> PAGE_SHIFT;
	up->it.last = (cpu_addr + size - 1) >> PAGE_SHIFT;
	up->rights = HW_READ;
	if (writable)
		up->rights |= HW_WRITE | HW_ATOMIC;
	if (exec)
		up->rights |= HW_EXEC;

	err = userptr_insert(svm, up);
	if (err) {
		kfree(up);
		return ERR_PTR(err);
	}
	return up;
}

/* Map what is present in [start, last]. */
static int userptr_map_present(struct svm_userptr *up, unsigned int index,
			       unsigned long start, unsigned long last)
{
	struct svm_populate pop = {
		.start = start,
		.last = last,
		.offset = userptr_offset(up),
		.devices = BIT(index),
		.rights = up->rights,
		.mode = SVM_POPULATE_PRESENT,
		.whole = !up->svm->xnack,
		.shared = !up->svm->xnack,
		.page = SVM_POPULATE_NO_PAGE,
	};

	return svm_populate(up->svm, &pop);
}

static void userptr_unmap(struct svm_userptr *up, unsigned int index)
{
	struct svm *svm = up->svm;

	down_write(&svm->notifier_lock);
	if (up->mapped & BIT(index))
		svm_gpu_unmap(svm, index, up->va, userptr_end(up),
			      HW_ABSENT_FAULT);
	up->mapped &= ~BIT(index);
	up_write(&svm->notifier_lock);
}

static int userptr_map(struct svm_userptr *up, unsigned int index)
{
	struct svm *svm = up->svm;
	int err;

	if (index >= HW_MAX_DEVICES || !(svm_live(svm) & BIT(index)))
		return -ENODEV;
	if (up->mapped & BIT(index))
		return 0;

	err = svm_gpu_prepare(svm, index, up->va, userptr_end(up));
	if (err)
		return err;
	/* From here on the device waits, and invalidations are followed. */
	down_write(&svm->notifier_lock);
	up->mapped |= BIT(index);
	svm_gpu_unmap(svm, index, up->va, userptr_end(up), HW_ABSENT_WAIT);
	up_write(&svm->notifier_lock);

	err = userptr_map_present(up, index, up->it.start, up->it.last);
	/* What a restless mm did not let us see is what the device asks for. */
	if (err == -EBUSY)
		err = 0;
	if (err)
		userptr_unmap(up, index);
	return err;
}

int svm_userptr_map(struct svm_userptr *up, unsigned int index)
{
	struct svm *svm = up->svm;
	int err;

	mutex_lock(&svm->lock);
	err = userptr_map(up, index);
	mutex_unlock(&svm->lock);
	return err;
}

void svm_userptr_unmap(struct svm_userptr *up, unsigned int index)
{
	struct svm *svm = up->svm;

	mutex_lock(&svm->lock);
	userptr_unmap(up, index);
	mutex_unlock(&svm->lock);
}

void svm_userptr_destroy(struct svm_userptr *up)
{
	struct svm *svm;
	unsigned int i;

	if (!up)
		return;
	svm = up->svm;
	mutex_lock(&svm->lock);
	for_each_set_bit(i, &up->mapped, HW_MAX_DEVICES)
		userptr_unmap(up, i);
	down_write(&svm->notifier_lock);
	interval_tree_remove(&up->it, &svm->userptrs);
	up_write(&svm->notifier_lock);
	svm_areas_trim(svm, up->it.start, up->it.last);
	mutex_unlock(&svm->lock);
	kfree(up);
}

/*
 * The pages around @page that lie in the object, in its vma, and in one block
 * of @n.  Return: 0 or the reason why the access is wrong.
 */
static int userptr_block(struct svm_userptr *up, unsigned long page,
			 u32 access, unsigned long n, unsigned long *first,
			 unsigned long *last)
{
	struct svm *svm = up->svm;
	struct vm_area_struct *vma;
	int err;

	mmap_read_lock(svm->mm);
	vma = vma_lookup(svm->mm, page << PAGE_SHIFT);
	err = svm_vma_check(vma, access);
	if (!err) {
		*first = max3(round_down(page, n), up->it.start,
			      vma->vm_start >> PAGE_SHIFT);
		*last = min3(round_up(page + 1, n) - 1, up->it.last,
			     (vma->vm_end >> PAGE_SHIFT) - 1);
	}
	mmap_read_unlock(svm->mm);
	return err;
}

/*
 * A device that does not retry gets all that it may have at once: it waits at
 * pages that are not there, not at those that lack a right.
 */
static int userptr_serve(struct svm_userptr *up, unsigned int index,
			 unsigned long page, u32 access, u64 *start, u64 *end)
{
	bool write = !up->svm->xnack || access & (HW_WRITE | HW_ATOMIC);
	struct svm_populate pop = {
		.offset = userptr_offset(up),
		.devices = BIT(index),
		.rights = up->rights,
		.mode = write ? SVM_POPULATE_WRITE : SVM_POPULATE_READ,
		.whole = !up->svm->xnack,
		.shared = !up->svm->xnack,
		.page = page,
	};
	unsigned long first, last;
	int err;

	if (access & ~up->rights)
		return -EPERM;
	err = userptr_block(up, page, access, FAULT_PAGES, &pop.start,
			    &pop.last);
	if (err)
		return err;
	err = svm_populate(up->svm, &pop);
	if (!err)
		err = svm_fault_verdict(&pop, access);
	if (err)
		return err;
	*start = ((u64)pop.start << PAGE_SHIFT) + pop.offset;
	*end = ((u64)(pop.last + 1) << PAGE_SHIFT) + pop.offset;

	/* The neighbours are a gift. */
	if (userptr_block(up, page, access, NEAR_PAGES, &first, &last) ||
	    userptr_map_present(up, index, first, last))
		return 0;
	*start = ((u64)first << PAGE_SHIFT) + pop.offset;
	*end = ((u64)(last + 1) << PAGE_SHIFT) + pop.offset;
	return 0;
}

static bool wants_exclusive(const struct svm_userptr *up, unsigned int index,
			    u32 access)
{
	const struct svm *svm = up->svm;

	return (access & HW_ATOMIC) && svm->xnack && svm->gpus[index].exclusive;
}

static int userptr_exclusive(struct svm_userptr *up, unsigned int index,
			     unsigned long page, u32 access, u64 *start,
			     u64 *end)
{
	struct svm_attrs attrs;
	struct svm_exclusive x = {
		.index = index,
		.page = page,
		.offset = userptr_offset(up),
		.rights = up->rights,
		.attrs = &attrs,
	};
	int err;

	if (access & ~up->rights)
		return -EPERM;
	err = userptr_block(up, page, access, FAULT_PAGES, &x.first, &x.last);
	if (err)
		return err;
	svm_attrs_default(&attrs, true, up->svm->devices);
	err = svm_exclusive_serve(up->svm, &x);
	if (err == -ENXIO) {
		err = userptr_serve(up, index, page, access, start, end);
		/* Evicted since: the device asks again. */
		return err == -EPERM ? -EBUSY : err;
	}
	*start = ((u64)x.first << PAGE_SHIFT) + x.offset;
	*end = ((u64)(x.last + 1) << PAGE_SHIFT) + x.offset;
	return err;
}

static int userptr_fault(struct svm_userptr *up, unsigned int index,
			 const struct hw_fault *fault, u64 *start, u64 *end)
{
	unsigned long page;
	int err;

	if (!(up->mapped & BIT(index)) || fault->va < up->va ||
	    fault->va >= userptr_end(up))
		return -EFAULT;
	if (svm_fault_stale(up->svm, index, fault, start, end))
		return 0;
	page = (fault->va - userptr_offset(up)) >> PAGE_SHIFT;
	if (wants_exclusive(up, index, fault->access))
		err = userptr_exclusive(up, index, page, fault->access, start,
					end);
	else
		err = userptr_serve(up, index, page, fault->access, start, end);
	/* Let the device see for itself that it may read but not write. */
	if (err == -EPERM && fault->access & (HW_WRITE | HW_ATOMIC) &&
	    !fault->present)
		err = userptr_serve(up, index, page, HW_READ, start, end);
	return err;
}

int svm_userptr_fault(struct svm_userptr *up, unsigned int index,
		      const struct hw_fault *fault, u64 *start, u64 *end)
{
	int err;

	err = svm_fault_begin(up->svm, index);
	if (err)
		return err;
	err = userptr_fault(up, index, fault, start, end);
	return svm_fault_end(up->svm, fault, err, start, end);
}
