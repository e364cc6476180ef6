// SPDX-License-Identifier: GPL-2.0
/* How the CPU sees the memory of buffer objects: mmap, and dmabufs of others. */
#include <drm/drm_device.h>
#include <drm/drm_gem.h>
#include <drm/drm_prime.h>
#include <drm/drm_vma_manager.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/kfd_ioctl.h>
#include <linux/mm.h>
#include <linux/pagemap.h>

#include "device.h"
#include "mem.h"
#include "mem_cpu.h"
#include "render.h"

/* Pages that a fault of the CPU maps beside its own */
#define FAULT_AROUND	64

static unsigned long vma_index(const struct kfd_mem *mem,
			       struct vm_area_struct *vma, unsigned long addr)
{
	return linear_page_index(vma, addr) -
	       drm_vma_node_start(&mem->gem.vma_node);
}

static vm_fault_t insert_page(struct kfd_mem *mem, struct vm_area_struct *vma,
			      unsigned long addr)
{
	unsigned long index = vma_index(mem, vma, addr);

	if (index >= mem->npages)
		return VM_FAULT_SIGBUS;
	return vmf_insert_pfn(vma, addr, page_to_pfn(mem->pages[index]));
}

static vm_fault_t mem_vm_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct kfd_mem *mem = kfd_mem_from_gem(vma->vm_private_data);
	unsigned long size = FAULT_AROUND * PAGE_SIZE;
	unsigned long start, end, addr;
	vm_fault_t ret;

	start = max(ALIGN_DOWN(vmf->address, size), vma->vm_start);
	end = min(ALIGN_DOWN(vmf->address, size) + size, vma->vm_end);

	/* The pages stay where they are as long as they are looked at. */
	if (mutex_lock_interruptible(&mem->lock))
		return VM_FAULT_NOPAGE;
	ret = insert_page(mem, vma, vmf->address & PAGE_MASK);
	for (addr = start; addr < end && ret == VM_FAULT_NOPAGE;
	     addr += PAGE_SIZE) {
		if (insert_page(mem, vma, addr) != VM_FAULT_NOPAGE)
			break;
	}
	mutex_unlock(&mem->lock);
	return ret;
}

/* For debuggers: there is no struct page to be had from such a vma. */
static int mem_vm_access(struct vm_area_struct *vma, unsigned long addr,
			 void *buf, int len, int write)
{
	struct kfd_mem *mem = kfd_mem_from_gem(vma->vm_private_data);
	unsigned int at = offset_in_page(addr);
	unsigned int n = min_t(unsigned int, len, PAGE_SIZE - at);
	unsigned long index = vma_index(mem, vma, addr);
	void *page;

	if (index >= mem->npages)
		return -EFAULT;
	mutex_lock(&mem->lock);
	page = kmap_local_page(mem->pages[index]);
	if (write)
		memcpy(page + at, buf, n);
	else
		memcpy(buf, page + at, n);
	kunmap_local(page);
	mutex_unlock(&mem->lock);
	return n;
}

static const struct vm_operations_struct mem_vm_ops = {
	.open = drm_gem_vm_open,
	.close = drm_gem_vm_close,
	.fault = mem_vm_fault,
	.access = mem_vm_access,
};

static int mem_gem_mmap(struct drm_gem_object *gem, struct vm_area_struct *vma)
{
	struct kfd_mem *mem = kfd_mem_from_gem(gem);

	/*
	 * The thunk maps VRAM that the CPU has no business with, too, without
	 * any access and private.  Nothing may make it accessible later.
	 */
	if (mem->alloc_flags & KFD_IOC_ALLOC_MEM_FLAGS_VRAM &&
	    !(mem->alloc_flags & KFD_IOC_ALLOC_MEM_FLAGS_PUBLIC)) {
		if (vma->vm_flags & VM_ACCESS_FLAGS)
			return -EPERM;
		vma->vm_flags &= ~(VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC);
	}
	/* The CPU cannot copy on write what has no struct page for the mm. */
	if (!(vma->vm_flags & VM_SHARED)) {
		if (vma->vm_flags & VM_WRITE)
			return -EINVAL;
		vma->vm_flags &= ~VM_MAYWRITE;
	}
	vma->vm_flags |= VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;
	return 0;
}

void mem_cpu_zap(struct kfd_mem *mem, unsigned long first, unsigned long n)
{
	u64 start = kfd_mem_offset(mem) + ((u64)first << PAGE_SHIFT);

	unmap_mapping_range(mem->gem.dev->anon_inode->i_mapping, start,
			    (loff_t)n << PAGE_SHIFT, 1);
}

/* Other drivers get system memory only: it does not move. */
static int mem_gem_pin(struct drm_gem_object *gem)
{
	return kfd_mem_pin(kfd_mem_from_gem(gem));
}

static void mem_gem_unpin(struct drm_gem_object *gem)
{
	kfd_mem_unpin(kfd_mem_from_gem(gem));
}

static struct sg_table *mem_gem_sg_table(struct drm_gem_object *gem)
{
	struct kfd_mem *mem = kfd_mem_from_gem(gem);

	return drm_prime_pages_to_sg(gem->dev, mem->pages, mem->npages);
}

static const struct drm_gem_object_funcs mem_gem_funcs = {
	.free = mem_free,
	.mmap = mem_gem_mmap,
	.pin = mem_gem_pin,
	.unpin = mem_gem_unpin,
	.get_sg_table = mem_gem_sg_table,
	.vm_ops = &mem_vm_ops,
};

void mem_cpu_init(struct kfd_mem *mem, u64 size)
{
	mem->gem.funcs = &mem_gem_funcs;
	drm_gem_private_object_init(kfd_render_drm(mem->dev->render),
				    &mem->gem, size);
}
