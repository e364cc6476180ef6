/* SPDX-License-Identifier: GPL-2.0 */
/* What faults at ranges and at user pointers have in common. */
#ifndef SVM_FAULT_H
#define SVM_FAULT_H

#include <linux/types.h>

#include "svm.h"

struct svm_populate;
struct vm_area_struct;

/**
 * svm_fault_begin() - take the address space and svm->lock
 *
 * Return: 0, -ESRCH, -ENODEV; then svm_fault_end() is not called.
 */
int svm_fault_begin(struct svm *svm, unsigned int index);

/**
 * svm_fault_end() - give them back, and count
 * @svm: the process
 * @fault: the fault
 * @err: what came of it
 * @start: what is tried again
 * @end: what is tried again
 *
 * Return: what the front has to hear; a lost race is no error.
 */
int svm_fault_end(struct svm *svm, const struct hw_fault *fault, int err,
		  u64 *start, u64 *end);

/**
 * svm_fault_stale() - is the access possible already
 *
 * Return: true with the interval set; then trying again is the answer.
 */
bool svm_fault_stale(struct svm *svm, unsigned int index,
		     const struct hw_fault *fault, u64 *start, u64 *end);

/** svm_fault_verdict() - has @pop given @access; 0, -EPERM or -EFAULT */
int svm_fault_verdict(const struct svm_populate *pop, u32 access);

/**
 * svm_vma_check() - may a device access memory of @vma
 * @vma: or NULL
 * @access: HW_READ, ...
 *
 * Context: mmap_lock held.
 * Return: 0; -EFAULT: no memory, or of a kind without pages; -EPERM.
 */
int svm_vma_check(const struct vm_area_struct *vma, u32 access);

#endif
