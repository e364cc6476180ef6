/* SPDX-License-Identifier: GPL-2.0 */
/* Files in sysfs that rocm-smi reads. */
#ifndef KFD_SMI_SYSFS_H
#define KFD_SMI_SYSFS_H

struct kfd_device;
struct kfd_smi_sysfs;

/**
 * kfd_smi_sysfs_create() - make the files of a GPU
 * @dev: the GPU, whose devmem is there; outlives them
 *
 * Return: what kfd_smi_sysfs_destroy() takes, or an ERR_PTR.
 */
struct kfd_smi_sysfs *kfd_smi_sysfs_create(struct kfd_device *dev);

/** kfd_smi_sysfs_destroy() - remove them; waits until nobody reads one */
void kfd_smi_sysfs_destroy(struct kfd_smi_sysfs *smi);

#endif
