// SPDX-License-Identifier: GPL-2.0
/*
 * Copies and clears that do not depend on the device being alive: VRAM is memory,
 * so the CPU can do what a lost device no longer does.
 */
#include <linux/highmem.h>
#include <linux/mm.h>

#include "devmem.h"

static struct page *run_page(const struct hw_device *hw,
			     const struct hw_run *run, u32 i)
{
	u64 addr = run->addr + ((u64)i << PAGE_SHIFT);

	if (run->place == HW_LOCAL)
		addr += hw->local_base;
	return pfn_to_page(PHYS_PFN(addr));
}

int devmem_copy(struct hw_device *hw, struct hw_copy *list, unsigned int n)
{
	unsigned int i;
	int ret = 0;
	u32 j;

	if (!n || !hw->ops->copy(hw, list, n))
		return 0;
	for (i = 0; i < n; i++) {
		struct hw_copy *copy = &list[i];

		if (copy->status == -ENODEV) {
			for (j = 0; j < copy->dst.npages; j++)
				copy_highpage(run_page(hw, &copy->dst, j),
					      run_page(hw, &copy->src, j));
			copy->status = 0;
			cond_resched();
		}
		if (copy->status && !ret)
			ret = copy->status;
	}
	return ret;
}

int devmem_clear(struct hw_device *hw, const struct hw_run *runs,
		 unsigned int n)
{
	unsigned int i;
	int ret;
	u32 j;

	if (!n)
		return 0;
	ret = hw->ops->clear(hw, runs, n);
	if (ret != -ENODEV)
		return ret;
	for (i = 0; i < n; i++) {
		for (j = 0; j < runs[i].npages; j++)
			clear_highpage(run_page(hw, &runs[i], j));
		cond_resched();
	}
	return 0;
}
