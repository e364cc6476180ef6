// SPDX-License-Identifier: GPL-2.0
/* Buffer objects: the tables of a process, and the kinds there are. */
#include <drm/drm_file.h>
#include <drm/drm_vma_manager.h>
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/kfd_ioctl.h>
#include <linux/mm.h>
#include <linux/rbtree.h>
#include <linux/slab.h>

#include "bo.h"
#include "device.h"
#include "hw/hw.h"
#include "memory.h"
#include "process.h"
#include "svm/svm.h"

static_assert(sizeof(u32) * BITS_PER_BYTE >= HW_MAX_DEVICES);

/* Kinds: memory with pages */

static int pages_map(struct bo *bo, struct kfd_process_device *pdd)
{
	return kfd_mem_map(&bo->map, kfd_process_vm(pdd));
}

static void pages_unmap(struct bo *bo, struct kfd_process_device *pdd)
{
	kfd_mem_unmap(&bo->map, kfd_process_vm(pdd));
}

/* Whose file of the render node may map the memory */
static struct drm_file *mem_drm_file(const struct bo *bo)
{
	return bo->pdd->drm_file->private_data;
}

static void pages_release(struct bo *bo)
{
	/* What is mapped already stays mapped: the vma has a reference. */
	drm_vma_node_revoke(&bo->map.mem->gem.vma_node, mem_drm_file(bo));
	kfd_mem_map_fini(&bo->map);
}

const struct bo_kind bo_kind_mem = {
	.map = pages_map,
	.unmap = pages_unmap,
	.release = pages_release,
};

int bo_set_mem(struct bo *bo, struct kfd_mem *mem)
{
	int ret = drm_vma_node_allow(&mem->gem.vma_node, mem_drm_file(bo));

	if (ret)
		return ret;
	bo->kind = &bo_kind_mem;
	kfd_mem_map_init(&bo->map, mem, bo->start, bo->access);
	kfd_mem_put(mem);
	return 0;
}

/* Kinds: memory of the process */

static int userptr_map(struct bo *bo, struct kfd_process_device *pdd)
{
	return svm_userptr_map(bo->userptr, pdd->dev->hw->index);
}

static void userptr_unmap(struct bo *bo, struct kfd_process_device *pdd)
{
	svm_userptr_unmap(bo->userptr, pdd->dev->hw->index);
}

static void userptr_release(struct bo *bo)
{
	svm_userptr_destroy(bo->userptr);
}

const struct bo_kind bo_kind_userptr = {
	.map = userptr_map,
	.unmap = userptr_unmap,
	.release = userptr_release,
};

/* Kinds: one run that never moves */

static int fixed_map(struct bo *bo, struct kfd_process_device *pdd, u64 addr)
{
	struct hw_device *hw = pdd->dev->hw;
	struct hw_vm *vm = kfd_process_vm(pdd);
	const struct hw_mapping map = {
		.va = bo->start,
		.run = {
			.addr = addr,
			.npages = (bo->end - bo->start) >> PAGE_SHIFT,
			.place = HW_SYSTEM,
		},
		.access = bo->access,
	};
	int ret;

	if (bo->mapped & BIT(hw->index))
		return 0;
	ret = hw->ops->map_prepare(vm, bo->start, bo->end);
	if (ret)
		return ret;
	hw->ops->map_commit(vm, &map, 1);
	bo->mapped |= BIT(hw->index);
	return 0;
}

static void fixed_unmap(struct bo *bo, struct kfd_process_device *pdd)
{
	struct hw_device *hw = pdd->dev->hw;

	if (!(bo->mapped & BIT(hw->index)))
		return;
	hw->ops->unmap(kfd_process_vm(pdd), bo->start, bo->end,
		       HW_ABSENT_FAULT);
	bo->mapped &= ~BIT(hw->index);
}

static void fixed_release(struct bo *bo)
{
	unsigned int i;

	for (i = 0; i < HW_MAX_DEVICES; i++)
		if (bo->mapped & BIT(i))
			fixed_unmap(bo, &bo->process->devs[i]);
}

static int doorbell_map(struct bo *bo, struct kfd_process_device *pdd)
{
	struct hw_vm *vm = kfd_process_vm(bo->pdd);

	return fixed_map(bo, pdd, vm->hw->ops->doorbell_addr(vm));
}

const struct bo_kind bo_kind_doorbell = {
	.map = doorbell_map,
	.unmap = fixed_unmap,
	.release = fixed_release,
};

static int mmio_map(struct bo *bo, struct kfd_process_device *pdd)
{
	return fixed_map(bo, pdd, hw_page_addr(pdd->dev->hw,
					       bo->pdd->mmio_page));
}

