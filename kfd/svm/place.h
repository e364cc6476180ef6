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

/** svm_place_access() - HW_READ | ... that a device gets to a page */
u32 svm_place_access(const struct svm_attrs *attrs, bool cpu_write);

#endif
