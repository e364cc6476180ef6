// SPDX-License-Identifier: GPL-2.0
/* The table of GPUs. */
#include <drm/drm_device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/slab.h>

#include "device.h"
#include "devmem/devmem.h"
#include "hw/hw.h"
#include "render.h"
#include "smi_sysfs.h"
#include "topology.h"
#include "upcalls.h"

/* Changes in module init and exit only; see kfd_device_at(). */
static struct kfd_device *devices[HW_MAX_DEVICES];

struct kfd_device *kfd_device_at(unsigned int index)
{
	return index < HW_MAX_DEVICES ? devices[index] : NULL;
}

struct kfd_device *kfd_device_by_id(u32 gpu_id)
{
	unsigned int i;

	for (i = 0; i < HW_MAX_DEVICES; i++)
		if (devices[i] && devices[i]->gpu_id == gpu_id)
			return devices[i];
	return NULL;
}

/* 16 bits, because mmap offsets carry it in bits 61:46; 0 means "CPU". */
static u32 choose_gpu_id(const struct hw_device *hw)
{
	u32 id = hash_64(hw->local_base, 16);

	while (!id || kfd_device_by_id(id))
		id = (id + 1) & 0xffff;
	return id;
}

struct kfd_device *kfd_device_add(struct hw_device *hw)
{
	struct kfd_device *dev;
	int ret;

	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	dev->hw = hw;
	dev->gpu_id = choose_gpu_id(hw);
	kfd_smi_init(&dev->smi);
	hw->upcalls = &kfd_upcalls;

	dev->devmem = devmem_create(hw);
	if (IS_ERR(dev->devmem)) {
		ret = PTR_ERR(dev->devmem);
		goto free_dev;
	}

	dev->render = kfd_render_create(dev);
	if (IS_ERR(dev->render)) {
		ret = PTR_ERR(dev->render);
		goto destroy_devmem;
	}

	dev->node = kfd_topology_add(dev);
	if (IS_ERR(dev->node)) {
		ret = PTR_ERR(dev->node);
		goto destroy_render;
	}

	dev->smi_sysfs = kfd_smi_sysfs_create(dev);
	if (IS_ERR(dev->smi_sysfs)) {
		ret = PTR_ERR(dev->smi_sysfs);
		goto remove_node;
	}

	devices[hw->index] = dev;
	return dev;

remove_node:
	kfd_topology_remove(dev->node);
destroy_render:
	kfd_render_destroy(dev->render);
destroy_devmem:
	devmem_destroy(dev->devmem);
free_dev:
	kfree(dev);
	return ERR_PTR(ret);
}

int kfd_device_publish(struct kfd_device *dev)
{
	return kfd_render_publish(dev->render);
}

void kfd_device_remove(struct kfd_device *dev)
{
	if (!dev)
		return;
	devices[dev->hw->index] = NULL;
	kfd_smi_sysfs_destroy(dev->smi_sysfs);
	kfd_topology_remove(dev->node);
	kfd_render_destroy(dev->render);
	devmem_destroy(dev->devmem);
	kfree(dev);
}

struct address_space *kfd_device_mapping(void)
{
	unsigned int i = 0;

	while (!devices[i])
		i++;
	return kfd_render_drm(devices[i]->render)->anon_inode->i_mapping;
}
