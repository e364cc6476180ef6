// SPDX-License-Identifier: GPL-2.0
/* ALLOC, FREE, MAP and UNMAP: the ioctls that make and use buffer objects. */
#include <linux/err.h>
#include <linux/kfd_ioctl.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "bo.h"
#include "device.h"
#include "gfx90a.h"
#include "hw/hw.h"
#include "mem.h"
#include "memory.h"
#include "process.h"
#include "svm/svm.h"

#define MEMORY_KINDS	(KFD_IOC_ALLOC_MEM_FLAGS_VRAM | \
			 KFD_IOC_ALLOC_MEM_FLAGS_GTT | \
			 KFD_IOC_ALLOC_MEM_FLAGS_USERPTR | \
			 KFD_IOC_ALLOC_MEM_FLAGS_DOORBELL | \
			 KFD_IOC_ALLOC_MEM_FLAGS_MMIO_REMAP)

#define MEMORY_OPTIONS	((u32)KFD_IOC_ALLOC_MEM_FLAGS_WRITABLE | \
			 KFD_IOC_ALLOC_MEM_FLAGS_EXECUTABLE | \
			 KFD_IOC_ALLOC_MEM_FLAGS_PUBLIC | \
			 KFD_IOC_ALLOC_MEM_FLAGS_NO_SUBSTITUTE | \
			 KFD_IOC_ALLOC_MEM_FLAGS_AQL_QUEUE_MEM | \
			 KFD_IOC_ALLOC_MEM_FLAGS_COHERENT | \
			 KFD_IOC_ALLOC_MEM_FLAGS_UNCACHED)

/* More ids than this in one MAP or UNMAP are an error, not a request. */
#define MAX_DEVICE_IDS	1024

/* Each fills in kind and memory of @bo, and where to map it. */

static int alloc_mem(struct bo *bo, struct kfd_ioctl_alloc_memory_of_gpu_args *a)
{
	struct kfd_mem *mem;
	int ret;

	mem = kfd_mem_create(bo->pdd->dev, bo->pdd->account, a->size,
			     a->va_addr, a->flags);
	if (IS_ERR(mem))
		return PTR_ERR(mem);
	ret = bo_set_mem(bo, mem);
	if (ret) {
		kfd_mem_put(mem);
		return ret;
	}
	a->mmap_offset = kfd_mem_offset(mem);
	return 0;
}

static int alloc_userptr(struct bo *bo,
			 struct kfd_ioctl_alloc_memory_of_gpu_args *a)
{
	bo->userptr = svm_userptr_create(bo->process->svm, bo->start,
					 a->mmap_offset, a->size,
					 bo->access & HW_WRITE,
					 bo->access & HW_EXEC);
	if (IS_ERR(bo->userptr))
		return PTR_ERR(bo->userptr);
	bo->kind = &bo_kind_userptr;
	return 0;
}

static int alloc_doorbell(struct bo *bo,
			  struct kfd_ioctl_alloc_memory_of_gpu_args *a)
{
	if (!(bo->pdd->dev->hw->features & HW_FEATURE_QUEUES))
		return -EOPNOTSUPP;
	bo->kind = &bo_kind_doorbell;
	a->mmap_offset = KFD_MMAP_OFFSET(KFD_MMAP_TYPE_DOORBELL,
					 bo->pdd->dev->gpu_id);
	return 0;
}

/* Make the page of the GPU at first use; it is never taken away again. */
static int mmio_page_make(struct kfd_process_device *pdd)
{
	struct page *page;

	/* Pairs with the cmpxchg below. */
	if (smp_load_acquire(&pdd->mmio_page))
		return 0;
	page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	if (cmpxchg(&pdd->mmio_page, NULL, page))
		__free_page(page);
	return 0;
}

static int alloc_mmio(struct bo *bo,
		      struct kfd_ioctl_alloc_memory_of_gpu_args *a)
{
	int ret = mmio_page_make(bo->pdd);

	if (ret)
		return ret;
	bo->kind = &bo_kind_mmio;
	a->mmap_offset = KFD_MMAP_OFFSET(KFD_MMAP_TYPE_MMIO,
					 bo->pdd->dev->gpu_id);
	return 0;
}

static int alloc_kind(struct bo *bo,
		      struct kfd_ioctl_alloc_memory_of_gpu_args *a)
{
	switch (a->flags & MEMORY_KINDS) {
	case KFD_IOC_ALLOC_MEM_FLAGS_USERPTR:
		return alloc_userptr(bo, a);
	case KFD_IOC_ALLOC_MEM_FLAGS_DOORBELL:
		return alloc_doorbell(bo, a);
	case KFD_IOC_ALLOC_MEM_FLAGS_MMIO_REMAP:
		return alloc_mmio(bo, a);
	default:
		return alloc_mem(bo, a);
	}
}

static bool alloc_args_valid(const struct kfd_ioctl_alloc_memory_of_gpu_args *a)
{
	u32 kind = a->flags & MEMORY_KINDS;

	/* exactly one kind, no option that we do not know */
	if (hweight32(kind) != 1 || a->flags & ~(MEMORY_KINDS | MEMORY_OPTIONS))
		return false;
	if (!a->size || !PAGE_ALIGNED(a->size) || !PAGE_ALIGNED(a->va_addr))
		return false;
	if (!kfd_memory_va_valid(a->va_addr, a->size))
		return false;
	if (kind == KFD_IOC_ALLOC_MEM_FLAGS_DOORBELL)
		return a->size == HW_DOORBELL_SIZE;
	if (kind == KFD_IOC_ALLOC_MEM_FLAGS_MMIO_REMAP)
		return a->size == PAGE_SIZE;
	return true;
}

