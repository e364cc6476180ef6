/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Atomics of devices whose link to the CPU has none.  In a device's own memory
 * they are atomic for all.  Elsewhere the device gets the page for itself
 * first: the CPU and the other devices fault there, and get it back.
 */
#ifndef SVM_EXCLUSIVE_H
#define SVM_EXCLUSIVE_H

#include <linux/types.h>

struct hw_device;
struct svm;
struct svm_attrs;

/**
 * struct svm_exclusive - an atomic that a device could not do
 * @index: the device
 * @page: the page of the process where
 * @first: in: first page that may be taken with it, out: that was tried
 * @last: in: last page that may, out: that was tried
 * @offset: GPU virtual address minus CPU address, in bytes
 * @rights: HW_READ | ...: what the device gets
 * @attrs: of the range, for the events of a migration
 * @moved: out: pages have moved to the device's memory
 */
struct svm_exclusive {
	unsigned int index;
	unsigned long page;
	unsigned long first;
	unsigned long last;
	u64 offset;
	u32 rights;
	const struct svm_attrs *attrs;
	bool moved;
};

/** svm_exclusive_needed() - has the link of a device no atomics of its own */
bool svm_exclusive_needed(const struct hw_device *hw);

/**
 * svm_exclusive_serve() - make an atomic possible
 *
 * Takes the page for the device alone, with its neighbours in 64 KiB that the
 * process writes to as well, and maps them.  If that cannot be, or has been done
 * too often lately, the pages move to the memory of the device.
 *
 * Context: svm->lock held, mmap_lock not, the address space is alive; sleeps.
 * Return: 0: taken and mapped; -ENXIO: it is the device's own memory, map it as
 * usual (if the device may do no atomics then, it has been evicted since: -EBUSY);
 * -EPERM: it cannot be taken, and not be moved either; -EFAULT: no memory that could
 * be written; -ENOMEM; -EINTR (killed); -EBUSY: the mm changes all the time;
 * -ENODEV (device lost).
 */
int svm_exclusive_serve(struct svm *svm, struct svm_exclusive *x);

/**
 * svm_exclusive_any() - does a device have a page of [first, last] for itself
 *
 * The page may be anybody's by now.
 *
 * Context: svm->lock held.
 */
bool svm_exclusive_any(struct svm *svm, unsigned long first,
		       unsigned long last);

/**
 * svm_exclusive_forget() - the devices have lost [first, last]
 *
 * Context: notifier_lock held for write; allocates nothing.
 */
void svm_exclusive_forget(struct svm *svm, unsigned long first,
			  unsigned long last);

/**
 * svm_exclusive_revoke() - give back what devices have taken of others' VRAM
 *
 * A snapshot of the CPU page table does not show such pages.
 *
 * Context: as svm_exclusive_serve().
 */
void svm_exclusive_revoke(struct svm *svm, unsigned long first,
			  unsigned long last);

#endif
