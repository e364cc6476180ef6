/* SPDX-License-Identifier: GPL-2.0 */
/* User pointers, as the other files of svm/ see them. */
#ifndef SVM_USERPTR_H
#define SVM_USERPTR_H

#include <linux/types.h>

struct svm;

/**
 * svm_userptrs_unmap() - take [start, last] pages of the process from devices
 *
 * Devices wait when they come there again.
 *
 * Context: notifier_lock held for write; never allocates.
 */
void svm_userptrs_unmap(struct svm *svm, unsigned long start,
			unsigned long last);

/**
 * svm_userptrs_mapped() - does a device map a page of [start, last]
 *
 * Context: notifier_lock held.
 */
bool svm_userptrs_mapped(struct svm *svm, unsigned long start,
			 unsigned long last);

/** svm_userptrs_any() - is there one with a page of [start, last] */
bool svm_userptrs_any(struct svm *svm, unsigned long start,
		      unsigned long last);

/** svm_userptrs_lost() - forget the devices that are lost */
void svm_userptrs_lost(struct svm *svm);

#endif
