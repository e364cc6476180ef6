/* SPDX-License-Identifier: GPL-2.0 */
/* User queues. */
#ifndef KFD_QUEUE_H
#define KFD_QUEUE_H

#include <linux/types.h>

#include "hw/hw.h"

struct kfd_process;
struct kfd_process_device;

/** struct kfd_queue - all under process->lock but for what is constant */
struct kfd_queue {
	/** @pdd: the process on one GPU; constant */
	struct kfd_process_device *pdd;
	/** @hw: the back end's half; constant */
	struct hw_queue *hw;
	/** @id: its name in the process; constant */
	u32 id;
	/** @args: what the back end was told last */
	struct hw_queue_args args;
	/** @sdma: which queue of the copy engines, -1 for compute; constant */
	int sdma;
	/** @ctl_stack_size: of the save area, from CREATE_QUEUE; constant */
	u32 ctl_stack_size;
};

/**
 * kfd_queues_destroy() - stop and free all queues, for good
 * @p: the process; nobody can make another queue afterwards
 *
 * Context: sleeps; takes process->lock; also called at the end of an mm.
 */
void kfd_queues_destroy(struct kfd_process *p);

/** kfd_queues_any() - does the process have a queue; process->lock held */
bool kfd_queues_any(struct kfd_process *p);

/* ioctl handlers; their arguments are described at the dispatcher */
int kfd_queue_create(struct kfd_process *p, void *data, size_t size);
int kfd_queue_update(struct kfd_process *p, void *data, size_t size);
int kfd_queue_destroy(struct kfd_process *p, void *data, size_t size);
int kfd_queue_set_cu_mask(struct kfd_process *p, void *data, size_t size);
int kfd_queue_wave_state(struct kfd_process *p, void *data, size_t size);

#endif
