// SPDX-License-Identifier: GPL-2.0
#include <linux/bitops.h>
#include <linux/mm.h>

#include "exclusive.h"
#include "gpu.h"
#include "range.h"
#include "userptr.h"

int svm_gpu_prepare(struct svm *svm, unsigned int index, u64 start, u64 end)
{
	struct hw_vm *vm = svm->gpus[index].vm;

	return vm->hw->ops->map_prepare(vm, start, end);
}

void svm_gpu_commit(struct svm *svm, unsigned int index,
		    const struct hw_mapping *map, unsigned int n)
{
	struct hw_vm *vm = svm->gpus[index].vm;

	vm->hw->ops->map_commit(vm, map, n);
}

void svm_gpu_unmap(struct svm *svm, unsigned int index, u64 start, u64 end,
		   enum hw_absent absent)
{
	struct hw_vm *vm = svm->gpus[index].vm;

	vm->hw->ops->unmap(vm, start, end, absent);
}

void svm_gpu_unmap_pages(struct svm *svm, unsigned long devices,
			 unsigned long start, unsigned long last)
{
	unsigned int i;

	for_each_set_bit(i, &devices, HW_MAX_DEVICES)
		svm_gpu_unmap(svm, i, (u64)start << PAGE_SHIFT,
			      ((u64)last + 1) << PAGE_SHIFT, HW_ABSENT_FAULT);
}

void svm_gpu_mapped(struct svm *svm, u32 devices, unsigned long start,
		    unsigned long last)
{
	struct svm_range *range;

	lockdep_assert_held(&svm->lock);
	lockdep_assert_held(&svm->notifier_lock);

	svm->gone.start = 1;
	svm->gone.last = 0;
	for (range = svm_ranges_first(&svm->ranges, start, last); range;
	     range = svm_ranges_next(range, start, last))
		range->mapped |= devices;
}

void svm_gpu_suspend(struct svm *svm)
{
	unsigned long live = svm_live(svm);
	unsigned int i;

	for_each_set_bit(i, &live, HW_MAX_DEVICES) {
		struct hw_vm *vm = svm->gpus[i].vm;

		if (vm->hw->ops->vm_suspend)
			vm->hw->ops->vm_suspend(vm);
	}
}

void svm_gpu_resume(struct svm *svm)
{
	unsigned long live = svm_live(svm);
	unsigned int i;

	for_each_set_bit(i, &live, HW_MAX_DEVICES) {
		struct hw_vm *vm = svm->gpus[i].vm;

		if (vm->hw->ops->vm_resume)
			vm->hw->ops->vm_resume(vm);
	}
}

u32 svm_gpu_access(struct svm *svm, unsigned int index, u64 va)
{
	struct hw_vm *vm = svm->gpus[index].vm;
	struct hw_mapping map;

	lockdep_assert_held(&svm->notifier_lock);
	return vm->hw->ops->resolve(vm, va, &map) ? 0 : map.access;
}

int svm_attach(struct svm *svm, unsigned int index, struct hw_vm *vm,
	       struct devmem *dm, struct devmem_account *account)
{
	const struct hw_ops *ops = vm->hw->ops;
	bool exclusive;
	int err = -EBUSY;

	if (index >= HW_MAX_DEVICES)
		return -EINVAL;

	mutex_lock(&svm->lock);
	if (!(svm->devices & BIT(index))) {
		if (ops->set_retry)
			ops->set_retry(vm, svm->xnack);
		exclusive = svm_exclusive_needed(vm->hw);
		if (exclusive)
			ops->set_atomic_fault(vm, true);
		down_write(&svm->notifier_lock);
		xa_init(&svm->gpus[index].dma);
		svm->gpus[index].vm = vm;
		svm->gpus[index].exclusive = exclusive;
		svm->gpus[index].dm = dm;
		svm->gpus[index].account = account;
		svm->devices |= BIT(index);
		if ((svm->suspended || svm->stopped) && ops->vm_suspend)
			ops->vm_suspend(vm);
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

void svm_lost(struct svm *svm, unsigned int index)
{
	struct svm_range *range;

	if (index >= HW_MAX_DEVICES)
		return;
	mutex_lock(&svm->lock);
	down_write(&svm->notifier_lock);
	svm->lost |= svm->devices & BIT(index);
	for (range = svm_ranges_first(&svm->ranges, 0, ULONG_MAX); range;
	     range = svm_ranges_next(range, 0, ULONG_MAX))
		range->mapped &= svm_live(svm);
	svm_userptrs_lost(svm);
	up_write(&svm->notifier_lock);
	mutex_unlock(&svm->lock);
}
