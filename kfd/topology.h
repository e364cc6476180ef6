/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The topology in sysfs: node 0 is the CPU with all system memory, node n the
 * n-th GPU; every pair is joined by a coherent XGMI link.
 */
#ifndef KFD_TOPOLOGY_H
#define KFD_TOPOLOGY_H

struct kfd_device;
struct kfd_topology_node;
struct kobject;

/**
 * kfd_topology_create() - make topology/ with the CPU node
 * @parent: where; /sys/devices/virtual/kfd/kfd
 *
 * Return: 0 or a negative errno.
 */
int kfd_topology_create(struct kobject *parent);

/** kfd_topology_destroy() - the reverse; all GPUs have been removed */
void kfd_topology_destroy(void);

/**
 * kfd_topology_add() - append a node
 * @dev: the GPU, which outlives the node; NULL: the CPU
 *
 * Raises generation_id, so that a reader who saw half of it starts again.
 *
 * Context: process context; calls do not overlap (module init and exit).
 * Return: the node or an ERR_PTR.
 */
struct kfd_topology_node *kfd_topology_add(struct kfd_device *dev);

/** kfd_topology_remove() - the reverse; @node is the last one */
void kfd_topology_remove(struct kfd_topology_node *node);

/** kfd_topology_node_id() - 1.. for GPUs, the name of the directory */
unsigned int kfd_topology_node_id(const struct kfd_topology_node *node);

#endif
