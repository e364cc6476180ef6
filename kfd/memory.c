// SPDX-License-Identifier: GPL-2.0
/* ALLOC_MEMORY_OF_GPU and what follows from it. */
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/kfd_ioctl.h>
#include <linux/mm.h>
#include <linux/rbtree.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "device.h"
#include "gfx90a.h"
#include "hw/hw.h"
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

/* The doorbells of a process on one GPU: 1024 of 8 bytes. */
#define DOORBELL_SIZE	8192

/* More ids than this in one MAP or UNMAP are an error, not a request. */
#define MAX_DEVICE_IDS	1024

/* struct bo - a buffer object; kfd_memory.lock for all that is not constant */
struct bo {
	struct rb_node node;		/* in kfd_memory.by_va */
	u64 start;			/* constant: GPU address */
	u64 end;			/* constant: one past the last byte */
	struct page *page;		/* constant; belongs to the pdd */
	u32 flags;			/* constant */
	u32 gpu_id;			/* constant: half of the handle */
	u32 mapped;			/* bit mask of device indices */
};

static_assert(sizeof(u32) * BITS_PER_BYTE >= HW_MAX_DEVICES);

void kfd_memory_init(struct kfd_memory *m)
{
	init_rwsem(&m->lock);
	idr_init(&m->bos);
	m->by_va = RB_ROOT;
}

struct va_range {
	u64 start;
	u64 end;
};

/* Objects do not overlap: what is neither below nor above is a hit. */
static int bo_compare(const void *key, const struct rb_node *node)
{
	const struct va_range *range = key;
	const struct bo *bo = rb_entry(node, struct bo, node);

	if (range->end <= bo->start)
		return -1;
	return range->start >= bo->end;
}

static int bo_compare_node(struct rb_node *node, const struct rb_node *other)
{
	const struct bo *bo = rb_entry(node, struct bo, node);
	const struct va_range range = { bo->start, bo->end };

	return bo_compare(&range, other);
}

bool kfd_memory_overlaps(struct kfd_memory *m, u64 start, u64 end)
{
	const struct va_range range = { start, end };

	lockdep_assert_held(&m->lock);
	return rb_find(&range, &m->by_va, bo_compare);
}

static int bo_map(struct bo *bo, struct kfd_process_device *pdd)
{
	struct hw_device *hw = pdd->dev->hw;
	struct hw_vm *vm = kfd_process_vm(pdd);
	struct hw_mapping map = {
		.va = bo->start,
		.run = {
			.addr = hw_page_addr(hw, bo->page),
			.npages = 1,
			.place = HW_SYSTEM,
		},
		.access = HW_READ,
	};
	int ret;

	if (!vm)
		return -EINVAL;
	if (bo->mapped & BIT(hw->index))
		return 0;
	if (bo->flags & KFD_IOC_ALLOC_MEM_FLAGS_WRITABLE)
		map.access |= HW_WRITE;

	ret = hw->ops->map_prepare(vm, bo->start, bo->end);
	if (ret)
		return ret;
	hw->ops->map_commit(vm, &map, 1);
	bo->mapped |= BIT(hw->index);
	return 0;
}

static int bo_unmap(struct bo *bo, struct kfd_process_device *pdd)
{
	struct hw_device *hw = pdd->dev->hw;

	if (!(bo->mapped & BIT(hw->index)))
		return 0;
	hw->ops->unmap(kfd_process_vm(pdd), bo->start, bo->end,
		       HW_ABSENT_FAULT);
	bo->mapped &= ~BIT(hw->index);
	return 0;
}

static void bo_free(struct kfd_process *p, struct bo *bo)
{
	unsigned int i;

	for (i = 0; i < HW_MAX_DEVICES; i++)
		if (p->devs[i].dev)
			bo_unmap(bo, &p->devs[i]);
	rb_erase(&bo->node, &p->memory.by_va);
	kfree(bo);
}

void kfd_memory_fini(struct kfd_process *p)
{
	struct bo *bo;
	int id;

	idr_for_each_entry(&p->memory.bos, bo, id)
		bo_free(p, bo);
	idr_destroy(&p->memory.bos);
}

static u64 bo_handle(u32 gpu_id, int id)
{
	return (u64)gpu_id << 32 | id;
}

static struct bo *bo_lookup(struct kfd_memory *m, u64 handle)
{
	struct bo *bo;

	lockdep_assert_held(&m->lock);
	bo = idr_find(&m->bos, lower_32_bits(handle));
	return bo && bo->gpu_id == upper_32_bits(handle) ? bo : NULL;
}

/* Enter @bo in the tables; Return: its id, -EADDRINUSE or -ENOMEM. */
static int bo_insert(struct kfd_process *p, struct bo *bo)
{
	struct kfd_memory *m = &p->memory;
	int id;

	down_write(&m->lock);
	id = -EADDRINUSE;
	if (svm_overlaps(p->svm, bo->start, bo->end) ||
	    rb_find_add(&bo->node, &m->by_va, bo_compare_node))
		goto unlock;
	id = idr_alloc(&m->bos, bo, 1, 0, GFP_KERNEL_ACCOUNT);
	if (id < 0)
		rb_erase(&bo->node, &m->by_va);
unlock:
	up_write(&m->lock);
	return id;
}

/* The page of @pdd, made at first use; it is never taken away again. */
static struct page *mmio_page_get(struct kfd_process_device *pdd)
{
	struct page *page, *old;

