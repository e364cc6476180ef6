// SPDX-License-Identifier: GPL-2.0
#include <linux/limits.h>
#include <linux/stddef.h>

#include "interval.h"

static unsigned long distance(const struct svm_interval *iv,
			      unsigned long start, unsigned long last)
{
	if (last < iv->start)
		return iv->start - last - 1;
	if (start > iv->last)
		return start - iv->last - 1;
	return 0;
}

struct svm_interval *svm_interval_nearest(struct svm_interval *iv,
					  unsigned int n, unsigned long start,
					  unsigned long last,
					  unsigned long *gap)
{
	struct svm_interval *best = NULL;
	unsigned int i;

	*gap = ULONG_MAX;
	for (i = 0; i < n; i++) {
		unsigned long d = distance(&iv[i], start, last);

		if (!best || d < *gap) {
			best = &iv[i];
			*gap = d;
		}
	}
	return best;
}
