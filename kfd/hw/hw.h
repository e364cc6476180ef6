/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hardware interface: what the core asks of a GPU.
 *
 * What crosses this header is neutral: runs of pages, access bits, GPU virtual
 * addresses and errnos.  PTE bits, packets, rings and time-outs stay below it;
 * mm, vma and ioctl structs stay above it.
 */
#ifndef HW_H
#define HW_H

#include <linux/bits.h>
#include <linux/compiler_attributes.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/types.h>

struct device;
struct hw_device;
struct hw_vm;

/** enum hw_place - where a run of pages is, as seen from one device */
enum hw_place {
	/** @HW_SYSTEM: @hw_run.addr is a bus address (DRAM, or a peer's VRAM) */
	HW_SYSTEM,
	/** @HW_LOCAL: @hw_run.addr is a byte offset into the device's own VRAM */
	HW_LOCAL,
};

/* Access rights of a GPU mapping. */
#define HW_READ		BIT(0)
#define HW_WRITE	BIT(1)
#define HW_EXEC		BIT(2)
#define HW_ATOMIC	BIT(3)

/**
 * struct hw_run - pages that are contiguous for the device
 * @addr: bus address or VRAM offset in bytes, page aligned; see @place
 * @npages: number of 4 KiB pages, at least 1
 * @place: which kind of address @addr is
 */
struct hw_run {
	u64 addr;
	u32 npages;
	enum hw_place place;
};

/**
 * struct hw_mapping - one run and where the GPU shall see it
 * @va: GPU virtual address in bytes, page aligned
 * @run: the pages
 * @access: HW_READ, HW_WRITE, ... ; never 0
 */
struct hw_mapping {
	u64 va;
	struct hw_run run;
	u32 access;
};

/**
 * struct hw_copy - one element of a copy list
 * @dst: destination; @dst.npages counts for both sides
 * @src: source address and place
 * @status: out: 0 or a negative errno; on error the destination's content is
 *	undefined and the source is untouched
 */
struct hw_copy {
	struct hw_run dst;
	struct hw_run src;
	int status;
};

/**
 * struct hw_ops - what a back end implements
 *
 * Every member is required.  "svm lock" and "notifier lock" are the core's
 * locks (docs/locking.md); a back end may take its own locks below them.
 */
struct hw_ops {
	/** @name: short name for messages */
	const char *name;

	/**
	 * @vm_create: make an empty GPU address space.
	 * Context: process context, may sleep and allocate.
	 * Return: the VM or an ERR_PTR: -ENOMEM, -ENODEV (device lost).
	 */
	struct hw_vm *(*vm_create)(struct hw_device *hw);

	/**
	 * @vm_destroy: free the address space and all its mappings.
	 * Context: process context, may sleep.
	 */
	void (*vm_destroy)(struct hw_vm *vm);

	/**
	 * @map_prepare: make page-table memory for [start, end) present, so
	 * that @map_commit need not allocate.  Preparing twice is harmless, and
	 * what is prepared and never committed is freed with the VM.
	 * Context: svm lock held; may sleep and allocate with reclaim.
	 * Return: 0, -ENOMEM, or -ENODEV (device lost).
	 */
	int (*map_prepare)(struct hw_vm *vm, u64 start, u64 end);

	/**
	 * @map_commit: write mappings inside a prepared interval; whatever was
	 * mapped there before is replaced.
	 * Context: svm lock and notifier lock held, after the sequence check;
	 * may sleep, must not allocate, cannot fail.
	 */
	void (*map_commit)(struct hw_vm *vm, const struct hw_mapping *map,
			   unsigned int n);

	/**
	 * @unmap: when this returns, the device no longer reaches memory
	 * through [start, end).  On a device time-out the back end reports the
	 * device lost and returns.
	 * Context: inside an mm invalidation, notifier lock held for write; may
	 * sleep, must not allocate, cannot fail.
	 */
	void (*unmap)(struct hw_vm *vm, u64 start, u64 end);

	/**
	 * @copy: copy each element of @list, in any order; elements are
	 * independent of each other.
	 * Context: page locks and maybe mmap_lock (read) held; may sleep, must
	 * not allocate with reclaim.
	 * Return: 0 if all were copied, else the first error; every element's
	 * own result is in its status.
	 */
	int (*copy)(struct hw_device *hw, struct hw_copy *list, unsigned int n);

	/**
	 * @clear: write zeros to local memory.
	 * Context: as @copy.
	 * Return: 0 or a negative errno, then the content is undefined.
	 */
	int (*clear)(struct hw_device *hw, const struct hw_run *runs,
		     unsigned int n);

	/**
	 * @resolve: the run of one page that the VM maps at @va and the
	 * access it grants; for tests and debugfs.
	 * Context: may sleep.
	 * Return: 0, or -EFAULT when nothing is mapped there.
	 */
	int (*resolve)(struct hw_vm *vm, u64 va, struct hw_mapping *map);
};

/**
 * struct hw_device - one GPU as its back end presents it
 * @ops: the back end
 * @dev: for DMA, messages and the NUMA node; owned by the back end
 * @index: 0..HW_MAX_DEVICES-1, unique among live devices
 * @local_base: where the VRAM lies in the system physical address space
 * @local_size: its size in bytes; 0: all of the resource found there
 */
struct hw_device {
	const struct hw_ops *ops;
	struct device *dev;
	unsigned int index;
	u64 local_base;
	u64 local_size;
};

/** struct hw_vm - one GPU address space; back ends embed it */
struct hw_vm {
	/** @hw: the device it belongs to */
	struct hw_device *hw;
};

#define HW_MAX_DEVICES	8

/**
 * hw_page_addr() - the bus address of a page for a device
 * @hw: the device
 * @page: any page of memory
 *
 * The devices that conode drives sit on an untranslated, coherent bus: bus
 * addresses are physical addresses.
 */
static inline u64 hw_page_addr(const struct hw_device *hw, struct page *page)
{
	return page_to_phys(page);
}

#endif
