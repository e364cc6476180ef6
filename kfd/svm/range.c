// SPDX-License-Identifier: GPL-2.0
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "range.h"

#define DEFAULT_GRANULARITY	9	/* 2 MiB */

static struct kmem_cache *range_cache;

int svm_range_cache_init(void)
{
	range_cache = KMEM_CACHE(svm_range, SLAB_ACCOUNT);
	return range_cache ? 0 : -ENOMEM;
}

void svm_range_cache_exit(void)
{
	kmem_cache_destroy(range_cache);
}

static struct svm_range *to_range(struct interval_tree_node *it)
{
	return it ? container_of(it, struct svm_range, it) : NULL;
}

void svm_attrs_default(struct svm_attrs *attrs, bool xnack, u32 devices)
{
	memset(attrs, 0, sizeof(*attrs));
	attrs->preferred = SVM_LOC_UNDEFINED;
	attrs->prefetch = SVM_LOC_UNDEFINED;
	attrs->flags = SVM_FLAG_HOST_ACCESS | SVM_FLAG_COHERENT;
	attrs->access = xnack ? devices : 0;
	attrs->granularity = DEFAULT_GRANULARITY;
}

void svm_attrs_apply(struct svm_attrs *attrs, const struct svm_attr *attr)
{
	switch (attr->type) {
	case SVM_ATTR_PREFERRED_LOC:
		attrs->preferred = attr->value;
		break;
	case SVM_ATTR_PREFETCH_LOC:
		attrs->prefetch = attr->value;
		break;
	case SVM_ATTR_ACCESS:
		attrs->access |= BIT(attr->value);
		attrs->in_place &= ~BIT(attr->value);
		break;
	case SVM_ATTR_ACCESS_IN_PLACE:
		attrs->access &= ~BIT(attr->value);
		attrs->in_place |= BIT(attr->value);
		break;
	case SVM_ATTR_NO_ACCESS:
		attrs->access &= ~BIT(attr->value);
		attrs->in_place &= ~BIT(attr->value);
		break;
	case SVM_ATTR_SET_FLAGS:
		attrs->flags |= attr->value;
		break;
	case SVM_ATTR_CLR_FLAGS:
		attrs->flags &= ~attr->value;
		break;
	case SVM_ATTR_GRANULARITY:
		attrs->granularity = attr->value;
		break;
	}
}

bool svm_attrs_equal(const struct svm_attrs *a, const struct svm_attrs *b)
{
	return a->preferred == b->preferred && a->prefetch == b->prefetch &&
	       a->flags == b->flags && a->access == b->access &&
	       a->in_place == b->in_place && a->granularity == b->granularity;
}

bool svm_attrs_rights(const struct svm_attrs *a, const struct svm_attrs *b)
{
	const u32 rights = SVM_FLAG_GPU_RO | SVM_FLAG_GPU_EXEC;

	return a->access == b->access && a->in_place == b->in_place &&
	       !((a->flags ^ b->flags) & rights);
}

int svm_range_spares(struct list_head *spares, unsigned long n, gfp_t gfp)
{
	struct svm_range *range;
	LIST_HEAD(got);

	while (n--) {
		range = kmem_cache_zalloc(range_cache, gfp);
		if (!range) {
			svm_range_free_list(&got);
			return -ENOMEM;
		}
		list_add(&range->link, &got);
	}
	list_splice(&got, spares);
	return 0;
}

void svm_range_free_list(struct list_head *list)
{
	struct svm_range *range, *next;

	list_for_each_entry_safe(range, next, list, link)
		kmem_cache_free(range_cache, range);
	INIT_LIST_HEAD(list);
}

static struct svm_range *spare_take(struct list_head *spares)
{
	struct svm_range *range;

	range = list_first_entry_or_null(spares, struct svm_range, link);
	if (range)
		list_del_init(&range->link);
	return range;
}

struct svm_range *svm_ranges_first(struct svm_ranges *ranges,
				   unsigned long start, unsigned long last)
{
	return to_range(interval_tree_iter_first(&ranges->root, start, last));
}

struct svm_range *svm_ranges_next(struct svm_range *range, unsigned long start,
				  unsigned long last)
{
	return to_range(interval_tree_iter_next(&range->it, start, last));
}

static void range_insert(struct svm_ranges *ranges, struct svm_range *range,
			 unsigned long start, unsigned long last)
{
	range->it.start = start;
	range->it.last = last;
	interval_tree_insert(&range->it, &ranges->root);
	ranges->count++;
}

static void range_remove(struct svm_ranges *ranges, struct svm_range *range)
{
	interval_tree_remove(&range->it, &ranges->root);
	ranges->count--;
}

static void range_resize(struct svm_ranges *ranges, struct svm_range *range,
			 unsigned long start, unsigned long last)
{
	range_remove(ranges, range);
	range_insert(ranges, range, start, last);
}

