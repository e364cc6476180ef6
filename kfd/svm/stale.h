/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small set of page intervals.  Pure data structure: no locks, no allocation,
 * and it never overflows: when all places are taken it grows more than it must.
 */
#ifndef SVM_STALE_H
#define SVM_STALE_H

#include "interval.h"

#define SVM_STALE_MAX	16

/**
 * struct svm_stale - intervals of pages, inclusive end
 * @n: how many of @iv are valid
 * @iv: disjoint, in no order
 */
struct svm_stale {
	unsigned int n;
	struct svm_interval iv[SVM_STALE_MAX];
};

/**
 * svm_stale_add() - add [start, last]
 *
 * Intervals that touch are joined.  Without a free place the nearest one grows
 * until it includes the new one, and whatever lies between.
 */
void svm_stale_add(struct svm_stale *set, unsigned long start,
		   unsigned long last);

/**
 * svm_stale_cut() - remove [start, last]
 *
 * Where that would leave two parts of one interval and there is no free place,
 * the interval stays whole.
 */
void svm_stale_cut(struct svm_stale *set, unsigned long start,
		   unsigned long last);

/** svm_stale_join() - add all of @from to @set */
void svm_stale_join(struct svm_stale *set, const struct svm_stale *from);

#endif
