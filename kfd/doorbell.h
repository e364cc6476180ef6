/* SPDX-License-Identifier: GPL-2.0 */
/* Doorbells: the page where user space tells a GPU to look at a queue. */
#ifndef KFD_DOORBELL_H
#define KFD_DOORBELL_H

#include <linux/bitmap.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "hw/hw.h"

struct address_space;
struct kfd_process;
struct kfd_process_device;
struct vm_area_struct;

#define KFD_DOORBELL_BYTES	8
#define KFD_DOORBELLS		(HW_DOORBELL_SIZE / KFD_DOORBELL_BYTES)

/** struct kfd_doorbells - those of a process on one GPU */
struct kfd_doorbells {
	/** @used: taken by a queue; process->lock */
	DECLARE_BITMAP(used, KFD_DOORBELLS);
	/**
	 * @lock: makes one step of "map and wake" and of "unmap and sleep".
	 * Inside mmap_lock.
	 */
	struct mutex lock;
	/** @pgoff: of every vma that maps them, in the process's mapping; constant */
	unsigned long pgoff;
};

/** kfd_doorbells_id() - a number for a process; Return: -ENOSPC, -ENOMEM */
int kfd_doorbells_id(void);

/** kfd_doorbells_id_free() - give it back */
void kfd_doorbells_id_free(int id);

/** kfd_doorbells_init() - none is used yet; @id is from kfd_doorbells_id() */
void kfd_doorbells_init(struct kfd_process_device *pdd, int id);

/**
 * kfd_doorbell_take_cp() - take a doorbell for a compute queue
 *
 * Context: process->lock held.
 * Return: its index, or -ENOSPC.
 */
int kfd_doorbell_take_cp(struct kfd_process_device *pdd);

/**
 * kfd_doorbell_take_sdma() - take the doorbell of one queue of a copy engine
 * @pdd: the GPU
 * @engine: 0..4
 * @queue: 0..7
 *
 * Context: process->lock held; nobody else has this queue of the engine.
 * Return: its index.
 */
int kfd_doorbell_take_sdma(struct kfd_process_device *pdd, unsigned int engine,
			   unsigned int queue);

/** kfd_doorbell_give() - give one back; process->lock held */
void kfd_doorbell_give(struct kfd_process_device *pdd, unsigned int index);

/**
 * kfd_doorbell_mmap() - map the doorbells of a GPU
 * @p: the process, which is current's
 * @gpu_id: which GPU
 * @vma: where
 *
 * Context: mmap_lock held for write.
 * Return: 0; -EINVAL: not HW_DOORBELL_SIZE bytes of a shared mapping, no such
 * GPU, not acquired, or it has no doorbells.
 */
int kfd_doorbell_mmap(struct kfd_process *p, u32 gpu_id,
		      struct vm_area_struct *vma);

/**
 * kfd_doorbell_idle() - take them away from user space until it touches them
 * @pdd: the GPU
 *
 * Context: may sleep; no mmap_lock.
 */
void kfd_doorbell_idle(struct kfd_process_device *pdd);

#endif
