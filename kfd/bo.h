/* SPDX-License-Identifier: GPL-2.0 */
/* Buffer objects: memory of one process with a handle and a GPU address. */
#ifndef KFD_BO_H
#define KFD_BO_H

#include <linux/rbtree_types.h>
#include <linux/types.h>

#include "mem.h"

struct bo;
struct kfd_memory;
struct kfd_process;
struct kfd_process_device;
struct page;
struct svm_userptr;

/**
 * struct bo_kind - what kinds of buffer objects do differently
 * @map: make it accessible to a GPU; -ENOMEM, -ENODEV
 * @unmap: take it away; harmless when not mapped
 * @release: free what is not struct bo; unmaps first what is still mapped
 *
 * All with kfd_memory.lock held for write, or nobody else uses the process.
 */
struct bo_kind {
	int (*map)(struct bo *bo, struct kfd_process_device *pdd);
	void (*unmap)(struct bo *bo, struct kfd_process_device *pdd);
	void (*release)(struct bo *bo);
};

/**
 * struct bo - a buffer object; kfd_memory.lock for all that is not constant
 * @node: in kfd_memory.by_va
 * @start: GPU address; constant
 * @end: one past the last byte; constant
 * @kind: constant
 * @process: whose it is; constant
 * @pdd: the GPU that the handle names; constant
 * @alloc_flags: KFD_IOC_ALLOC_MEM_FLAGS_*; constant
 * @access: HW_READ, ...; constant
 * @busy: must not be freed
 * @mapped: bit mask of device indices, for doorbells and MMIO
 * @map: for memory
 * @userptr: for USERPTR; constant
 */
struct bo {
	struct rb_node node;
	u64 start;
	u64 end;
	const struct bo_kind *kind;
	struct kfd_process *process;
	struct kfd_process_device *pdd;
	u32 alloc_flags;
	u32 access;
	bool busy;
	u32 mapped;
	struct kfd_mem_map map;
	struct svm_userptr *userptr;
};

extern const struct bo_kind bo_kind_mem;
extern const struct bo_kind bo_kind_userptr;
extern const struct bo_kind bo_kind_doorbell;
extern const struct bo_kind bo_kind_mmio;

/**
 * bo_create() - make a buffer object without memory and kind
 * @pdd: the GPU, acquired
 * @va: GPU address
 * @size: bytes
 * @alloc_flags: KFD_IOC_ALLOC_MEM_FLAGS_*
 *
 * Return: the object, for bo_insert() or kfree(), or NULL (no memory).
 */
struct bo *bo_create(struct kfd_process *p, struct kfd_process_device *pdd,
		     u64 va, u64 size, u32 alloc_flags);

/**
 * bo_insert() - enter it in the tables
 * @bo: with kind and memory; freed, with its memory, on error
 * @handle: out: its name
 *
 * From here on another thread may free it.
 *
 * Return: 0; -EADDRINUSE: a buffer object or an SVM range is there; -ENOMEM;
 * -ESRCH: the mm has ended.
 */
int bo_insert(struct bo *bo, u64 *handle);

/**
 * bo_set_mem() - give it memory
 * @bo: from bo_create()
 * @mem: a reference goes over
 *
 * Return: 0 or -ENOMEM; then the reference is still the caller's.
 */
int bo_set_mem(struct bo *bo, struct kfd_mem *mem);

/** bo_lookup() - by handle; kfd_memory.lock held; Return: NULL if unknown */
struct bo *bo_lookup(struct kfd_memory *m, u64 handle);

/** bo_at() - by GPU address; kfd_memory.lock held; Return: NULL if none */
struct bo *bo_at(struct kfd_memory *m, u64 va);

/**
 * bo_gap() - the interval around an address that has no buffer object
 * @va: an address where bo_at() finds none
 * @start: out: end of the nearest below, or 0
 * @end: out: start of the nearest above, or ULONG_MAX
 */
void bo_gap(struct kfd_memory *m, u64 va, u64 *start, u64 *end);

/** bo_free() - take it out of the tables, release it; lock held for write */
void bo_free(struct bo *bo, u64 handle);

#endif
