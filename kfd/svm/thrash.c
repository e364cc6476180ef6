// SPDX-License-Identifier: GPL-2.0
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/minmax.h>

#include "thrash.h"

static unsigned int place(unsigned long key)
{
	return hash_long(key, ilog2(SVM_THRASH_ENTRIES));
}

bool svm_thrash_held(const struct svm_thrash *thrash, unsigned long key,
		     u64 now)
{
	const struct svm_thrash_entry *e = &thrash->entries[place(key)];

	return e->key == key && now < e->until;
}

void svm_thrash_moved(struct svm_thrash *thrash, unsigned long key, u64 now,
		      const struct svm_thrash_limits *limits)
{
	struct svm_thrash_entry *e = &thrash->entries[place(key)];

	if (!limits->moves)
		return;
	if (e->key != key) {
		if (now < e->until)
			return;
		e->key = key;
		e->moves = 0;
		e->until = 0;
	}
	if (!e->moves || now - e->since >= limits->ms) {
		e->since = now;
		e->moves = 0;
	}
	if (++e->moves >= limits->moves) {
		e->until = now + limits->hold_ms;
		e->moves = 0;
	}
}

bool svm_thrash_recent(const struct svm_thrash *thrash, unsigned long key,
		       u64 now, const struct svm_thrash_limits *limits)
{
	const struct svm_thrash_entry *e = &thrash->entries[place(key)];

	return e->key == key && e->moves && now - e->since < limits->ms;
}

void svm_thrash_hold(struct svm_thrash *thrash, unsigned long key, u64 until)
{
	struct svm_thrash_entry *e = &thrash->entries[place(key)];

	if (e->key != key) {
		e->key = key;
		e->moves = 0;
		e->until = 0;
	}
	e->until = max(e->until, until);
}
