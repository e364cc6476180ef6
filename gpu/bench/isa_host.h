/* SPDX-License-Identifier: MIT */
#ifndef GPU_BENCH_ISA_HOST_H
#define GPU_BENCH_ISA_HOST_H

#include "../types.h"

/** host_saxpy() - y[i] += a * x[i] for @n numbers */
void host_saxpy(const float *x, float *y, float a, u64 n);

/** host_matmul() - c = a * b, of @n rows and columns each, row by row */
void host_matmul(const float *a, const float *b, float *c, u64 n);

#endif
