/* SPDX-License-Identifier: MIT */
/* What the parts of the benchmark of the instruction set share. */
#ifndef GPU_BENCH_ISA_H
#define GPU_BENCH_ISA_H

#include <stdbool.h>
#include <stdio.h>

#include "../types.h"

/* So many times slower per core than C that is not vectorized, at most. */
#define SLOWDOWN_LIMIT	40.0

/**
 * struct pace - how fast one kernel is
 * @name: of the kernel
 * @work: what it was measured on
 * @lanes: multiply-adds of lanes
 * @core: multiply-adds a second of CPU time that the device takes
 * @device: the same a second of real time: all threads together
 * @host: those of the loop in C, of CPU time
 */
struct pace {
	const char *name;
	char work[48];
	u64 lanes;
	double core;
	double device;
	double host;
};

enum { SAXPY, MATMUL, PACES };

/**
 * struct size - how much is computed
 * @floats: of each vector of saxpy, a multiple of 256
 * @matrix: rows and columns of the matrices, a multiple of 64
 */
struct size {
	u64 floats;
	u64 matrix;
};

/**
 * isa_measure() - run both kernels, check their results
 *
 * Return: 0, or 1 after a line on stderr.
 */
int isa_measure(const struct size *size, struct pace *paces);

/* How many times the host is faster than a core of the device. */
double pace_slowdown(const struct pace *pace);

void isa_write_text(FILE *out, const struct pace *paces);
void isa_write_json(FILE *out, const struct pace *paces);
void isa_write_svg(FILE *out, const struct pace *paces);

#endif
