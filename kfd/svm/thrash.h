/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The thrash guard: granules that device faults move to and fro are kept where
 * they are for a while.  Pure bookkeeping, the caller brings the time.
 */
#ifndef SVM_THRASH_H
#define SVM_THRASH_H

#include <linux/types.h>

#define SVM_THRASH_ENTRIES	256

/**
 * struct svm_thrash_limits - the tunables
 * @moves: so many moves ...
 * @ms: ... within this time make a granule stay; 0 moves: never
 * @hold_ms: for so long
 */
struct svm_thrash_limits {
	unsigned int moves;
	unsigned int ms;
	unsigned int hold_ms;
};

/**
 * struct svm_thrash_entry - one granule
 * @key: its first page
 * @moves: how often it has moved since @since
 * @since: start of the current period, in ms
 * @until: it stays until then
 */
struct svm_thrash_entry {
	unsigned long key;
	unsigned int moves;
	u64 since;
	u64 until;
};

/**
 * struct svm_thrash - the granules that have moved last
 *
 * A hash table without chains: a granule that falls on the place of another
 * takes it over, unless the other is held.  All zero is the empty table.
 */
struct svm_thrash {
	struct svm_thrash_entry entries[SVM_THRASH_ENTRIES];
};

/** svm_thrash_held() - shall the granule stay where it is at time @now, in ms */
bool svm_thrash_held(const struct svm_thrash *thrash, unsigned long key,
		     u64 now);

/**
 * svm_thrash_moved() - the granule has moved at time @now
 * @thrash: the table
 * @key: first page of the granule
 * @now: in ms, never less than at the call before
 * @limits: the tunables
 */
void svm_thrash_moved(struct svm_thrash *thrash, unsigned long key, u64 now,
		      const struct svm_thrash_limits *limits);

/** svm_thrash_recent() - has the granule moved in the period that @now is in */
bool svm_thrash_recent(const struct svm_thrash *thrash, unsigned long key,
		       u64 now, const struct svm_thrash_limits *limits);

/**
 * svm_thrash_hold() - a granule stays where it is, however often it has moved
 * @thrash: the table; a granule that falls on the same place is forgotten
 * @key: first page of the granule
 * @until: in ms; less than it is held already changes nothing
 */
void svm_thrash_hold(struct svm_thrash *thrash, unsigned long key, u64 until);

#endif
