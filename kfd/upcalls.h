/* SPDX-License-Identifier: GPL-2.0 */
/* What back ends tell the front: faults, errors, interrupts, idle, lost. */
#ifndef KFD_UPCALLS_H
#define KFD_UPCALLS_H

#include <linux/types.h>

struct hw_upcalls;

extern const struct hw_upcalls kfd_upcalls;

/**
 * struct kfd_upcall_counters - since the module was loaded
 * @fault_bo_served: faults at buffer objects that were answered with retry
 * @fault_killed: faults that stopped a queue, wherever they were
 */
struct kfd_upcall_counters {
	u64 fault_bo_served;
	u64 fault_killed;
};

void kfd_upcalls_get_counters(struct kfd_upcall_counters *counters);

#endif
