// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/kfd_ioctl.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "bo.h"
#include "device.h"
#include "dmabuf.h"
#include "mem.h"
#include "memory.h"
#include "process.h"

MODULE_IMPORT_NS(DMA_BUF);

/*
 * The memory behind a dmabuf of one of our render nodes, with a reference.
 * Return: an ERR_PTR, -EINVAL: no dmabuf, or another driver's.
 */
static struct kfd_mem *mem_from_fd(int fd)
{
	struct kfd_mem *mem = ERR_PTR(-EINVAL);
	struct dma_buf *dmabuf = dma_buf_get(fd);

	/* Not -EBADF: to the thunk that says "you are a forked child". */
	if (IS_ERR(dmabuf))
		return ERR_PTR(-EINVAL);
	if (dmabuf->owner == THIS_MODULE) {
		mem = kfd_mem_from_gem(dmabuf->priv);
		kfd_mem_get(mem);
	}
	dma_buf_put(dmabuf);
	return mem;
}

/* Return: 0; -EINVAL: the caller's buffer is too small; -EFAULT. */
static int copy_metadata(struct kfd_mem *mem,
			 struct kfd_ioctl_get_dmabuf_info_args *args)
{
	u8 metadata[KFD_MEM_METADATA_MAX];
	u32 room = args->metadata_size;

	mutex_lock(&mem->lock);
	args->metadata_size = mem->metadata_size;
	memcpy(metadata, mem->metadata, mem->metadata_size);
	mutex_unlock(&mem->lock);
	if (!args->metadata_ptr || !room)
		return 0;
	if (args->metadata_size > room)
		return -EINVAL;
	if (copy_to_user(u64_to_user_ptr(args->metadata_ptr), metadata,
			 args->metadata_size))
		return -EFAULT;
	return 0;
}

int kfd_dmabuf_info(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_get_dmabuf_info_args *args = data;
	struct kfd_mem *mem = mem_from_fd(args->dmabuf_fd);
	int ret;

	if (IS_ERR(mem))
		return PTR_ERR(mem);
	args->size = mem->gem.size;
	args->gpu_id = mem->dev->gpu_id;
	args->flags = mem->alloc_flags & (KFD_IOC_ALLOC_MEM_FLAGS_VRAM |
					  KFD_IOC_ALLOC_MEM_FLAGS_GTT |
					  KFD_IOC_ALLOC_MEM_FLAGS_PUBLIC);
	ret = copy_metadata(mem, args);
	kfd_mem_put(mem);
	return ret;
}

/* @mem: a reference goes over, also on error. */
static int import(struct kfd_process *p, struct kfd_process_device *pdd,
		  struct kfd_mem *mem,
		  struct kfd_ioctl_import_dmabuf_args *args)
{
	struct bo *bo = NULL;
	int ret = -EINVAL;

	/* What another GPU has is imported for that one, then mapped here. */
	if (mem->dev != pdd->dev ||
	    !kfd_memory_va_valid(args->va_addr, mem->gem.size))
		goto put_mem;
	ret = -ENOMEM;
	bo = bo_create(p, pdd, args->va_addr, mem->gem.size,
		       mem->alloc_flags | KFD_IOC_ALLOC_MEM_FLAGS_WRITABLE |
		       KFD_IOC_ALLOC_MEM_FLAGS_EXECUTABLE);
	if (!bo)
		goto put_mem;
	ret = bo_set_mem(bo, mem);
	if (ret)
		goto free_bo;
	return bo_insert(bo, &args->handle);

free_bo:
	kfree(bo);
put_mem:
	kfd_mem_put(mem);
	return ret;
}

int kfd_dmabuf_import(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_import_dmabuf_args *args = data;
	struct kfd_process_device *pdd = kfd_process_device(p, args->gpu_id);
	struct kfd_mem *mem;

	if (!pdd || !kfd_process_vm(pdd) || !PAGE_ALIGNED(args->va_addr))
		return -EINVAL;
	mem = mem_from_fd(args->dmabuf_fd);
	if (IS_ERR(mem))
		return PTR_ERR(mem);
	return import(p, pdd, mem, args);
}
