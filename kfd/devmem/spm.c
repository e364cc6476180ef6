// SPDX-License-Identifier: GPL-2.0
#include <linux/device.h>
#include <linux/err.h>
#include <linux/ioport.h>
#include <linux/memremap.h>
#include <linux/sizes.h>

#include "spm.h"

/*
 * Exported by mm-patches/0001 only.  A weak reference resolves to NULL where
 * the kernel does not export it.
 */
extern struct resource *lookup_resource(struct resource *root,
					resource_size_t start) __weak;

struct spm_search {
	resource_size_t base;
	struct resource found;
};

static int spm_match(struct resource *res, void *arg)
{
	struct spm_search *search = arg;

	if (res->start != search->base)
		return 0;
	search->found = *res;
	return 1;
}

/*
 * Copy the resource that starts at @base to @res, the soft-reserved one if there
 * are several: lookup_resource() sees the top level only, where the kernel's
 * hmem device may have put a resource of its own around ours.
 */
static int spm_lookup(u64 base, struct resource *res)
{
	struct spm_search search = { .base = base };
	struct resource *top = NULL;

	if (lookup_resource) {
		top = lookup_resource(&iomem_resource, base);
		if (!top)
			return -ENOENT;
		*res = *top;
		if (res->desc == IORES_DESC_SOFT_RESERVED)
			return 0;
	}

	if (walk_iomem_res_desc(IORES_DESC_SOFT_RESERVED, IORESOURCE_MEM, 0, -1,
				&search, spm_match) > 0)
		*res = search.found;
	else if (!top)
		return -ENOENT;
	return 0;
}

static int spm_check(struct device *dev, const struct resource *res, u64 base,
		     u64 size)
{
	if (res->desc != IORES_DESC_SOFT_RESERVED) {
		dev_err(dev, "%pR at %#llx is not soft-reserved memory\n", res,
			base);
		return -EINVAL;
	}
	if (size > resource_size(res)) {
		dev_err(dev, "%pR is too small: %llu MiB wanted\n", res,
			size / SZ_1M);
		return -EINVAL;
	}
	return 0;
}

struct resource *spm_claim(struct device *dev, u64 base, u64 size)
{
	struct resource res, *claim;
	int err;

	if (!IS_ALIGNED(base | size, SZ_2M)) {
		dev_err(dev, "VRAM at %#llx, size %#llx: not aligned to 2 MiB\n",
			base, size);
		return ERR_PTR(-EINVAL);
	}

	err = spm_lookup(base, &res);
	if (err) {
		dev_err(dev,
			"no special-purpose memory starts at %#llx: see \"Soft Reserved\" in /proc/iomem, and memmap= on the kernel command line\n",
			base);
		return ERR_PTR(err);
	}

	err = spm_check(dev, &res, base, size);
	if (err)
		return ERR_PTR(err);

	if (!size)
		size = ALIGN_DOWN(resource_size(&res), SZ_2M);
	if (!size) {
		dev_err(dev, "%pR is smaller than 2 MiB\n", &res);
		return ERR_PTR(-EINVAL);
	}

	claim = request_mem_region(base, size, dev_name(dev));
	if (!claim) {
		dev_err(dev,
			"%pR is claimed already, see /proc/iomem (is dax_hmem loaded?)\n",
			&res);
		return ERR_PTR(-EBUSY);
	}
	return claim;
}

void spm_release(struct resource *claim)
{
	release_mem_region(claim->start, resource_size(claim));
}
