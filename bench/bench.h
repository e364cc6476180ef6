/* SPDX-License-Identifier: MIT */
/* What the parts of the benchmark share. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib.h"

/**
 * struct mover - one way to move pages to another memory and back
 * @name: for people
 * @id: for scripts
 * @open: gets ready; NULL or why this cannot be measured here
 * @to, @back: move [mem, mem + size); 0 or -1 after a message
 * @is_there: are all pages where @to sends them
 * @close: undoes @open
 */
struct mover {
	const char *name;
	const char *id;
	const char *(*open)(void);
	int (*to)(char *mem, size_t size);
	int (*back)(char *mem, size_t size);
	bool (*is_there)(char *mem, size_t size);
	void (*close)(void);
};

/* In the order of measurement: the last one takes the SPM from the driver. */
extern const struct mover prefetch_mover;
extern const struct mover move_pages_mover;
extern const struct mover test_hmm_mover;

/**
 * struct cost - what a mover costs for one way of mapping
 * @measured: the other fields are valid
 * @why_not: when not measured
 * @to, @back: nanoseconds, or instructions under -icount, per 4 KiB page
 * @copy_to, @copy_back: what of it was the copy, or below 0
 * @drains_to, @drains_back: calls of lru_add_drain_all() per 2 MiB, or below 0
 */
struct cost {
	bool measured;
	char why_not[96];
	double to;
	double back;
	double copy_to;
	double copy_back;
	double drains_to;
	double drains_back;
};

/* Attribute calls with few and with many ranges. */
struct range_cost {
	bool measured;
	double set_few;
	double set_many;
	double get_few;
	double get_many;
};

enum { MOVER_PREFETCH, MOVER_MOVE_PAGES, MOVER_TEST_HMM, MOVERS };
enum { MAPPED_4K, MAPPED_THP, MAPPINGS };

/**
 * struct report - everything that was measured
 * @icount: time counts instructions
 * @pages: moved per measurement
 * @rounds: measurements, of which the cheapest counts
 */
struct report {
	char kernel[80];
	bool icount;
	unsigned long pages;
	int rounds;
	const struct mover *movers[MOVERS];
	struct cost costs[MOVERS][MAPPINGS];
	struct range_cost ranges;
};

extern const char * const mapping_names[MAPPINGS];
extern const char * const mapping_ids[MAPPINGS];

void write_text(FILE *out, const struct report *report);
void write_json(FILE *out, const struct report *report);
void write_svg(FILE *out, const struct report *report);

#endif
