// SPDX-License-Identifier: GPL-2.0
#include <linux/minmax.h>

#include "stale.h"

void svm_stale_add(struct svm_stale *set, unsigned long start,
		   unsigned long last)
{
	struct svm_interval *iv;
	unsigned long gap;

	/* What grows may come to touch another one: take it out, add the sum. */
	while ((iv = svm_interval_nearest(set->iv, set->n, start, last,
					  &gap)) &&
	       (!gap || set->n == SVM_STALE_MAX)) {
		start = min(start, iv->start);
		last = max(last, iv->last);
		*iv = set->iv[--set->n];
	}
	set->iv[set->n].start = start;
	set->iv[set->n++].last = last;
}

void svm_stale_cut(struct svm_stale *set, unsigned long start,
		   unsigned long last)
{
	unsigned int i = 0;

	while (i < set->n) {
		struct svm_interval *iv = &set->iv[i];
		bool below = iv->start < start;
		bool above = iv->last > last;

		if (last < iv->start || start > iv->last) {
			i++;
		} else if (!below && !above) {
			*iv = set->iv[--set->n];
		} else {
			if (below && above && set->n < SVM_STALE_MAX) {
				set->iv[set->n].start = last + 1;
				set->iv[set->n++].last = iv->last;
				above = false;
			}
			if (!above)
				iv->last = start - 1;
			else if (!below)
				iv->start = last + 1;
			i++;
		}
	}
}

void svm_stale_join(struct svm_stale *set, const struct svm_stale *from)
{
	unsigned int i;

	for (i = 0; i < from->n; i++)
		svm_stale_add(set, from->iv[i].start, from->iv[i].last);
}
