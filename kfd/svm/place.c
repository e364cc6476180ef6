// SPDX-License-Identifier: GPL-2.0
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

u32 svm_place_access(const struct svm_attrs *attrs, bool cpu_write)
{
	u32 access = HW_READ;

	if (cpu_write && !(attrs->flags & SVM_FLAG_GPU_RO))
		access |= HW_WRITE | HW_ATOMIC;
	if (attrs->flags & SVM_FLAG_GPU_EXEC)
		access |= HW_EXEC;
	return access;
}
