// SPDX-License-Identifier: GPL-2.0
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/mm.h>
#include <linux/pfn.h>

#include "device.h"
#include "doorbell.h"
#include "gfx90a.h"
#include "process.h"

/*
 * Vmas of all processes are in one mapping: page offsets keep them apart, and
 * below those of the render node's buffer objects, which start at 4 GiB.
 */
#define PAGES_PER_VM	(HW_DOORBELL_SIZE / PAGE_SIZE)
#define PAGES_PER_ID	(PAGES_PER_VM * HW_MAX_DEVICES)
#define ID_MAX		(((1UL << (32 - PAGE_SHIFT)) / PAGES_PER_ID) - 1)

/*
 * Doorbells that are not for compute queues: copy engines, and others on
 * hardware.  The upper half of the page has the same range once more.
 */
#define NON_CP_FIRST	0x100
#define NON_CP_LAST	0x18f
#define HALF		(KFD_DOORBELLS / 2)

/* Where the doorbells of each copy engine start. */
static const unsigned int sdma_first[] = { 0x100, 0x10a, 0x114, 0x11e, 0x128 };

static_assert(ARRAY_SIZE(sdma_first) ==
	      GFX90A_SDMA_ENGINES + GFX90A_SDMA_XGMI_ENGINES);

static DEFINE_IDA(ids);

int kfd_doorbells_id(void)
{
	return ida_alloc_max(&ids, ID_MAX, GFP_KERNEL);
}

void kfd_doorbells_id_free(int id)
{
	ida_free(&ids, id);
}

void kfd_doorbells_init(struct kfd_process_device *pdd, int id)
{
	mutex_init(&pdd->doorbells.lock);
	if (pdd->dev)
		pdd->doorbells.pgoff = id * PAGES_PER_ID +
				       pdd->dev->hw->index * PAGES_PER_VM;
}

int kfd_doorbell_take_cp(struct kfd_process_device *pdd)
{
	unsigned long *used = pdd->doorbells.used;
	unsigned int i;

	lockdep_assert_held(&pdd->process->lock);
	for_each_clear_bit(i, used, KFD_DOORBELLS) {
		if (i % HALF >= NON_CP_FIRST && i % HALF <= NON_CP_LAST)
			continue;
		__set_bit(i, used);
		return i;
	}
	return -ENOSPC;
}

int kfd_doorbell_take_sdma(struct kfd_process_device *pdd, unsigned int engine,
			   unsigned int queue)
{
	unsigned int i = sdma_first[engine] + queue / 2 + queue % 2 * HALF;

	lockdep_assert_held(&pdd->process->lock);
	WARN_ON_ONCE(__test_and_set_bit(i, pdd->doorbells.used));
	return i;
}

void kfd_doorbell_give(struct kfd_process_device *pdd, unsigned int index)
{
	lockdep_assert_held(&pdd->process->lock);
	__clear_bit(index, pdd->doorbells.used);
}

/*
 * Idle and fault exclude each other: a doorbell that is mapped is never asleep.
 *
 *	idle				fault
 *	  unmap				  wake
 *	  sleep				  map
 */
static vm_fault_t doorbell_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct kfd_process_device *pdd = vma->vm_private_data;
	struct hw_vm *vm = kfd_process_vm(pdd);
	const struct hw_ops *ops = vm->hw->ops;
	unsigned long pfn = PHYS_PFN(ops->doorbell_addr(vm));
	unsigned long addr;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	mutex_lock(&pdd->doorbells.lock);
	ops->doorbell_wake(vm);
	for (addr = vma->vm_start; addr < vma->vm_end; addr += PAGE_SIZE) {
		ret = vmf_insert_pfn(vma, addr, pfn + vma->vm_pgoff -
				     pdd->doorbells.pgoff +
				     ((addr - vma->vm_start) >> PAGE_SHIFT));
		if (ret != VM_FAULT_NOPAGE)
			break;
	}
	mutex_unlock(&pdd->doorbells.lock);
	return ret;
}

static const struct vm_operations_struct doorbell_vm_ops = {
	.fault = doorbell_fault,
};

int kfd_doorbell_mmap(struct kfd_process *p, u32 gpu_id,
		      struct vm_area_struct *vma)
{
	struct kfd_process_device *pdd = kfd_process_device(p, gpu_id);

	if (!pdd || !kfd_process_vm(pdd) || !(vma->vm_flags & VM_SHARED) ||
	    !(pdd->dev->hw->features & HW_FEATURE_QUEUES) ||
	    vma->vm_end - vma->vm_start != HW_DOORBELL_SIZE)
		return -EINVAL;

	vma->vm_pgoff = pdd->doorbells.pgoff;
	vma->vm_private_data = pdd;
	vma->vm_ops = &doorbell_vm_ops;
	vma->vm_flags |= VM_IO | VM_PFNMAP | VM_DONTCOPY | VM_DONTEXPAND |
			 VM_DONTDUMP;
	return 0;
}

void kfd_doorbell_idle(struct kfd_process_device *pdd)
{
	struct hw_vm *vm = kfd_process_vm(pdd);

	mutex_lock(&pdd->doorbells.lock);
	unmap_mapping_range(kfd_device_mapping(),
			    (loff_t)pdd->doorbells.pgoff << PAGE_SHIFT,
			    HW_DOORBELL_SIZE, 1);
	vm->hw->ops->doorbell_sleep(vm);
	mutex_unlock(&pdd->doorbells.lock);
}
