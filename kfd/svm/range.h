/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ranges: intervals of virtual pages that share one set of attributes, in an
 * interval tree.  Pure data structure: no mm, no device, no locks of its own.
 *
 * Intervals are in pages with an inclusive end, as the interval tree has them.
 */
#ifndef SVM_RANGE_H
#define SVM_RANGE_H

#include <linux/interval_tree.h>
#include <linux/list.h>
#include <linux/types.h>

#include "interval.h"
#include "svm.h"

/* Unmapped parts that a range can remember until they are cut out of it. */
#define SVM_RANGE_HOLES	4

/**
 * struct svm_attrs - the attributes of a range
 * @preferred: location
 * @prefetch: location of the last prefetch
 * @flags: SVM_FLAG_*
 * @access: bit per device: may access, pages migrate to it
 * @in_place: bit per device: may access, pages stay where they are
 * @granularity: log2 of the pages that migrate together on a fault
 */
struct svm_attrs {
	u32 preferred;
	u32 prefetch;
	u32 flags;
	u32 access;
	u32 in_place;
	u8 granularity;
};

/**
 * struct svm_range - see above
 * @it: [start, last] in pages
 * @attrs: what user space asked for
 * @mapped: bit per device that may have a mapping of a part; svm->notifier_lock
 * @link: on a list of spare ranges, or on svm->reap
 * @nr_holes: how many of @holes are valid
 * @vague: bit per hole: only parts of it were unmapped; the vmas tell which
 * @holes: parts that were unmapped and are still to be cut out
 */
struct svm_range {
	struct interval_tree_node it;
	struct svm_attrs attrs;
	u32 mapped;
	struct list_head link;
	unsigned int nr_holes;
	unsigned int vague;
	struct svm_interval holes[SVM_RANGE_HOLES];
};

/**
 * struct svm_ranges - the tree
 * @root: of struct svm_range
 * @count: how many are in it
 * @nr_split: how often a range was split
 * @nr_dropped: ranges that vanished because their memory was unmapped
 */
struct svm_ranges {
	struct rb_root_cached root;
	unsigned long count;
	unsigned long nr_split;
	unsigned long nr_dropped;
};

/** svm_range_cache_init() / svm_range_cache_exit() - the slab cache */
int svm_range_cache_init(void);
void svm_range_cache_exit(void);

/** svm_attrs_default() - what memory has that nobody set anything for */
void svm_attrs_default(struct svm_attrs *attrs, bool xnack, u32 devices);

/** svm_attrs_apply() - apply one checked attribute */
void svm_attrs_apply(struct svm_attrs *attrs, const struct svm_attr *attr);

bool svm_attrs_equal(const struct svm_attrs *a, const struct svm_attrs *b);

/**
 * svm_attrs_rights() - do two sets of attributes give devices the same rights
 *
 * Locations of prefetches, granularity and hints make no difference.
 */
bool svm_attrs_rights(const struct svm_attrs *a, const struct svm_attrs *b);

/**
 * svm_range_spares() - allocate ranges for a later call that must not fail
 * @spares: list to add to
 * @n: how many
 * @gfp: GFP_KERNEL, with __GFP_NOFAIL where there is nobody to tell
 * Return: 0 or -ENOMEM; then @spares is as it was before.
 */
int svm_range_spares(struct list_head *spares, unsigned long n, gfp_t gfp);

/** svm_range_free_list() - free every range on @list */
void svm_range_free_list(struct list_head *list);

/** svm_ranges_first() - the lowest range that overlaps [start, last] */
struct svm_range *svm_ranges_first(struct svm_ranges *ranges,
				   unsigned long start, unsigned long last);

/** svm_ranges_next() - the one after @range that overlaps [start, last] */
struct svm_range *svm_ranges_next(struct svm_range *range, unsigned long start,
				  unsigned long last);

/**
 * svm_ranges_need() - spares that svm_ranges_isolate() takes at most
 *
 * Two for the edges and one for each part of [start, last] without a range.
 */
unsigned long svm_ranges_need(struct svm_ranges *ranges, unsigned long start,
			      unsigned long last);

/**
 * svm_ranges_isolate() - make ranges cover [start, last] exactly
 * @ranges: the tree
 * @start: first page
 * @last: last page
 * @defaults: attributes for parts that have no range yet
 * @spares: at least svm_ranges_need() ranges; what is left over stays there
 *
 * Afterwards no range crosses @start or @last, and no part between is without.
 */
void svm_ranges_isolate(struct svm_ranges *ranges, unsigned long start,
			unsigned long last, const struct svm_attrs *defaults,
			struct list_head *spares);

/**
 * svm_ranges_merge() - join neighbours with equal attributes
 *
 * Looks at the ranges in [start, last] and at their neighbours on both sides.
 * Ranges that are no longer needed go to @spares.
 */
void svm_ranges_merge(struct svm_ranges *ranges, unsigned long start,
		      unsigned long last, struct list_head *spares);

/**
 * svm_ranges_cut() - remove [start, last] from the tree
 * @ranges: the tree
 * @start: first page
 * @last: last page
 * @spares: one range is taken when a hole is cut into the middle of a range.
 *	Ranges that are no longer needed are added.
 */
void svm_ranges_cut(struct svm_ranges *ranges, unsigned long start,
		    unsigned long last, struct list_head *spares);

/**
 * svm_range_add_hole() - remember that [start, last] was unmapped
 *
 * Never fails and never allocates.  When all places are taken, the nearest
 * hole grows to cover the new one and is vague.
 */
void svm_range_add_hole(struct svm_range *range, unsigned long start,
			unsigned long last);

#endif
