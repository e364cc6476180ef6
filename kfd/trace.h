/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints at the decisions of the core, in the trace system "kfd".
 * Addresses are bytes, sizes are pages of 4 KiB, times are nanoseconds.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kfd

#if !defined(KFD_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define KFD_TRACE_H

#include <linux/tracepoint.h>

#ifndef KFD_TRACE_TYPES
#define KFD_TRACE_TYPES
/**
 * struct kfd_migrate_phases - where the time of one migration went, in ns
 * @collect: migrate_vma_setup(): unmap, isolate, lock
 * @alloc: destination pages
 * @copy: copies and clears by the device
 * @finalize: migrate_vma_pages() and migrate_vma_finalize()
 */
struct kfd_migrate_phases {
	u64 collect;
	u64 alloc;
	u64 copy;
	u64 finalize;
};
#endif

TRACE_EVENT(kfd_range_split,
	TP_PROTO(pid_t id, u64 start, u64 end, unsigned long splits),
	TP_ARGS(id, start, end, splits),
	TP_STRUCT__entry(
		__field(pid_t, id)
		__field(u64, start)
		__field(u64, end)
		__field(unsigned long, splits)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->start = start;
		__entry->end = end;
		__entry->splits = splits;
	),
	TP_printk("pid=%d range=[%#llx, %#llx) splits=%lu", __entry->id,
		  __entry->start, __entry->end, __entry->splits)
);

TRACE_EVENT(kfd_migrate_start,
	TP_PROTO(pid_t id, u64 start, unsigned long npages, u32 to,
		 int trigger),
	TP_ARGS(id, start, npages, to, trigger),
	TP_STRUCT__entry(
		__field(pid_t, id)
		__field(u64, start)
		__field(unsigned long, npages)
		__field(u32, to)
		__field(int, trigger)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->start = start;
		__entry->npages = npages;
		__entry->to = to;
		__entry->trigger = trigger;
	),
	TP_printk("pid=%d start=%#llx npages=%lu to=%#x trigger=%d",
		  __entry->id, __entry->start, __entry->npages, __entry->to,
		  __entry->trigger)
);

TRACE_EVENT(kfd_migrate_end,
	TP_PROTO(pid_t id, u64 start, unsigned long npages,
		 unsigned long moved, u32 to, int trigger,
		 const struct kfd_migrate_phases *ns),
	TP_ARGS(id, start, npages, moved, to, trigger, ns),
	TP_STRUCT__entry(
		__field(pid_t, id)
		__field(u64, start)
		__field(unsigned long, npages)
		__field(unsigned long, moved)
		__field(u32, to)
		__field(int, trigger)
		__field(u64, collect)
		__field(u64, alloc)
		__field(u64, copy)
		__field(u64, finalize)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->start = start;
		__entry->npages = npages;
		__entry->moved = moved;
		__entry->to = to;
		__entry->trigger = trigger;
		__entry->collect = ns->collect;
		__entry->alloc = ns->alloc;
		__entry->copy = ns->copy;
		__entry->finalize = ns->finalize;
	),
	TP_printk("pid=%d start=%#llx npages=%lu moved=%lu to=%#x trigger=%d collect=%llu alloc=%llu copy=%llu finalize=%llu",
		  __entry->id, __entry->start, __entry->npages, __entry->moved,
		  __entry->to, __entry->trigger, __entry->collect,
		  __entry->alloc, __entry->copy, __entry->finalize)
);

TRACE_EVENT(kfd_fault,
	TP_PROTO(pid_t id, u64 start, unsigned long npages,
		 u32 devices, int error),
	TP_ARGS(id, start, npages, devices, error),
	TP_STRUCT__entry(
		__field(pid_t, id)
		__field(u64, start)
		__field(unsigned long, npages)
		__field(u32, devices)
		__field(int, error)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->start = start;
		__entry->npages = npages;
		__entry->devices = devices;
		__entry->error = error;
	),
	TP_printk("pid=%d start=%#llx npages=%lu devices=%#x error=%d",
		  __entry->id, __entry->start, __entry->npages,
		  __entry->devices, __entry->error)
);

TRACE_EVENT(kfd_exclusive,
	TP_PROTO(pid_t id, u64 addr, unsigned int npages, unsigned int device,
		 int error),
	TP_ARGS(id, addr, npages, device, error),
	TP_STRUCT__entry(
		__field(pid_t, id)
		__field(u64, addr)
		__field(unsigned int, npages)
		__field(unsigned int, device)
		__field(int, error)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->addr = addr;
		__entry->npages = npages;
		__entry->device = device;
		__entry->error = error;
	),
	TP_printk("pid=%d addr=%#llx npages=%u device=%u error=%d",
		  __entry->id, __entry->addr, __entry->npages,
		  __entry->device, __entry->error)
);

TRACE_EVENT(kfd_evict,
	TP_PROTO(unsigned int device, unsigned long pfn, unsigned long npages,
		 unsigned long moved),
	TP_ARGS(device, pfn, npages, moved),
	TP_STRUCT__entry(
		__field(unsigned int, device)
		__field(unsigned long, pfn)
		__field(unsigned long, npages)
		__field(unsigned long, moved)
	),
	TP_fast_assign(
		__entry->device = device;
		__entry->pfn = pfn;
		__entry->npages = npages;
		__entry->moved = moved;
	),
	TP_printk("device=%u pfn=%#lx npages=%lu moved=%lu", __entry->device,
		  __entry->pfn, __entry->npages, __entry->moved)
);

#endif

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
