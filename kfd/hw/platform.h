/* SPDX-License-Identifier: GPL-2.0 */
/* The struct device that back ends present a GPU by. */
#ifndef HW_PLATFORM_H
#define HW_PLATFORM_H

#include <linux/types.h>

struct device;
struct platform_device;

/**
 * hw_platform_create() - a device "amdgpu.<index>" beside its VRAM
 * @index: unique index below HW_MAX_DEVICES
 * @base: physical address of the VRAM; its NUMA node becomes the device's
 * @parent: what it is a part of, or NULL
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
