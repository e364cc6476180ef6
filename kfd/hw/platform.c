// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/numa.h>
#include <linux/platform_device.h>

#include "platform.h"

static int vram_node(u64 base)
{
	int node = phys_to_target_node(base);

	return numa_map_to_online_node(node);
}

struct platform_device *hw_platform_create(unsigned int index, u64 base,
					   struct device *parent)
{
	struct platform_device *pdev;
	char name[sizeof("0000:00:00.0")];
	int err;

	snprintf(name, sizeof(name), "0000:%02x:00.0", HW_PCI_BUS(index) & 0xff);
	pdev = platform_device_alloc(name, PLATFORM_DEVID_NONE);
	if (!pdev)
		return ERR_PTR(-ENOMEM);
	pdev->dev.parent = parent;
	set_dev_node(&pdev->dev, vram_node(base));
	pdev->dev.coherent_dma_mask = DMA_BIT_MASK(64);
	pdev->platform_dma_mask = DMA_BIT_MASK(64);
	err = platform_device_add(pdev);
	if (err) {
		platform_device_put(pdev);
		return ERR_PTR(err);
	}
	return pdev;
}
