// SPDX-License-Identifier: GPL-2.0
#include <linux/minmax.h>

#include "../hw/hw.h"
#include "place.h"

u32 svm_place_prefetch(const struct svm_attrs *attrs, bool xnack, u32 hive)
{
	u32 others;

	if (attrs->prefetch >= HW_MAX_DEVICES)
		return SVM_LOC_SYSTEM;

	others = xnack ? attrs->in_place : attrs->access | attrs->in_place;
	others &= ~(hive | BIT(attrs->prefetch));
	return others ? SVM_LOC_SYSTEM : attrs->prefetch;
}

u32 svm_place_mapped(const struct svm_attrs *attrs, bool xnack)
{
	if (xnack && !(attrs->flags & SVM_FLAG_GPU_ALWAYS_MAPPED))
		return 0;
	return attrs->access | attrs->in_place;
}

u32 svm_place_rights(const struct svm_attrs *attrs)
{
	u32 rights = HW_READ;

	if (!(attrs->flags & SVM_FLAG_GPU_RO))
		rights |= HW_WRITE | HW_ATOMIC;
	if (attrs->flags & SVM_FLAG_GPU_EXEC)
		rights |= HW_EXEC;
	return rights;
}

int svm_place_fault(const struct svm_attrs *attrs, u32 device, u32 hive,
		    u32 *to)
{
	u32 preferred = attrs->preferred;

	if (!((attrs->access | attrs->in_place) & BIT(device)))
		return -EACCES;

	if (preferred == SVM_LOC_SYSTEM ||
	    (preferred < HW_MAX_DEVICES && (hive & BIT(preferred))))
		*to = preferred;
	else if (attrs->access & BIT(device))
		*to = device;
	else
		*to = SVM_LOC_UNDEFINED;
	return 0;
}

void svm_place_granule(const struct svm_attrs *attrs, unsigned long page,
		       unsigned long *first, unsigned long *last)
{
	unsigned long mask;

	if (attrs->granularity >= BITS_PER_LONG)
		return;
	mask = (1UL << attrs->granularity) - 1;
	*first = max(*first, page & ~mask);
	*last = min(*last, page | mask);
}