	/* Pairs with the cmpxchg below. */
	page = smp_load_acquire(&pdd->mmio_page);
	if (page)
		return page;
	page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!page)
		return NULL;
	old = cmpxchg(&pdd->mmio_page, NULL, page);
	if (!old)
		return page;
	__free_page(page);
	return old;
}

static int alloc_mmio(struct kfd_process *p, struct kfd_process_device *pdd,
		      struct kfd_ioctl_alloc_memory_of_gpu_args *args)
{
	u32 gpu_id = pdd->dev->gpu_id;
	struct bo *bo;
	int id;

	bo = kzalloc(sizeof(*bo), GFP_KERNEL_ACCOUNT);
	if (!bo)
		return -ENOMEM;
	bo->start = args->va_addr;
	bo->end = args->va_addr + args->size;
	bo->flags = args->flags;
	bo->gpu_id = gpu_id;
	bo->page = mmio_page_get(pdd);
	if (!bo->page) {
		id = -ENOMEM;
		goto free_bo;
	}

	id = bo_insert(p, bo);
	if (id < 0)
		goto free_bo;

	args->handle = bo_handle(gpu_id, id);
	args->mmap_offset = KFD_MMAP_OFFSET(KFD_MMAP_TYPE_MMIO, gpu_id);
	return 0;

free_bo:
	kfree(bo);
	return id;
}

static bool alloc_args_valid(const struct kfd_ioctl_alloc_memory_of_gpu_args *a)
{
	u32 kind = a->flags & MEMORY_KINDS;

	/* exactly one kind, no option that we do not know */
	if (hweight32(kind) != 1 || a->flags & ~(MEMORY_KINDS | MEMORY_OPTIONS))
		return false;
	if (!a->size || !PAGE_ALIGNED(a->size) || !PAGE_ALIGNED(a->va_addr))
		return false;
	/* inside the GPU's address space; no sum that could wrap */
	if (a->va_addr < GFX90A_GPUVM_BASE || a->va_addr > GFX90A_GPUVM_LIMIT ||
	    a->size > GFX90A_GPUVM_LIMIT + 1 - a->va_addr)
		return false;
	if (kind == KFD_IOC_ALLOC_MEM_FLAGS_DOORBELL)
		return a->size == DOORBELL_SIZE;
	if (kind == KFD_IOC_ALLOC_MEM_FLAGS_MMIO_REMAP)
		return a->size == PAGE_SIZE;
	return true;
}

int kfd_memory_alloc(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_alloc_memory_of_gpu_args *args = data;
	struct kfd_process_device *pdd;

	if (!alloc_args_valid(args))
		return -EINVAL;
	pdd = kfd_process_device(p, args->gpu_id);
	if (!pdd || !kfd_process_vm(pdd))
		return -EINVAL;
	if (args->flags & KFD_IOC_ALLOC_MEM_FLAGS_MMIO_REMAP)
		return alloc_mmio(p, pdd, args);
	if (svm_overlaps(p->svm, args->va_addr, args->va_addr + args->size))
		return -EADDRINUSE;
	return -EOPNOTSUPP;
}

int kfd_memory_free(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_free_memory_of_gpu_args *args = data;
	struct kfd_memory *m = &p->memory;
	struct bo *bo;

	down_write(&m->lock);
	bo = bo_lookup(m, args->handle);
	if (bo) {
		idr_remove(&m->bos, lower_32_bits(args->handle));
		bo_free(p, bo);
	}
	up_write(&m->lock);
	return bo ? 0 : -EINVAL;
}

typedef int (*bo_op)(struct bo *bo, struct kfd_process_device *pdd);

/*
 * MAP and UNMAP have one form: an array of gpu ids and a count of those that
 * are done, which the caller gets back also when one of them fails.
 */
static int apply_to_gpus(struct kfd_process *p,
			 struct kfd_ioctl_map_memory_to_gpu_args *args,
			 bo_op op)
{
	struct kfd_memory *m = &p->memory;
	struct kfd_process_device *pdd;
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
		pdd = kfd_process_device(p, ids[args->n_success]);
		ret = pdd ? op(bo, pdd) : -EINVAL;
		if (!ret)
			args->n_success++;
	}
	up_write(&m->lock);

	kfree(ids);
	return ret;
}

int kfd_memory_map(struct kfd_process *p, void *data, size_t size)
{
	return apply_to_gpus(p, data, bo_map);
}

/* The two structs differ in name only. */
static_assert(sizeof(struct kfd_ioctl_map_memory_to_gpu_args) ==
	      sizeof(struct kfd_ioctl_unmap_memory_from_gpu_args));
static_assert(offsetof(struct kfd_ioctl_map_memory_to_gpu_args, n_success) ==
	      offsetof(struct kfd_ioctl_unmap_memory_from_gpu_args, n_success));

int kfd_memory_unmap(struct kfd_process *p, void *data, size_t size)
{
	return apply_to_gpus(p, data, bo_unmap);
}

int kfd_memory_mmap_mmio(struct kfd_process *p, u32 gpu_id,
			 struct vm_area_struct *vma)
{
	struct kfd_process_device *pdd = kfd_process_device(p, gpu_id);
	struct page *page;

	if (!pdd || !(vma->vm_flags & VM_SHARED) ||
	    vma->vm_end - vma->vm_start != PAGE_SIZE)
		return -EINVAL;
	/* Pairs with the cmpxchg in mmio_page_get(). */
	page = smp_load_acquire(&pdd->mmio_page);
	if (!page)
		return -EINVAL;

	/* A child of fork is another process: it has to open its own. */
	vma->vm_flags |= VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP;
	return vm_insert_page(vma, vma->vm_start, page);
}