const struct bo_kind bo_kind_mmio = {
	.map = mmio_map,
	.unmap = fixed_unmap,
	.release = fixed_release,
};

/* Tables */

struct va_range {
	u64 start;
	u64 end;
};

static struct bo *to_bo(struct rb_node *node)
{
	return rb_entry(node, struct bo, node);
}

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
	const struct bo *bo = to_bo(node);
	const struct va_range range = { bo->start, bo->end };

	return bo_compare(&range, other);
}

void kfd_memory_init(struct kfd_memory *m)
{
	init_rwsem(&m->lock);
	idr_init(&m->bos);
	m->by_va = RB_ROOT;
}

bool kfd_memory_overlaps(struct kfd_memory *m, u64 start, u64 end)
{
	const struct va_range range = { start, end };

	lockdep_assert_held(&m->lock);
	return rb_find(&range, &m->by_va, bo_compare);
}

struct bo *bo_at(struct kfd_memory *m, u64 va)
{
	const struct va_range range = { va, va + 1 };
	struct rb_node *node;

	lockdep_assert_held(&m->lock);
	node = rb_find(&range, &m->by_va, bo_compare);
	return node ? to_bo(node) : NULL;
}

void bo_gap(struct kfd_memory *m, u64 va, u64 *start, u64 *end)
{
	struct rb_node *node = m->by_va.rb_node;

	lockdep_assert_held(&m->lock);
	*start = 0;
	*end = ULONG_MAX;
	while (node) {
		const struct bo *bo = to_bo(node);

		if (va < bo->start) {
			*end = bo->start;
			node = node->rb_left;
		} else {
			*start = bo->end;
			node = node->rb_right;
		}
	}
}

struct bo *bo_lookup(struct kfd_memory *m, u64 handle)
{
	struct bo *bo;

	lockdep_assert_held(&m->lock);
	bo = idr_find(&m->bos, lower_32_bits(handle));
	if (!bo || bo->pdd->dev->gpu_id != upper_32_bits(handle))
		return NULL;
	return bo;
}

static u32 access_of(u32 alloc_flags)
{
	u32 access = HW_READ;

	if (alloc_flags & KFD_IOC_ALLOC_MEM_FLAGS_WRITABLE)
		access |= HW_WRITE | HW_ATOMIC;
	if (alloc_flags & KFD_IOC_ALLOC_MEM_FLAGS_EXECUTABLE)
		access |= HW_EXEC;
	return access;
}

struct bo *bo_create(struct kfd_process *p, struct kfd_process_device *pdd,
		     u64 va, u64 size, u32 alloc_flags)
{
	struct bo *bo;

	bo = kzalloc(sizeof(*bo), GFP_KERNEL_ACCOUNT);
	if (!bo)
		return NULL;
	bo->start = va;
	bo->end = va + size;
	bo->process = p;
	bo->pdd = pdd;
	bo->alloc_flags = alloc_flags;
	bo->access = access_of(alloc_flags);
	return bo;
}

static void bo_release(struct bo *bo)
{
	bo->kind->release(bo);
	kfree(bo);
}

int bo_insert(struct bo *bo, u64 *handle)
{
	struct kfd_process *p = bo->process;
	struct kfd_memory *m = &p->memory;
	int id;

	down_write(&m->lock);
	id = -ESRCH;
	if (m->closed)
		goto unlock;
	id = -EADDRINUSE;
	if (svm_overlaps(p->svm, bo->start, bo->end) ||
	    rb_find_add(&bo->node, &m->by_va, bo_compare_node))
		goto unlock;
	id = idr_alloc(&m->bos, bo, 1, 0, GFP_KERNEL_ACCOUNT);
	if (id < 0)
		rb_erase(&bo->node, &m->by_va);
	else
		*handle = (u64)bo->pdd->dev->gpu_id << 32 | id;
unlock:
	up_write(&m->lock);
	if (id < 0)
		bo_release(bo);
	return min(id, 0);
}

void bo_free(struct bo *bo, u64 handle)
{
	struct kfd_memory *m = &bo->process->memory;

	idr_remove(&m->bos, lower_32_bits(handle));
	rb_erase(&bo->node, &m->by_va);
	bo_release(bo);
}

void kfd_memory_close(struct kfd_process *p)
{
	struct kfd_memory *m = &p->memory;
	struct bo *bo;
	int id;

	down_write(&m->lock);
	m->closed = true;
	idr_for_each_entry(&m->bos, bo, id)
		bo_free(bo, id);
	up_write(&m->lock);
}

void kfd_memory_fini(struct kfd_memory *m)
{
	WARN_ON_ONCE(!idr_is_empty(&m->bos));
	idr_destroy(&m->bos);
}
