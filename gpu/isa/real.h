/* SPDX-License-Identifier: MIT */
/* What the instructions for real numbers share; compiled for float and double. */
#ifndef GPU_ISA_REAL_H
#define GPU_ISA_REAL_H

#include <float.h>
#include <math.h>

#include "half.h"
#include "operand.h"

/* A number beats NaN; -0 is less than +0. */
static inline float min_f(float a, float b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) ? b : a;
	return a < b || (a == b && signbit(a)) ? a : b;
}

static inline float max_f(float a, float b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) ? b : a;
	return a > b || (a == b && !signbit(a)) ? a : b;
}

static inline double min_d(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) ? b : a;
	return a < b || (a == b && signbit(a)) ? a : b;
}

static inline double max_d(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) ? b : a;
	return a > b || (a == b && !signbit(a)) ? a : b;
}

/* Signaling NaNs make quiet ones in IEEE mode. */
static inline bool signaling_f(float v)
{
	u32 bits = float_bits(v);

	return isnan(v) && !(bits & 1 << 22);
}

static inline bool signaling_d(double v)
{
	return isnan(v) && !(double_bits(v) & 1ULL << 51);
}

static inline float mode_min_f(const struct wave *w, float a, float b)
{
	if (w->mode & MODE_IEEE && (signaling_f(a) || signaling_f(b)))
		return a + b;
	return min_f(a, b);
}

static inline float mode_max_f(const struct wave *w, float a, float b)
{
	if (w->mode & MODE_IEEE && (signaling_f(a) || signaling_f(b)))
		return a + b;
	return max_f(a, b);
}

static inline double mode_min_d(const struct wave *w, double a, double b)
{
	if (w->mode & MODE_IEEE && (signaling_d(a) || signaling_d(b)))
		return a + b;
	return min_d(a, b);
}

static inline double mode_max_d(const struct wave *w, double a, double b)
{
	if (w->mode & MODE_IEEE && (signaling_d(a) || signaling_d(b)))
		return a + b;
	return max_d(a, b);
}

/* The middle one; with a NaN, the smallest. */
static inline float med_f(const struct wave *w, float a, float b, float c)
{
	if (isnan(a) || isnan(b) || isnan(c))
		return mode_min_f(w, mode_min_f(w, a, b), c);
	return max_f(min_f(a, b), min_f(max_f(a, b), c));
}

static inline float flush_f(float v)
{
	return fabsf(v) < FLT_MIN ? copysignf(0, v) : v;
}

/* a * b + c, rounded twice; denormals are 0 whatever the mode says. */
static inline float mad_f(float a, float b, float c)
{
	float p = flush_f(flush_f(a) * flush_f(b));

	return flush_f(p + flush_f(c));
}

/* To an integer, towards 0; NaN is 0, what is too large is the limit. */
static inline s32 to_s32(double v)
{
	if (isnan(v))
		return 0;
	return v >= 2147483647.0 ? INT32_MAX : v <= -2147483648.0 ? INT32_MIN : (s32)v;
}

static inline u32 to_u32(double v)
{
	if (isnan(v) || v <= 0)
		return 0;
	return v >= 4294967295.0 ? UINT32_MAX : (u32)v;
}

static inline s16 to_s16(double v)
{
	s32 i = to_s32(v);

	return i > INT16_MAX ? INT16_MAX : i < INT16_MIN ? INT16_MIN : i;
}

static inline u16 to_u16(double v)
{
	u32 i = to_u32(v);

	return i > UINT16_MAX ? UINT16_MAX : i;
}

#endif
