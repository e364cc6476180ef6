/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory of buffer objects: VRAM or system pages that processes map to GPUs and
 * to themselves, and that several of them may share through a dmabuf.
 */
#ifndef KFD_MEM_H
#define KFD_MEM_H

#include <drm/drm_gem.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "hw/hw.h"

struct devmem_account;
struct devmem_block;
struct drm_file;
struct kfd_device;
struct page;

/* As much as the DRM interface can set */
#define KFD_MEM_METADATA_MAX	256

/** struct kfd_mem - memory with pages */
struct kfd_mem {
	/** @gem: counts references and has the offset for mmap */
	struct drm_gem_object gem;
	/** @dev: whose render node maps it, and whose VRAM it is; constant */
	struct kfd_device *dev;
	/** @alloc_flags: KFD_IOC_ALLOC_MEM_FLAGS_*; constant */
	u32 alloc_flags;
	/** @npages: constant */
	unsigned long npages;
	/**
	 * @lock: where the pages are and who maps them.  Inside mmap_lock,
	 * outside eviction; eviction itself only tries it.
	 */
	struct mutex lock;
	/** @pages: all present; @lock */
	struct page **pages;
	/** @block: what its VRAM pages belong to, or NULL; constant */
	struct devmem_block *block;
	/** @maps: struct kfd_mem_map.link; @lock */
	struct list_head maps;
	/** @pins: reasons why no page may move; @lock */
	unsigned int pins;
	/** @away: VRAM pages that are in system memory; @lock */
	unsigned long away;
	/** @left: stamp of the VRAM when one left; @lock */
	unsigned long left;
	/** @tiling: graphics' word for its users; @lock */
	u64 tiling;
	/** @metadata_size: bytes in @metadata; @lock */
	u32 metadata_size;
	/** @metadata: more of that; @lock */
	u8 metadata[KFD_MEM_METADATA_MAX];
};

/**
 * struct kfd_mem_map - memory at an address of one process's GPUs
 *
 * Embedded by its user, who sees to it that the VMs live as long as it has a bit
 * in @devices.
 */
struct kfd_mem_map {
	/** @link: in kfd_mem.maps; mem->lock */
	struct list_head link;
	/** @mem: constant; a reference is held */
	struct kfd_mem *mem;
	/** @va: GPU address of the first byte; constant */
	u64 va;
	/** @access: HW_READ, ...; constant */
	u32 access;
	/** @devices: bit for each device that maps it; mem->lock */
	u32 devices;
	/** @vms: valid where @devices has a bit; mem->lock */
	struct hw_vm *vms[HW_MAX_DEVICES];
};

/**
 * kfd_mem_create() - allocate zeroed memory
 * @dev: the GPU
 * @account: who pays for VRAM; not used for system memory
 * @size: bytes, page aligned, above 0
 * @va: where it will be mapped: pages are laid out so that the GPU can map big
 *	runs there
 * @alloc_flags: KFD_IOC_ALLOC_MEM_FLAGS_*, VRAM or GTT among them
 *
 * Makes room in VRAM by eviction.
 *
 * Context: process context, sleeps; no lock of the front, no mmap_lock.
 * Return: the memory, to be put with kfd_mem_put(), or an ERR_PTR: -ENOMEM,
 * -ENODEV (the device is lost), -EINTR (killed).
 */
struct kfd_mem *kfd_mem_create(struct kfd_device *dev,
			       struct devmem_account *account, u64 size, u64 va,
			       u32 alloc_flags);

/** kfd_mem_get(), kfd_mem_put() - references; put may sleep, takes no lock */
static inline void kfd_mem_get(struct kfd_mem *mem)
{
	drm_gem_object_get(&mem->gem);
}

static inline void kfd_mem_put(struct kfd_mem *mem)
{
	drm_gem_object_put(&mem->gem);
}

/** kfd_mem_from_gem() - the memory of a GEM object of our render node */
static inline struct kfd_mem *kfd_mem_from_gem(struct drm_gem_object *gem)
{
	return container_of(gem, struct kfd_mem, gem);
}

/** kfd_mem_offset() - where to mmap() the render node's file for it */
static inline u64 kfd_mem_offset(struct kfd_mem *mem)
{
	return drm_vma_node_offset_addr(&mem->gem.vma_node);
}

/**
 * kfd_mem_map_init() - prepare to map @mem
 *
 * Takes a reference that kfd_mem_map_fini() drops.
 */
void kfd_mem_map_init(struct kfd_mem_map *map, struct kfd_mem *mem, u64 va,
		      u32 access);

/** kfd_mem_map_fini() - unmap from all devices and forget @mem */
void kfd_mem_map_fini(struct kfd_mem_map *map);

/**
 * kfd_mem_map() - map to one more device
 * @map: the mapping
 * @vm: the address space
 *
 * Return: 0, also when it is mapped already; -ENOMEM; -ENODEV.
 */
int kfd_mem_map(struct kfd_mem_map *map, struct hw_vm *vm);

/** kfd_mem_unmap() - take it from a device; harmless when not mapped */
void kfd_mem_unmap(struct kfd_mem_map *map, struct hw_vm *vm);

/**
 * kfd_mem_serve() - a device waits at an address of @map
 * @map: the mapping
 * @vm: the address space of the device
 * @va: GPU address inside @map
 * @start: out: first byte that is accessible now
 * @end: out: one past the last
 *
 * Brings pages back to VRAM that were evicted, if something older can make room
 * for them, and maps them where they are if not.
 *
 * Return: 0; -EFAULT: @map is not mapped to the device.
 */
int kfd_mem_serve(struct kfd_mem_map *map, struct hw_vm *vm, u64 va, u64 *start,
		  u64 *end);

/**
 * kfd_mem_pin() - keep system pages where they are
 *
 * Return: 0; -EINVAL: it is VRAM.  Undone by kfd_mem_unpin().
 */
int kfd_mem_pin(struct kfd_mem *mem);
void kfd_mem_unpin(struct kfd_mem *mem);

/**
 * kfd_mem_vmap() - pin and map into the kernel's address space
 *
 * Holds a reference.
 * Return: the address, for kfd_mem_vunmap(), or NULL: no address space left or
 * it is VRAM.
 */
void *kfd_mem_vmap(struct kfd_mem *mem);
void kfd_mem_vunmap(struct kfd_mem *mem, void *addr);

#endif
