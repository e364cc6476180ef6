// SPDX-License-Identifier: GPL-2.0
/*
 * The loop back end: a GPU without a device.  Its page table is an xarray in
 * kernel memory, its copy engine is the CPU.  It keeps every rule of hw.h, so
 * that the core can be tested on any kernel without the device process.
 */
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "../hw.h"
#include "../platform.h"
#include "loop.h"

/* An entry of the page table is an xarray value: pfn, place and access. */
#define LOOP_PFN_BITS		40
#define LOOP_PFN_MASK		GENMASK_ULL(LOOP_PFN_BITS - 1, 0)
#define LOOP_LOCAL		BIT_ULL(LOOP_PFN_BITS)
#define LOOP_ACCESS_SHIFT	(LOOP_PFN_BITS + 1)

struct loop_device {
	struct hw_device hw;
	struct platform_device *pdev;
};

/**
 * struct loop_vm - an address space
 * @vm: what the core sees
 * @pt: entries by virtual page number; a prepared or unmapped slot holds
 *	XA_ZERO_ENTRY, so that storing into it never allocates
 */
struct loop_vm {
	struct hw_vm vm;
	struct xarray pt;
};

static struct loop_vm *to_loop_vm(struct hw_vm *vm)
{
	return container_of(vm, struct loop_vm, vm);
}

static void *loop_entry(const struct hw_run *run, unsigned int i, u32 access)
{
	u64 v = PHYS_PFN(run->addr) + i;

	if (run->place == HW_LOCAL)
		v |= LOOP_LOCAL;
	return xa_mk_value(v | (u64)access << LOOP_ACCESS_SHIFT);
}

static struct hw_vm *loop_vm_create(struct hw_device *hw)
{
	struct loop_vm *lvm;

	lvm = kzalloc(sizeof(*lvm), GFP_KERNEL);
	if (!lvm)
		return ERR_PTR(-ENOMEM);
	lvm->vm.hw = hw;
	xa_init(&lvm->pt);
	return &lvm->vm;
}

static void loop_vm_destroy(struct hw_vm *vm)
{
	struct loop_vm *lvm = to_loop_vm(vm);

	xa_destroy(&lvm->pt);
	kfree(lvm);
}

static int loop_map_prepare(struct hw_vm *vm, u64 start, u64 end)
{
	struct loop_vm *lvm = to_loop_vm(vm);
	u64 va;
	int err;

	for (va = start; va < end; va += PAGE_SIZE) {
		err = xa_reserve(&lvm->pt, PHYS_PFN(va), GFP_KERNEL);
		if (err)
			return err;
	}
	return 0;
}

static void loop_map_commit(struct hw_vm *vm, const struct hw_mapping *map,
			    unsigned int n)
{
	struct loop_vm *lvm = to_loop_vm(vm);
	unsigned int i, j;
	void *old;

	for (i = 0; i < n; i++) {
		for (j = 0; j < map[i].run.npages; j++) {
			old = xa_store(&lvm->pt, PHYS_PFN(map[i].va) + j,
				       loop_entry(&map[i].run, j,
						  map[i].access), 0);
			WARN_ON_ONCE(xa_is_err(old));
		}
	}
}

static void loop_unmap(struct hw_vm *vm, u64 start, u64 end,
		       enum hw_absent absent)
{
	struct loop_vm *lvm = to_loop_vm(vm);
	XA_STATE(xas, &lvm->pt, PHYS_PFN(start));
	void *entry;

	if (start >= end)
		return;
	xas_lock(&xas);
	xas_for_each(&xas, entry, PHYS_PFN(end - 1)) {
		if (!xa_is_zero(entry))
			xas_store(&xas, XA_ZERO_ENTRY);
	}
	xas_unlock(&xas);
}