bool kfd_memory_va_valid(u64 va, u64 size)
{
	/* no sum that could wrap */
	return va >= GFX90A_GPUVM_BASE && va <= GFX90A_GPUVM_LIMIT &&
	       size <= GFX90A_GPUVM_LIMIT + 1 - va;
}

int kfd_memory_alloc(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_alloc_memory_of_gpu_args *args = data;
	struct kfd_process_device *pdd;
	struct bo *bo;
	int ret;

	if (!alloc_args_valid(args))
		return -EINVAL;
	pdd = kfd_process_device(p, args->gpu_id);
	if (!pdd || !kfd_process_vm(pdd))
		return -EINVAL;
	/* Before the work; bo_insert() says it for good. */
	if (svm_overlaps(p->svm, args->va_addr, args->va_addr + args->size))
		return -EADDRINUSE;

	bo = bo_create(p, pdd, args->va_addr, args->size, args->flags);
	if (!bo)
		return -ENOMEM;
	ret = alloc_kind(bo, args);
	if (ret) {
		kfree(bo);
		return ret;
	}
	return bo_insert(bo, &args->handle);
}

int kfd_memory_free(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_free_memory_of_gpu_args *args = data;
	struct kfd_memory *m = &p->memory;
	struct bo *bo;
	int ret = 0;

	down_write(&m->lock);
	bo = bo_lookup(m, args->handle);
	if (!bo)
		ret = -EINVAL;
	else if (bo->busy)
		ret = -EPERM;
	else
		bo_free(bo, args->handle);
	up_write(&m->lock);
	return ret;
}

static int map_one(struct bo *bo, struct kfd_process_device *pdd)
{
	return bo->kind->map(bo, pdd);
}

static int unmap_one(struct bo *bo, struct kfd_process_device *pdd)
{
	bo->kind->unmap(bo, pdd);
	return 0;
}

typedef int (*bo_op)(struct bo *bo, struct kfd_process_device *pdd);

static int apply_to_gpu(struct kfd_process *p, struct bo *bo, u32 gpu_id,
			bo_op op)
{
	struct kfd_process_device *pdd = kfd_process_device(p, gpu_id);

	if (!pdd || !kfd_process_vm(pdd))
		return -EINVAL;
	return op(bo, pdd);
}

/*
 * MAP and UNMAP have one form: an array of gpu ids and a count of those that
 * are done, which the caller gets back also when one of them fails.
 */
static int apply_to_gpus(struct kfd_process *p,
			 struct kfd_ioctl_map_memory_to_gpu_args *args,
			 bo_op op)
{
	struct kfd_memory *m = &p->memory;
	struct bo *bo;
	u32 *ids;
	int ret = 0;

	if (!args->n_devices || args->n_devices > MAX_DEVICE_IDS ||
	    args->n_success > args->n_devices)
		return -EINVAL;
	ids = memdup_user(u64_to_user_ptr(args->device_ids_array_ptr),
			  args->n_devices * sizeof(*ids));
	if (IS_ERR(ids))
		return PTR_ERR(ids);

	down_write(&m->lock);
	bo = bo_lookup(m, args->handle);
	if (!bo)
		ret = -EINVAL;
	while (!ret && args->n_success < args->n_devices) {
		ret = apply_to_gpu(p, bo, ids[args->n_success], op);
		if (!ret)
			args->n_success++;
	}
	up_write(&m->lock);

	kfree(ids);
	return ret;
}

int kfd_memory_map(struct kfd_process *p, void *data, size_t size)
{
	return apply_to_gpus(p, data, map_one);
}

/* The two structs differ in name only. */
static_assert(sizeof(struct kfd_ioctl_map_memory_to_gpu_args) ==
	      sizeof(struct kfd_ioctl_unmap_memory_from_gpu_args));
static_assert(offsetof(struct kfd_ioctl_map_memory_to_gpu_args, n_success) ==
	      offsetof(struct kfd_ioctl_unmap_memory_from_gpu_args, n_success));

int kfd_memory_unmap(struct kfd_process *p, void *data, size_t size)
{
	return apply_to_gpus(p, data, unmap_one);
}

int kfd_memory_mmap_mmio(struct kfd_process *p, u32 gpu_id,
			 struct vm_area_struct *vma)
{
	struct kfd_process_device *pdd = kfd_process_device(p, gpu_id);
	struct page *page;

	if (!pdd || !(vma->vm_flags & VM_SHARED) ||
	    vma->vm_end - vma->vm_start != PAGE_SIZE)
		return -EINVAL;
	/* Pairs with the cmpxchg in mmio_page_make(). */
	page = smp_load_acquire(&pdd->mmio_page);
	if (!page)
		return -EINVAL;

	/* A child of fork is another process: it has to open its own. */
	vma->vm_flags |= VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP;
	return vm_insert_page(vma, vma->vm_start, page);
}

struct kfd_mem *kfd_memory_event_page(struct kfd_process *p, u64 handle,
				      u64 size, u64 **addr)
{
	struct kfd_memory *m = &p->memory;
	struct kfd_mem *mem = NULL;
	struct bo *bo;

	down_write(&m->lock);
	bo = bo_lookup(m, handle);
	if (bo && bo->kind == &bo_kind_mem &&
	    bo->alloc_flags & KFD_IOC_ALLOC_MEM_FLAGS_GTT &&
	    bo->end - bo->start >= size) {
		mem = bo->map.mem;
		*addr = kfd_mem_vmap(mem);
		if (!*addr)
			mem = ERR_PTR(-ENOMEM);
		else
			bo->busy = true;
	}
	up_write(&m->lock);
	return mem ?: ERR_PTR(-EINVAL);
}
