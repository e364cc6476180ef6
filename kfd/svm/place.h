/* SPDX-License-Identifier: GPL-2.0 */
/* Placement: where the pages of a range shall be.  Pure decisions. */
#ifndef SVM_PLACE_H
#define SVM_PLACE_H

#include "range.h"

/**
 * svm_place_prefetch() - where a prefetch moves the pages of a range
 * @attrs: the range; @attrs->prefetch has been set
 * @xnack: retry faults are on
 * @hive: bit per device that is in one hive with the prefetch target
 *
 * The target, unless a device that is not in its hive reaches the pages where
 * they are (in place with retry faults, mapped without): then system memory,
 * which all of them reach.
 *
 * Return: a device index or SVM_LOC_SYSTEM.
 */
u32 svm_place_prefetch(const struct svm_attrs *attrs, bool xnack, u32 hive);

/**
 * svm_place_mapped() - the devices that a range is mapped to without a fault
 * @attrs: the range
 * @xnack: retry faults are on: only GPU_ALWAYS_MAPPED ranges are
 *
 * Return: bit per device.
 */
u32 svm_place_mapped(const struct svm_attrs *attrs, bool xnack);

/** svm_place_rights() - HW_READ | ... that a device has at most */
u32 svm_place_rights(const struct svm_attrs *attrs);

/**
 * svm_place_fault() - where the pages go that a device faults at
 * @attrs: the range
 * @device: the device
 * @hive: bit per device in one hive with it, its own too
 * @to: out: device index, SVM_LOC_SYSTEM, or SVM_LOC_UNDEFINED: they stay where
 *	they are, and the device reaches them there
 *
 * The preferred location, if the device reaches it; else to the device if it has
 * access; else, with access in place, nowhere.
 *
 * Return: 0 or -EACCES: the device has no access.
 */
int svm_place_fault(const struct svm_attrs *attrs, u32 device, u32 hive,
		    u32 *to);

/**
 * svm_place_granule() - the pages that are served together with one
 * @attrs: the range
 * @page: the page
 * @first: in: first page that could be, out: first that is
 * @last: in: last page that could be, out: last that is
 */
void svm_place_granule(const struct svm_attrs *attrs, unsigned long page,
		       unsigned long *first, unsigned long *last);

#endif
