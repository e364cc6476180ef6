/* SPDX-License-Identifier: GPL-2.0 */
/* State of the driver as text, in /sys/kernel/debug/kfd. */
#ifndef KFD_DEBUGFS_H
#define KFD_DEBUGFS_H

/**
 * kfd_debugfs_create() - make the directory and its files
 *
 * There is no error: without debugfs nothing else is missing.
 */
void kfd_debugfs_create(void);

/** kfd_debugfs_destroy() - remove them; waits for readers */
void kfd_debugfs_destroy(void);

#endif
