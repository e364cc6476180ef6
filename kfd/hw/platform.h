/* SPDX-License-Identifier: GPL-2.0 */
/* The struct device that back ends present a GPU by. */
#ifndef HW_PLATFORM_H
#define HW_PLATFORM_H

#include <linux/types.h>

struct device;
struct platform_device;

/* Where the GPUs claim to be on PCI: c1:00.0, c2:00.0, ... in domain 0 */
#define HW_PCI_BUS(index)	(0xc1U + (index))

/**
 * hw_platform_create() - a device "0000:<bus>:00.0" beside its VRAM
 * @index: unique index below HW_MAX_DEVICES
 * @base: physical address of the VRAM; its NUMA node becomes the device's
 * @parent: what it is a part of, or NULL
 *
 * rocm-smi finds the place on PCI, which the topology tells, in the name.
 *
 * No driver binds to it, so that what is devm-managed on it lasts until
 * platform_device_unregister().
 *
 * Context: process context.
 * Return: the device, registered, or an ERR_PTR.
 */
struct platform_device *hw_platform_create(unsigned int index, u64 base,
					   struct device *parent);

#endif
