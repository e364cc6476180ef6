/* SPDX-License-Identifier: GPL-2.0 */
/* /dev/kfd: the device file and the ioctl dispatcher. */
#ifndef KFD_CHARDEV_H
#define KFD_CHARDEV_H

struct kobject;

/**
 * kfd_chardev_create() - make class "kfd" and device "kfd"
 *
 * The node /dev/kfd appears, and opening it fails with -ENXIO until
 * kfd_chardev_publish().
 *
 * Return: the device's kobject, below which the topology goes, or an ERR_PTR.
 */
struct kobject *kfd_chardev_create(void);

/**
 * kfd_chardev_publish() - let user space open /dev/kfd
 *
 * The last step of module init: a process that holds the file open keeps the
 * module only once its init has succeeded.
 *
 * Return: 0 or a negative errno.
 */
int kfd_chardev_publish(void);

/** kfd_chardev_destroy() - the reverse of both; no file is open */
void kfd_chardev_destroy(void);

#endif
