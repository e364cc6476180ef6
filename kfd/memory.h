/* SPDX-License-Identifier: GPL-2.0 */
/* Buffer objects: memory with a handle that is mapped to GPUs by ioctl. */
#ifndef KFD_MEMORY_H
#define KFD_MEMORY_H

#include <linux/idr.h>
#include <linux/rbtree_types.h>
#include <linux/rwsem.h>
#include <linux/types.h>

struct kfd_mem;
struct kfd_process;
struct vm_area_struct;

/*
 * Offsets for mmap on /dev/kfd: a type in bits 63:62, a gpu_id in 61:46, the
 * byte offset inside the object below.
 */
#define KFD_MMAP_TYPE_MMIO	0ULL
#define KFD_MMAP_TYPE_RESERVED	1ULL
#define KFD_MMAP_TYPE_EVENTS	2ULL
#define KFD_MMAP_TYPE_DOORBELL	3ULL
#define KFD_MMAP_TYPE_SHIFT	62
#define KFD_MMAP_GPU_SHIFT	46
#define KFD_MMAP_GPU_MASK	0xffff

#define KFD_MMAP_OFFSET(type, gpu_id)	\
	((type) << KFD_MMAP_TYPE_SHIFT | (u64)(gpu_id) << KFD_MMAP_GPU_SHIFT)

/** struct kfd_memory - the buffer objects of a process */
struct kfd_memory {
	/**
	 * @lock: write: buffer objects come, go, and are mapped to GPUs; read:
	 * SVM attributes are set, so that no buffer object appears below them.
	 * SVM takes mmap_lock below it: never take it with mmap_lock held, and
	 * never touch user memory with it held.
	 */
	struct rw_semaphore lock;
	/** @bos: by the low half of the handle; @lock */
	struct idr bos;
	/** @by_va: by GPU virtual address, disjoint; @lock */
	struct rb_root by_va;
	/** @closed: there is none any more, and no fault is served; @lock */
	bool closed;
};

void kfd_memory_init(struct kfd_memory *m);

/**
 * kfd_memory_close() - unmap and free all buffer objects, for good
 * @p: the process; it has no queue any more
 *
 * Context: sleeps; no mmap_lock held; also called at the end of an mm.
 */
void kfd_memory_close(struct kfd_process *p);

/** kfd_memory_fini() - after kfd_memory_close(); nobody uses @m */
void kfd_memory_fini(struct kfd_memory *m);

/**
 * kfd_memory_overlaps() - does a buffer object touch [start, end)
 * @m: the buffer objects
 * @start: first byte
 * @end: one past the last byte, above @start
 *
 * Context: kfd_memory.lock held.
 */
bool kfd_memory_overlaps(struct kfd_memory *m, u64 start, u64 end);

/** kfd_memory_va_valid() - is [va, va + size) in the GPU's address space */
bool kfd_memory_va_valid(u64 va, u64 size);

/**
 * kfd_memory_event_page() - let the kernel write to a buffer object
 * @p: the process
 * @handle: what user space says is a buffer object of kind GTT
 * @size: bytes it must have
 * @addr: out: where the kernel sees it
 *
 * The buffer object cannot be freed any more.
 *
 * Return: its memory, pinned, to be given back with kfd_mem_vunmap(), or an
 * ERR_PTR: -EINVAL: no such buffer object, or too small; -ENOMEM.
 */
struct kfd_mem *kfd_memory_event_page(struct kfd_process *p, u64 handle,
				      u64 size, u64 **addr);

/**
 * kfd_memory_mmap_mmio() - map the MMIO_REMAP page of a GPU
 * @p: the process, which is current's
 * @gpu_id: which GPU
 * @vma: where
 *
 * Context: mmap_lock held for write; takes no lock of the front.
 * Return: 0; -EINVAL: not exactly one shared page, no such GPU, or
 * ALLOC_MEMORY_OF_GPU has not made it; -ENOMEM.
 */
int kfd_memory_mmap_mmio(struct kfd_process *p, u32 gpu_id,
			 struct vm_area_struct *vma);

/* ioctl handlers; their arguments are described at the dispatcher */
int kfd_memory_alloc(struct kfd_process *p, void *data, size_t size);
int kfd_memory_free(struct kfd_process *p, void *data, size_t size);
int kfd_memory_map(struct kfd_process *p, void *data, size_t size);
int kfd_memory_unmap(struct kfd_process *p, void *data, size_t size);

#endif
