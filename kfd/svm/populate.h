/* SPDX-License-Identifier: GPL-2.0 */
/* Populate: make pages present and map them to devices. */
#ifndef SVM_POPULATE_H
#define SVM_POPULATE_H

#include <linux/types.h>

struct svm;
struct svm_range;

/** enum svm_populate_mode - what happens to pages that are not present */
enum svm_populate_mode {
	SVM_POPULATE_PRESENT,	/* nothing: only what is there is mapped */
	SVM_POPULATE_READ,	/* made present */
	SVM_POPULATE_WRITE,	/* made present and writable, where allowed */
};

#define SVM_POPULATE_NO_PAGE	ULONG_MAX

/**
 * struct svm_populate - what to map
 * @start: first page of the process
 * @last: last page; areas cover the interval
 * @offset: GPU virtual address minus CPU address, in bytes
 * @devices: bit per live device
 * @rights: HW_READ | ...: what the devices get at most
 * @mode: see above
 * @whole: what is mapped just because it is present is so with all @rights, or
 *	not at all: a device that does not retry could not ask for more
 * @shared: HW_ATOMIC is granted also where others can use the page at the same
 *	time although the device's link has no atomics
 * @page: a page of the interval that matters most: if not all pages of its
 *	surroundings can be had it is the only one that is made present; or
 *	SVM_POPULATE_NO_PAGE: each is tried
 * @got: out: what the devices have got at @page, 0: it could not be mapped
 */
struct svm_populate {
	unsigned long start;
	unsigned long last;
	u64 offset;
	unsigned long devices;
	u32 rights;
	enum svm_populate_mode mode;
	bool whole;
	bool shared;
	unsigned long page;
	u32 got;
};

/**
 * svm_populate() - map pages of the process to devices
 *
 * Pages that the CPU could not touch either (PROT_NONE, unmapped meanwhile,
 * beyond the end of a file) are left unmapped.  Devices have no write access to
 * pages that the CPU would have to ask for first.
 *
 * Context: svm->lock held, mmap_lock not, the address space is alive; sleeps.
 * Return: 0; -ENOMEM; -EINTR (killed); -EBUSY: the mm changes all the time;
 * -ENODEV (device lost).
 */
int svm_populate(struct svm *svm, struct svm_populate *pop);

/**
 * svm_populate_range() - map [start, last] of a range as its attributes say
 *
 * To the devices that it is mapped to without a fault.
 *
 * Context: as svm_populate().
 * Return: as svm_populate().
 */
int svm_populate_range(struct svm *svm, const struct svm_range *range,
		       unsigned long start, unsigned long last);

#endif
