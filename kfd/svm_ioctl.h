/* SPDX-License-Identifier: GPL-2.0 */
/* The SVM and SET_XNACK_MODE ioctls: gpu ids and user structs end here. */
#ifndef KFD_SVM_IOCTL_H
#define KFD_SVM_IOCTL_H

#include <linux/types.h>

struct kfd_process;

/**
 * kfd_svm_location() - what user space calls a location
 * @location: a device index or SVM_LOC_*
 *
 * Return: a gpu_id or KFD_IOCTL_SVM_LOCATION_*; UNDEFINED for a device that is
 * not there.
 */
u32 kfd_svm_location(u32 location);

/* ioctl handlers; their arguments are described at the dispatcher */
int kfd_svm_ioctl(struct kfd_process *p, void *data, size_t size);
int kfd_svm_ioctl_xnack(struct kfd_process *p, void *data, size_t size);

#endif
