/* SPDX-License-Identifier: GPL-2.0 */
/* The GPUs: what the back end, the VRAM and the user interface know of each. */
#ifndef KFD_DEVICE_H
#define KFD_DEVICE_H

#include <linux/types.h>

#include "smi_events.h"

struct address_space;
struct devmem;
struct hw_device;
struct kfd_render;
struct kfd_smi_sysfs;
struct kfd_topology_node;

/**
 * struct kfd_device - one GPU
 *
 * Every member is constant from kfd_device_add() to kfd_device_remove(), but for
 * those that say something else.
 */
struct kfd_device {
	/** @hw: the back end's half; hw->index is the place in the table */
	struct hw_device *hw;
	/** @devmem: its VRAM */
	struct devmem *devmem;
	/** @render: its render node */
	struct kfd_render *render;
	/** @smi_sysfs: its files for rocm-smi */
	struct kfd_smi_sysfs *smi_sysfs;
	/** @node: its place in the topology */
	struct kfd_topology_node *node;
	/** @gpu_id: its name in the ABI, 1..0xffff, unique */
	u32 gpu_id;
	/** @lost: see kfd_device_lost() */
	bool lost;
	/** @sdma_used: queues of the SDMA engines; atomic bits */
	unsigned long sdma_used;
	/** @sdma_xgmi_used: queues of the XGMI SDMA engines; atomic bits */
	unsigned long sdma_xgmi_used;
	/** @smi: has its own lock */
	struct kfd_smi smi;
};

/** kfd_device_lost() - does the device not answer any more; that is for good */
static inline bool kfd_device_lost(const struct kfd_device *dev)
{
	return READ_ONCE(dev->lost);
}

/** kfd_device_set_lost() - the back end says so */
static inline void kfd_device_set_lost(struct kfd_device *dev)
{
	WRITE_ONCE(dev->lost, true);
}

/**
 * kfd_device_add() - claim a GPU's VRAM and enter it in the tables
 * @hw: the back end's device; stays the caller's
 *
 * The same VRAM address always gets the same gpu_id, unless two addresses
 * collide: then the later one gets the next free id.
 *
 * Context: module init, before user space can open anything.
 * Return: the device or an ERR_PTR; the errors of devmem_create() or -ENOMEM.
 */
struct kfd_device *kfd_device_add(struct hw_device *hw);

/**
 * kfd_device_publish() - make the render node visible
 * @dev: from kfd_device_add()
 *
 * Apart from kfd_device_add() so that nothing can be opened before every
 * device of the module has been found good.
 *
 * Return: 0 or a negative errno.
 */
int kfd_device_publish(struct kfd_device *dev);

/**
 * kfd_device_remove() - the reverse of both
 * @dev: the device that was added last, or NULL
 *
 * Context: module exit or failed init; no file is open.
 */
void kfd_device_remove(struct kfd_device *dev);

/**
 * kfd_device_at() - look up by index
 * @index: any number
 *
 * The table changes only while no file of the module can be open: a caller
 * that serves a file needs no lock and no reference.
 *
 * Return: the device or NULL.
 */
struct kfd_device *kfd_device_at(unsigned int index);

/**
 * kfd_device_by_id() - look up by gpu_id
 * @gpu_id: any number
 *
 * Return: the device or NULL; see kfd_device_at().
 */
struct kfd_device *kfd_device_by_id(u32 gpu_id);

/**
 * kfd_device_mapping() - the address_space of all vmas of /dev/kfd
 *
 * It is a render node's; as constant as the table of devices.
 */
struct address_space *kfd_device_mapping(void);

#endif
