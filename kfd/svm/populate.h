/* SPDX-License-Identifier: GPL-2.0 */
/* Populate: make pages present and map them to devices. */
#ifndef SVM_POPULATE_H
#define SVM_POPULATE_H

struct svm;
struct svm_attrs;

/**
 * svm_populate() - map [start, last] to the devices that want it mapped
 * @svm: the process
 * @attrs: the attributes of the interval
 * @start: first page
 * @last: last page, in the same range
 *
 * Pages that the CPU could not read either (PROT_NONE, unmapped meanwhile) are
 * left unmapped.
 *
 * Context: svm->lock held, mmap_lock not; sleeps.
 * Return: 0; -ENOMEM; -EINTR (killed); -ENODEV (device lost).
 */
int svm_populate(struct svm *svm, const struct svm_attrs *attrs,
		 unsigned long start, unsigned long last);

#endif
