/* SPDX-License-Identifier: GPL-2.0 */
/* Intervals of pages, inclusive end, in small arrays. */
#ifndef SVM_INTERVAL_H
#define SVM_INTERVAL_H

/** struct svm_interval - pages @start to @last */
struct svm_interval {
	unsigned long start;
	unsigned long last;
};

/**
 * svm_interval_nearest() - the interval that is nearest to [start, last]
 * @iv: intervals in any order
 * @n: how many
 * @start: first page
 * @last: last page
 * @gap: out: pages between the two, 0 when they touch or overlap
 *
 * Return: the first of the nearest ones; NULL, and @gap ULONG_MAX, without any.
 */
struct svm_interval *svm_interval_nearest(struct svm_interval *iv,
					  unsigned int n, unsigned long start,
					  unsigned long last,
					  unsigned long *gap);

#endif
