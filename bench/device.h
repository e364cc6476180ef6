/* SPDX-License-Identifier: MIT */
/*
 * The parts of the device benchmark.  A part that measures prints lines
 * "name value" on standard output; the report reads the lines of all parts.
 * Every part returns 0 or an exit status after a line on stderr.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>

/* What is copied to compare SDMA with memcpy() on the host. */
#define COPY_BYTES	(64UL << 20)
#define COPY_ROUNDS	10

/*
 * memcpy() is measured so often at most, each time the best of a few, with a pause: a
 * processor that has slept copies at half its rate at first, and SDMA, which waits
 * while the node fills its source, is always measured so.
 */
#define MEMCPY_SAMPLES	1000
#define MEMCPY_ROUNDS	4
#define MEMCPY_PAUSE_MS	500

/**
 * device_memcpy() - how fast the host copies, until standard input ends
 *
 * Runs on the host while the node does its part, and takes the median. It is the rate
 * after a pause; many copies in a row are up to twice as fast, those of SDMA, too.
 * Return: 0 or 1.
 */
int device_memcpy(void);

/** device_times() - latencies, SDMA rate and idle share; runs in a node */
int device_times(void);

/** device_faults() - instructions per GPU fault; runs in a node with -icount */
int device_faults(void);

/**
 * struct device_options - what the report shows
 * @json: JSON instead of text
 * @check: fail when a count or a ratio is beyond its limit
 * @plot: file for a picture, or NULL; "-" is standard output, without the text
 */
struct device_options {
	bool json;
	bool check;
	const char *plot;
};

/** device_report() - shows the lines on standard input; runs on the host */
int device_report(const struct device_options *options);

/** device_value() - prints one line */
void device_value(const char *name, double value);

/** device_median() - sorts @values */
double device_median(double *values, int n);

#endif
