// SPDX-License-Identifier: MIT
/*
 * What the kernels do, in C: compiled with -O2 and without vectors, in a file of
 * its own so that nothing of it is known where it is called.
 */
#include "isa_host.h"

void host_saxpy(const float *x, float *y, float a, u64 n)
{
	u64 i;

	for (i = 0; i < n; i++)
		y[i] += a * x[i];
}

static float row_by_column(const float *row, const float *column, u64 n)
{
	float sum = 0;
	u64 k;

	for (k = 0; k < n; k++)
		sum += row[k] * column[k * n];
	return sum;
}

void host_matmul(const float *a, const float *b, float *c, u64 n)
{
	u64 row, column;

	for (row = 0; row < n; row++)
		for (column = 0; column < n; column++)
			c[row * n + column] = row_by_column(a + row * n, b + column, n);
}
