/* SPDX-License-Identifier: GPL-2.0 */
/* The loop back end: no device; a page table in memory, copies by the CPU. */
#ifndef HW_LOOP_H
#define HW_LOOP_H

#include <linux/types.h>

struct hw_device;

/**
 * loop_create() - a GPU without a device
 * @index: unique index below HW_MAX_DEVICES
 * @base: physical address of its VRAM
 * @size: size of its VRAM in bytes, 0: whatever firmware advertises there
 *
 * Makes a platform device "0000:<bus>:00.0" on the NUMA node of @base.
 *
 * Context: process context.
 * Return: the device or an ERR_PTR.
 */
struct hw_device *loop_create(unsigned int index, u64 base, u64 size);

/** loop_destroy() - the reverse; every VM has been destroyed before */
void loop_destroy(struct hw_device *hw);

#endif
