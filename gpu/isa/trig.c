// SPDX-License-Identifier: MIT
/*
 * Argument reduction of sine and cosine for large numbers.
 */
#include "ops.h"
#include "real.h"

/* 2 / pi: 1201 bits behind the point, the first one first. */
static const u64 two_over_pi[] = {
	0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041,
	0xfe5163abdebbc561, 0xb7246e3a424dd2e0, 0x06492eea09d1921c,
	0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41,
	0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
	0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
	0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08,
	0x56033046fc7b0000,
};

#define FRACTION	53	/* bits of a double */

/* Bits first to first + 52 of 2 / pi as an integer; 0 behind its end. */
static u64 segment(unsigned int first)
{
	unsigned int i = first / 64, shift = first % 64;
	u64 high = 0, low = 0;

	if (i < ARRAY_SIZE(two_over_pi))
		high = two_over_pi[i];
	if (i + 1 < ARRAY_SIZE(two_over_pi))
		low = two_over_pi[i + 1];
	if (shift)
		high = high << shift | low >> (64 - shift);
	return high >> (64 - FRACTION);
}

/*
 * D = segment b of 2 / pi, of those that count for a number as large as a.  The
 * largest are scaled so that the segment is no denormal.
 */
static double preop(double a, u32 b)
{
	unsigned int exponent = double_bits(a) >> 52 & 0x7ff;
	unsigned int shift = (b & 31) * FRACTION;
	int scale;

	if (exponent > 1077)
		shift += exponent - 1077;
	scale = -FRACTION - (int)shift;
	if (exponent >= 1968)
		scale += 128;
	return ldexp(segment(shift), scale);
}

VECTOR2(v_trig_preop_f64, f64, f64, u32, preop(a, b))
