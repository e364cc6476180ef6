// SPDX-License-Identifier: GPL-2.0
#include <linux/atomic.h>
#include <linux/ktime.h>

#include "count.h"
#include "space.h"

static atomic64_t migrate_calls;
static atomic64_t migrate_to_vram;
static atomic64_t migrate_to_ram;
static atomic64_t migrate_vram_to_vram;
static atomic64_t migrate_copy_ns;
static atomic64_t fault_pages;
static atomic64_t dma_mapped;
static atomic64_t fault_served;
static atomic64_t queue_evictions;
static atomic64_t queue_restores;
static atomic64_t thrash_pinned;
static atomic64_t exclusive_faults;
static atomic64_t exclusive_pages;
static atomic64_t exclusive_lost;
static atomic64_t exclusive_moved;
static atomic64_t range_split;
static atomic64_t range_dropped;
static atomic64_t skips[SVM_SKIP_COUNT];

static svm_event_fn event_fn;	/* constant while there are processes */

static const char * const skip_names[SVM_SKIP_COUNT] = {
	[SVM_SKIP_HOLE] = "hole",
	[SVM_SKIP_FILE] = "file",
	[SVM_SKIP_PINNED] = "pinned",
	[SVM_SKIP_LOCKED] = "locked",
	[SVM_SKIP_LARGE] = "large",
	[SVM_SKIP_MERGED] = "merged",
	[SVM_SKIP_DEVICE] = "device",
	[SVM_SKIP_NOVRAM] = "novram",
	[SVM_SKIP_COPY] = "copy",
	[SVM_SKIP_NOMEM] = "nomem",
	[SVM_SKIP_CHANGED] = "changed",
	[SVM_SKIP_OTHER] = "other",
};

const char *svm_skip_name(enum svm_skip reason)
{
	return skip_names[reason];
}

void svm_count_skip(enum svm_skip reason, unsigned long n)
{
	atomic64_add(n, &skips[reason]);
}

void svm_count_migrate(struct svm *svm, unsigned long to_vram,
		       unsigned long to_ram, unsigned long vram_to_vram)
{
	atomic64_inc(&migrate_calls);
	atomic64_add(to_vram, &migrate_to_vram);
	atomic64_add(to_ram, &migrate_to_ram);
	atomic64_add(vram_to_vram, &migrate_vram_to_vram);
	atomic_long_add(to_vram, &svm->to_vram);
	atomic_long_add(to_ram, &svm->to_ram);
}

void svm_count_copy(u64 ns)
{
	atomic64_add(ns, &migrate_copy_ns);
}

void svm_count_present(unsigned long n)
{
	atomic64_add(n, &fault_pages);
}

void svm_count_dma(void)
{
	atomic64_inc(&dma_mapped);
}

void svm_count_fault(void)
{
	atomic64_inc(&fault_served);
}

void svm_count_thrash(void)
{
	atomic64_inc(&thrash_pinned);
}

void svm_count_exclusive(unsigned long n, bool served)
{
	atomic64_add(served, &exclusive_faults);
	atomic64_add(n, &exclusive_pages);
}

void svm_count_exclusive_lost(unsigned long n)
{
	atomic64_add(n, &exclusive_lost);
}

void svm_count_exclusive_moved(void)
{
	atomic64_inc(&exclusive_moved);
}

void svm_count_evict(void)
{
	atomic64_inc(&queue_evictions);
}

void svm_count_restore(void)
{
	atomic64_inc(&queue_restores);
}

void svm_count_ranges(unsigned long split, unsigned long dropped)
{
	atomic64_add(split, &range_split);
	atomic64_add(dropped, &range_dropped);
}

void svm_get_counters(struct svm_counters *counters)
{
	unsigned int i;

	counters->migrate_calls = atomic64_read(&migrate_calls);
	counters->migrate_to_vram = atomic64_read(&migrate_to_vram);
	counters->migrate_to_ram = atomic64_read(&migrate_to_ram);
	counters->migrate_vram_to_vram = atomic64_read(&migrate_vram_to_vram);
	counters->migrate_copy_ns = atomic64_read(&migrate_copy_ns);
	counters->fault_pages = atomic64_read(&fault_pages);
	counters->dma_mapped = atomic64_read(&dma_mapped);
	counters->fault_served = atomic64_read(&fault_served);
	counters->queue_evictions = atomic64_read(&queue_evictions);
	counters->queue_restores = atomic64_read(&queue_restores);
	counters->thrash_pinned = atomic64_read(&thrash_pinned);
	counters->exclusive_faults = atomic64_read(&exclusive_faults);
	counters->exclusive_pages = atomic64_read(&exclusive_pages);
	counters->exclusive_lost = atomic64_read(&exclusive_lost);
	counters->exclusive_moved = atomic64_read(&exclusive_moved);
	counters->range_split = atomic64_read(&range_split);
	counters->range_dropped = atomic64_read(&range_dropped);
	for (i = 0; i < SVM_SKIP_COUNT; i++)
		counters->skip[i] = atomic64_read(&skips[i]);
}

void svm_event_hook(svm_event_fn fn)
{
	event_fn = fn;
}

void svm_event(const struct svm *svm, struct svm_event *event)
{
	if (!event_fn)
		return;
	event->id = svm->id;
	event->ns = ktime_get_boottime_ns();
	event_fn(event);
}
