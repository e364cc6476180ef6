// SPDX-License-Identifier: GPL-2.0
#include <linux/hmm.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "../devmem/devmem.h"
#include "../trace.h"
#include "notifier.h"
#include "place.h"
#include "populate.h"
#include "space.h"

/* Pages that are faulted and mapped in one go: 2 MiB. */
#define WINDOW	512

/**
 * struct populate - one call
 * @svm: the process
 * @attrs: of the range
 * @devices: bit per device to map to
 * @pfns: what hmm_range_fault() found in the window
 * @maps: mappings built from it
 */
struct populate {
	struct svm *svm;
	const struct svm_attrs *attrs;
	u32 devices;
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

static unsigned int populate_build(struct populate *p, struct hw_device *hw,
				   u64 va, unsigned long n)
{
	struct hw_mapping *map = p->maps - 1;
	unsigned long i;

	for (i = 0; i < n; i++, va += PAGE_SIZE) {
		struct hw_run run;
		u32 access;

		if (!(p->pfns[i] & HMM_PFN_VALID))
			continue;
		devmem_run(hw, hmm_pfn_to_page(p->pfns[i]), &run);
		access = svm_place_access(p->attrs,
					  p->pfns[i] & HMM_PFN_WRITE);
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

static int populate_prepare(struct populate *p, u64 start, u64 end)
{
	unsigned int i;
	int err;

	for (i = 0; i < HW_MAX_DEVICES; i++) {
		struct hw_vm *vm = p->svm->gpus[i].vm;

		if (!(p->devices & BIT(i)))
			continue;
		err = vm->hw->ops->map_prepare(vm, start, end);
		if (err)
			return err;
	}
	return 0;
}

static void populate_commit(struct populate *p, u64 start, unsigned long n)
{
	unsigned int i;

	for (i = 0; i < HW_MAX_DEVICES; i++) {
		struct hw_vm *vm = p->svm->gpus[i].vm;

		if (!(p->devices & BIT(i)))
			continue;
		vm->hw->ops->map_commit(vm, p->maps,
					populate_build(p, vm->hw, start, n));
	}
}

/* The interval [start, end) lies in one area and one window. */
static int populate_window(struct populate *p, struct svm_area *area, u64 start,
			   u64 end, bool write)
{
	struct svm *svm = p->svm;
	struct hmm_range range = {
		.notifier = &area->mni,
		.start = start,
		.end = end,
		.hmm_pfns = p->pfns,
		.default_flags = HMM_PFN_REQ_FAULT |
				 (write ? HMM_PFN_REQ_WRITE : 0),
	};
	int err;

	err = populate_prepare(p, start, end);
	if (err)
		return err;

	for (;;) {
		if (fatal_signal_pending(current))
			return -EINTR;

		range.notifier_seq = mmu_interval_read_begin(&area->mni);
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
	populate_commit(p, start, (end - start) >> PAGE_SHIFT);
	up_read(&svm->notifier_lock);

	svm_count_fault((end - start) >> PAGE_SHIFT);
	return 0;
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

static int populate_span(struct populate *p, u64 start, u64 end)
{
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

		write &= !(p->attrs->flags & SVM_FLAG_GPU_RO);
		err = populate_window(p, area, start, step, write);
		trace_kfd_fault(svm->id, start, (step - start) >> PAGE_SHIFT,
				p->devices, err);
		/* Not readable, or gone: the device cannot have it either. */
		if (err && err != -EFAULT && err != -EPERM)
			return err;
		start = step;
		cond_resched();
	}
	return 0;
}

int svm_populate(struct svm *svm, const struct svm_attrs *attrs,
		 unsigned long start, unsigned long last)
{
	u32 devices = svm_place_mapped(attrs, svm->xnack) & svm->devices;
	struct populate *p;
	int err;

	lockdep_assert_held(&svm->lock);

	if (!devices)
		return 0;
	p = kvmalloc(sizeof(*p), GFP_KERNEL);
	if (!p)
		return -ENOMEM;
	p->svm = svm;
	p->attrs = attrs;
	p->devices = devices;
	err = populate_span(p, (u64)start << PAGE_SHIFT,
			    ((u64)last + 1) << PAGE_SHIFT);
	kvfree(p);
	return err;
}
