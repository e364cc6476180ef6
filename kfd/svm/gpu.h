/* SPDX-License-Identifier: GPL-2.0 */
/* The devices of a process, and what the core asks of them. */
#ifndef SVM_GPU_H
#define SVM_GPU_H

#include "space.h"

/**
 * svm_live() - bit per device that is attached and not lost
 *
 * Context: svm->lock or notifier_lock held.
 */
static inline unsigned long svm_live(const struct svm *svm)
{
	return svm->devices & ~svm->lost;
}

/* These are hw_ops of the same name; the device is live. */
int svm_gpu_prepare(struct svm *svm, unsigned int index, u64 start, u64 end);
void svm_gpu_commit(struct svm *svm, unsigned int index,
		    const struct hw_mapping *map, unsigned int n);
void svm_gpu_unmap(struct svm *svm, unsigned int index, u64 start, u64 end,
		   enum hw_absent absent);

/**
 * svm_gpu_unmap_pages() - pages [start, last] are no longer the business of @devices
 *
 * Context: as svm_gpu_unmap(), which it calls for each of these live devices.
 */
void svm_gpu_unmap_pages(struct svm *svm, unsigned long devices,
			 unsigned long start, unsigned long last);

/**
 * svm_gpu_mapped() - devices are about to get mappings of [start, last] pages
 *
 * From here on an invalidation finds something to take away.  Ranges remember
 * where they are mapped; user pointers do that themselves.
 *
 * Context: notifier_lock and svm->lock held.
 */
void svm_gpu_mapped(struct svm *svm, u32 devices, unsigned long start,
		    unsigned long last);

/** svm_gpu_suspend() - the live devices touch no memory for the process */
void svm_gpu_suspend(struct svm *svm);

/** svm_gpu_resume() - they go on */
void svm_gpu_resume(struct svm *svm);

/**
 * svm_gpu_access() - what a device may do at a GPU virtual address now
 *
 * Context: notifier_lock held.
 * Return: HW_READ | ..., 0 when nothing is mapped.
 */
u32 svm_gpu_access(struct svm *svm, unsigned int index, u64 va);

#endif