static int loop_resolve(struct hw_vm *vm, u64 va, struct hw_mapping *map)
{
	struct loop_vm *lvm = to_loop_vm(vm);
	void *entry = xa_load(&lvm->pt, PHYS_PFN(va));
	u64 v;

	if (!entry)
		return -EFAULT;
	v = xa_to_value(entry);
	map->va = ALIGN_DOWN(va, PAGE_SIZE);
	map->access = v >> LOOP_ACCESS_SHIFT;
	map->run.addr = PFN_PHYS(v & LOOP_PFN_MASK);
	map->run.place = v & LOOP_LOCAL ? HW_LOCAL : HW_SYSTEM;
	map->run.npages = 1;
	return 0;
}

static bool loop_run_valid(const struct hw_device *hw,
			   const struct hw_run *run, u32 npages)
{
	u64 size = (u64)npages << PAGE_SHIFT;

	if (!IS_ALIGNED(run->addr, PAGE_SIZE))
		return false;
	if (run->place == HW_LOCAL)
		return size <= hw->local_size &&
		       run->addr <= hw->local_size - size;
	return pfn_valid(PHYS_PFN(run->addr)) &&
	       pfn_valid(PHYS_PFN(run->addr + size - 1));
}

static struct page *loop_page(const struct hw_device *hw,
			      const struct hw_run *run, u32 i)
{
	u64 addr = run->addr + ((u64)i << PAGE_SHIFT);

	if (run->place == HW_LOCAL)
		addr += hw->local_base;
	return pfn_to_page(PHYS_PFN(addr));
}

static int loop_copy_one(struct hw_device *hw, const struct hw_copy *copy)
{
	u32 i, n = copy->dst.npages;

	if (!loop_run_valid(hw, &copy->dst, n) ||
	    !loop_run_valid(hw, &copy->src, n))
		return -EINVAL;
	for (i = 0; i < n; i++)
		copy_highpage(loop_page(hw, &copy->dst, i),
			      loop_page(hw, &copy->src, i));
	return 0;
}

static int loop_copy(struct hw_device *hw, struct hw_copy *list, unsigned int n)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < n; i++) {
		list[i].status = loop_copy_one(hw, &list[i]);
		if (list[i].status && !err)
			err = list[i].status;
	}
	return err;
}

static int loop_clear(struct hw_device *hw, const struct hw_run *runs,
		      unsigned int n)
{
	unsigned int i;
	u32 j;

	for (i = 0; i < n; i++) {
		if (runs[i].place != HW_LOCAL ||
		    !loop_run_valid(hw, &runs[i], runs[i].npages))
			return -EINVAL;
		for (j = 0; j < runs[i].npages; j++)
			clear_highpage(loop_page(hw, &runs[i], j));
	}
	return 0;
}

static const struct hw_ops loop_ops = {
	.name = "loop",
	.vm_create = loop_vm_create,
	.vm_destroy = loop_vm_destroy,
	.map_prepare = loop_map_prepare,
	.map_commit = loop_map_commit,
	.unmap = loop_unmap,
	.copy = loop_copy,
	.clear = loop_clear,
	.resolve = loop_resolve,
};

struct hw_device *loop_create(unsigned int index, u64 base, u64 size)
{
	struct platform_device *pdev;
	struct loop_device *ldev;

	ldev = kzalloc(sizeof(*ldev), GFP_KERNEL);
	if (!ldev)
		return ERR_PTR(-ENOMEM);
	pdev = hw_platform_create(index, base, NULL);
	if (IS_ERR(pdev)) {
		kfree(ldev);
		return ERR_CAST(pdev);
	}
	ldev->pdev = pdev;
	ldev->hw.ops = &loop_ops;
	ldev->hw.dev = &pdev->dev;
	ldev->hw.index = index;
	ldev->hw.local_base = base;
	ldev->hw.local_size = size;
	return &ldev->hw;
}

void loop_destroy(struct hw_device *hw)
{
	struct loop_device *ldev = container_of(hw, struct loop_device, hw);

	platform_device_unregister(ldev->pdev);
	kfree(ldev);
}
