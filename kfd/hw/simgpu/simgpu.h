/* SPDX-License-Identifier: GPL-2.0 */
/* The simgpu back end: drives the device process behind ivshmem-doorbell. */
#ifndef HW_SIMGPU_H
#define HW_SIMGPU_H

#include <linux/types.h>

struct hw_device;
struct module;

/* The parameter lockup_ms, for tests that cannot wait so long. */
extern unsigned int simgpu_lockup_ms;

/**
 * simgpu_init() - look for devices
 * @owner: THIS_MODULE; NULL in KUnit tests, which run before their module has
 *	its place in sysfs
 *
 * Registers the PCI driver, which takes every ivshmem device that carries the
 * magic of the device ABI.  Nothing is started yet.
 *
 * Context: module init.
 * Return: 0 or a negative errno; no device is no error, see simgpu_count().
 */
int simgpu_init(struct module *owner);

/** simgpu_exit() - the reverse; every device has been destroyed before */
void simgpu_exit(void);

/** simgpu_count() - how many devices there are */
unsigned int simgpu_count(void);

/**
 * simgpu_create() - start one device
 * @index: 0..simgpu_count()-1, in the order that the devices give themselves
 * @base: where its VRAM is expected, 0: wherever it says
 * @size: how large it is expected to be, 0: as large as it says
 *
 * A device whose process is dead is powered off and on first.  Each refusal is
 * logged once with its reason.
 *
 * Context: process context, sleeps, for seconds when the device is dead.
 * Return: the device or an ERR_PTR.  -ENODEV: no such device, it does not
 * start, or it speaks another ABI; -EINVAL: @base or @size differ from what the
 * device says; -EBUSY: it is in use; -ENOMEM.
 */
struct hw_device *simgpu_create(unsigned int index, u64 base, u64 size);

/**
 * simgpu_quiet() - make no more upcalls
 * @hw: the device; every VM has been destroyed before
 *
 * It works on as far as it has worked before.
 *
 * Context: process context, waits for an upcall that is under way.
 */
void simgpu_quiet(struct hw_device *hw);

/** simgpu_destroy() - the reverse of simgpu_create(), after simgpu_quiet() */
void simgpu_destroy(struct hw_device *hw);

#endif