/* Retire a range: its place on the reap list, if any, ends here too. */
static void range_retire(struct svm_ranges *ranges, struct svm_range *range,
			 struct list_head *spares)
{
	range_remove(ranges, range);
	range->nr_holes = 0;
	range->vague = 0;
	range->mapped = 0;
	list_move(&range->link, spares);
}

/* @range keeps what is below @at, the spare gets the rest. */
static void range_split(struct svm_ranges *ranges, struct svm_range *range,
			unsigned long at, struct list_head *spares)
{
	struct svm_range *upper = spare_take(spares);
	unsigned long last = range->it.last;

	upper->attrs = range->attrs;
	upper->mapped = range->mapped;
	range_resize(ranges, range, range->it.start, at - 1);
	range_insert(ranges, upper, at, last);
	ranges->nr_split++;
}

unsigned long svm_ranges_need(struct svm_ranges *ranges, unsigned long start,
			      unsigned long last)
{
	unsigned long need = 2, next = start;
	struct svm_range *range;

	for (range = svm_ranges_first(ranges, start, last); range;
	     range = svm_ranges_next(range, start, last)) {
		need += range->it.start > next;
		if (range->it.last >= last)
			return need;
		next = range->it.last + 1;
	}
	return need + 1;
}

static void range_fill(struct svm_ranges *ranges, unsigned long start,
		       unsigned long last, const struct svm_attrs *defaults,
		       struct list_head *spares)
{
	struct svm_range *range = spare_take(spares);

	range->attrs = *defaults;
	range_insert(ranges, range, start, last);
}

void svm_ranges_isolate(struct svm_ranges *ranges, unsigned long start,
			unsigned long last, const struct svm_attrs *defaults,
			struct list_head *spares)
{
	struct svm_range *range;
	unsigned long next = start;

	range = svm_ranges_first(ranges, start, start);
	if (range && range->it.start < start)
		range_split(ranges, range, start, spares);
	range = svm_ranges_first(ranges, last, last);
	if (range && range->it.last > last)
		range_split(ranges, range, last + 1, spares);

	while ((range = svm_ranges_first(ranges, next, last))) {
		if (range->it.start > next)
			range_fill(ranges, next, range->it.start - 1, defaults,
				   spares);
		if (range->it.last == last)
			return;
		next = range->it.last + 1;
	}
	range_fill(ranges, next, last, defaults, spares);
}

void svm_ranges_merge(struct svm_ranges *ranges, unsigned long start,
		      unsigned long last, struct list_head *spares)
{
	unsigned long lo = start ? start - 1 : 0;
	unsigned long hi = last + 1 ? last + 1 : last;
	struct svm_range *range, *next;

	range = svm_ranges_first(ranges, lo, hi);
	while (range) {
		next = svm_ranges_next(range, lo, hi);
		if (!next)
			return;
		if (next->it.start == range->it.last + 1 &&
		    !range->nr_holes && !next->nr_holes &&
		    svm_attrs_equal(&range->attrs, &next->attrs)) {
			unsigned long end = next->it.last;

			range->mapped |= next->mapped;
			range_retire(ranges, next, spares);
			range_resize(ranges, range, range->it.start, end);
		} else {
			range = next;
		}
	}
}

/* Cut [start, last] out of one range that overlaps it. */
static void range_cut(struct svm_ranges *ranges, struct svm_range *range,
		      unsigned long start, unsigned long last,
		      struct list_head *spares)
{
	bool below = range->it.start < start;
	bool above = range->it.last > last;

	if (below && above)
		range_split(ranges, range, last + 1, spares);

	if (below) {
		range_resize(ranges, range, range->it.start, start - 1);
	} else if (above) {
		range_resize(ranges, range, last + 1, range->it.last);
	} else {
		range_retire(ranges, range, spares);
		ranges->nr_dropped++;
	}
}

void svm_ranges_cut(struct svm_ranges *ranges, unsigned long start,
		    unsigned long last, struct list_head *spares)
{
	struct svm_range *range;

	while ((range = svm_ranges_first(ranges, start, last)))
		range_cut(ranges, range, start, last, spares);
}

void svm_range_add_hole(struct svm_range *range, unsigned long start,
			unsigned long last)
{
	struct svm_interval *near;
	unsigned long gap;

	start = max(start, range->it.start);
	last = min(last, range->it.last);

	near = svm_interval_nearest(range->holes, range->nr_holes, start, last,
				    &gap);
	if (gap && range->nr_holes < SVM_RANGE_HOLES) {
		range->holes[range->nr_holes].start = start;
		range->holes[range->nr_holes].last = last;
		range->nr_holes++;
		return;
	}
	if (gap)
		range->vague |= BIT(near - range->holes);
	near->start = min(near->start, start);
	near->last = max(near->last, last);
}
