// SPDX-License-Identifier: MIT
#include <fenv.h>
#include <math.h>

#include "half.h"

/* The least f16 above 0. */
#define HALF_DENORMAL	(1 / 16777216.0f)

float half_to_float(u16 h)
{
	u32 sign = (u32)(h & 0x8000) << 16, exponent = h >> 10 & 31;
	u32 fraction = h & 0x3ff, word;
	float v;

	if (!exponent) {
		v = fraction * HALF_DENORMAL;
		return sign ? -v : v;
	}
	word = exponent == 31 ? 0x7f800000 : (exponent + 112) << 23;
	word |= sign | fraction << 13;
	memcpy(&v, &word, sizeof(v));
	return v;
}

/* NaN keeps its upper payload and becomes quiet. */
static u16 half_nan(u64 word)
{
	return (word >> 48 & 0x8000) | 0x7e00 | (word >> 42 & 0x1ff);
}

u16 half_from(double v)
{
	double a = fabs(v), scaled;
	u64 word;
	u16 sign;
	int exponent;

	memcpy(&word, &v, sizeof(word));
	if (isnan(v))
		return half_nan(word);
	sign = word >> 48 & 0x8000;
	if (isinf(v))
		return sign | 0x7c00;
	if (a == 0)
		return sign;
	frexp(a, &exponent);
	if (exponent < -13)
		exponent = -13;
	if (exponent > 16)
		exponent = 16;
	/* In units of the last place of 11 bits; the sign is for the mode. */
	scaled = fabs(nearbyint(ldexp(v, 11 - exponent)));
	if (exponent == 16 && scaled > 2047) {
		int mode = fegetround();

		if (mode == FE_TOWARDZERO || mode == (sign ? FE_UPWARD :
							     FE_DOWNWARD))
			return sign | 0x7bff;
		return sign | 0x7c00;
	}
	/* A carry into the next exponent is right by itself. */
	return sign | (u16)(((exponent + 13) << 10) + (u32)scaled);
}

u16 half_fma(float a, float b, float c)
{
	double p = (double)a * b, s = p + c, t, error;
	u64 word;

	/* Round to odd: the bits that s lost show in its last one. */
	t = s - p;
	error = (p - (s - t)) + (c - t);
	if (isfinite(s) && error != 0) {
		memcpy(&word, &s, sizeof(word));
		if (!(word & 1)) {
			bool up = (error > 0) == (s > 0);

			word = up ? word | 1 : word - 1;
			memcpy(&s, &word, sizeof(s));
		}
	}
	return half_from(s);
}

static u16 flush(u16 h)
{
	return h & 0x7c00 ? h : h & 0x8000;
}

static float flushed(float v)
{
	return half_to_float(flush(half_from(v)));
}

u16 half_mad(float a, float b, float c)
{
	return flush(half_from(flushed(flushed(a) * flushed(b)) + flushed(c)));
}
