// SPDX-License-Identifier: MIT
/*
 * VOP1: vector instructions with one source, a.
 */
#include <float.h>

#include "ops.h"
#include "real.h"

void v_nop(struct wave *w, const struct inst *in)
{
}

void v_clrexcp(struct wave *w, const struct inst *in)
{
}

/* D = a */
VECTOR1(v_mov_b32, u32, u32, a)
VECTOR1(v_accvgpr_mov_b32, u32, u32, a)
VECTOR1(v_accvgpr_read_b32, u32, u32, a)
VECTOR1(v_accvgpr_write_b32, u32, u32, a)

/* D = a of the first lane that is on, of lane 0 if none is */
void v_readfirstlane_b32(struct wave *w, const struct inst *in)
{
	u64 exec = wave_exec(w);
	u32 buf[WAVE_LANES];
	const u32 *a = src_u32(w, in, 0, buf);

	w->sgpr[in->dst % SGPR_COUNT] = a[exec ? __builtin_ctzll(exec) : 0];
}

/* D and a change places */
void v_swap_b32(struct wave *w, const struct inst *in)
{
	u32 *a = reg32(w, in->src[0]), *d = reg32(w, in->dst), t;
	int l;

	for (l = 0; l < WAVE_LANES; l++) {
		if (!(w->mask >> l & 1))
			continue;
		t = a[l];
		a[l] = d[l];
		d[l] = t;
	}
}

/* Conversions */
VECTOR1(v_cvt_i32_f64, s32, f64, to_s32(a))
VECTOR1(v_cvt_f64_i32, f64, s32, a)
VECTOR1(v_cvt_f32_i32, f32, s32, a)
VECTOR1(v_cvt_f32_u32, f32, u32, a)
VECTOR1(v_cvt_u32_f32, u32, f32, to_u32(a))
VECTOR1(v_cvt_i32_f32, s32, f32, to_s32(a))
VECTOR1(v_cvt_f32_f16, f32, f16, a)
VECTOR1(v_cvt_f32_f64, f32, f64, a)
VECTOR1(v_cvt_f64_f32, f64, f32, a)
VECTOR1(v_cvt_u32_f64, u32, f64, to_u32(a))
VECTOR1(v_cvt_f64_u32, f64, u32, a)
VECTOR1(v_cvt_f16_f32, f16, f32, a)
VECTOR1(v_cvt_f16_u16, f16, u16, a)
VECTOR1(v_cvt_f16_i16, f16, s16, a)
VECTOR1(v_cvt_u16_f16, u16, f16, to_u16(a))
VECTOR1(v_cvt_i16_f16, s16, f16, to_s16(a))
/* floor(a + 0.5), floor(a) */
VECTOR1(v_cvt_rpi_i32_f32, s32, f32, to_s32(floor((double)a + 0.5)))
VECTOR1(v_cvt_flr_i32_f32, s32, f32, to_s32(floor(a)))
/* a[3:0] is signed, in units of 1/16 */
VECTOR1(v_cvt_off_f32_i4, f32, u32, ((s32)(a << 28) >> 28) / 16.0f)
/* One byte of a */
VECTOR1(v_cvt_f32_ubyte0, f32, u32, a & 0xff)
VECTOR1(v_cvt_f32_ubyte1, f32, u32, a >> 8 & 0xff)
VECTOR1(v_cvt_f32_ubyte2, f32, u32, a >> 16 & 0xff)
VECTOR1(v_cvt_f32_ubyte3, f32, u32, a >> 24)
VECTOR1(v_cvt_norm_i16_f16, s16, f16,
	to_s16(nearbyint(32767.0 * max_f(min_f(a, 1), -1))))
VECTOR1(v_cvt_norm_u16_f16, u16, f16,
	to_u16(nearbyint(65535.0 * max_f(min_f(a, 1), 0))))

/* Rounding to integers */
VECTOR1(v_trunc_f64, f64, f64, trunc(a))
VECTOR1(v_ceil_f64, f64, f64, ceil(a))
VECTOR1(v_rndne_f64, f64, f64, roundeven(a))
VECTOR1(v_floor_f64, f64, f64, floor(a))
VECTOR1(v_trunc_f32, f32, f32, truncf(a))
VECTOR1(v_ceil_f32, f32, f32, ceilf(a))
VECTOR1(v_rndne_f32, f32, f32, roundevenf(a))
VECTOR1(v_floor_f32, f32, f32, floorf(a))
VECTOR1(v_trunc_f16, f16, f16, truncf(a))
VECTOR1(v_ceil_f16, f16, f16, ceilf(a))
VECTOR1(v_rndne_f16, f16, f16, roundevenf(a))
VECTOR1(v_floor_f16, f16, f16, floorf(a))
/* a - floor(a), less than 1; of infinity, NaN */
static double fraction(double a, double limit)
{
	double f = a - floor(a);

	return f > limit ? limit : f;
}

VECTOR1(v_fract_f32, f32, f32, fraction(a, 1 - FLT_EPSILON / 2))
VECTOR1(v_fract_f64, f64, f64, fraction(a, 1 - DBL_EPSILON / 2))
VECTOR1(v_fract_f16, f16, f16, fraction(a, 1 - 1 / 2048.0))

/* 2 ** a, log2(a), 1 / a, 1 / sqrt(a), sqrt(a); sin and cos of a turns */
#define TWO_PI	6.283185307179586

/* Folded to a quarter turn, so that 0, 1 and -1 are exact. */
static double sine(double turns)
{
	double t = turns - rint(turns);

	if (t > 0.25)
		t = 0.5 - t;
	else if (t < -0.25)
		t = -0.5 - t;
	return isfinite(turns) ? sin(TWO_PI * t) : NAN;
}

static double cosine(double turns)
{
	return sine(turns - rint(turns) + 0.25);
}

VECTOR1(v_exp_f32, f32, f32, exp2f(a))
VECTOR1(v_exp_legacy_f32, f32, f32, exp2f(a))
VECTOR1(v_exp_f16, f16, f16, exp2f(a))
VECTOR1(v_log_f32, f32, f32, log2f(a))
VECTOR1(v_log_legacy_f32, f32, f32, log2f(a))
VECTOR1(v_log_f16, f16, f16, log2f(a))
VECTOR1(v_rcp_f32, f32, f32, 1 / a)
VECTOR1(v_rcp_iflag_f32, f32, f32, 1 / a)
VECTOR1(v_rcp_f64, f64, f64, 1 / a)
VECTOR1(v_rcp_f16, f16, f16, 1 / a)
VECTOR1(v_rsq_f32, f32, f32, (float)(1 / sqrt((double)a)))
VECTOR1(v_rsq_f64, f64, f64, 1 / sqrt(a))
VECTOR1(v_rsq_f16, f16, f16, 1 / sqrtf(a))
VECTOR1(v_sqrt_f32, f32, f32, sqrtf(a))
VECTOR1(v_sqrt_f64, f64, f64, sqrt(a))
VECTOR1(v_sqrt_f16, f16, f16, sqrtf(a))
VECTOR1(v_sin_f32, f32, f32, (float)sine(a))
VECTOR1(v_cos_f32, f32, f32, (float)cosine(a))
VECTOR1(v_sin_f16, f16, f16, (float)sine(a))
VECTOR1(v_cos_f16, f16, f16, (float)cosine(a))

/* Bits */
static u32 reverse32(u32 a)
{
	a = (a >> 1 & 0x55555555) | (a & 0x55555555) << 1;
	a = (a >> 2 & 0x33333333) | (a & 0x33333333) << 2;
	a = (a >> 4 & 0x0f0f0f0f) | (a & 0x0f0f0f0f) << 4;
	return __builtin_bswap32(a);
}

static s32 sign_run(s32 a)
{
	u32 v = a < 0 ? ~a : a;

	return v ? __builtin_clz(v) : -1;
}

VECTOR1(v_not_b32, u32, u32, ~a)
VECTOR1(v_bfrev_b32, u32, u32, reverse32(a))
/* Zeros in front of the first 1 from the high, the low end; -1: none */
VECTOR1(v_ffbh_u32, s32, u32, a ? __builtin_clz(a) : -1)
VECTOR1(v_ffbl_b32, s32, u32, a ? __builtin_ctz(a) : -1)
/* Bits in front of the first that differs from the sign; -1: none */
VECTOR1(v_ffbh_i32, s32, s32, sign_run(a))
/* D = two bytes, saturated from two signed halves */
static u32 saturate_u8(s16 v)
{
	return v < 0 ? 0 : v > 255 ? 255 : v;
}

VECTOR1(v_sat_pk_u8_i16, u32, u32, saturate_u8(a) | saturate_u8(a >> 16) << 8)

/*
 * A rectangle of tiles, on a screen of 4 * 4 that repeats: the first row [5:4] and
 * column [7:6], the last row [1:0] and column [3:2].  Bit i = tiles of engine i are
 * among them; tile (x, y) is that of engine { x[0] ^ y[1], y[0] ^ x[1] }.
 */
static u32 engines(u32 a)
{
	unsigned int x = a >> 6 & 3, y = a >> 4 & 3, i, j, tx, ty;
	unsigned int columns = ((a >> 2) - x) & 3, rows = (a - y) & 3;
	u32 d = 0;

	for (i = 0; i <= columns; i++) {
		for (j = 0; j <= rows; j++) {
			tx = x + i;
			ty = y + j;
			d |= 1u << (((tx ^ ty >> 1) & 1) << 1 | ((ty ^ tx >> 1) & 1));
		}
	}
	return d;
}

VECTOR1(v_screen_partition_4se_b32, u32, u32, engines(a))

/* a = mantissa * 2 ** exponent, 0.5 <= |mantissa| < 1; 0 for inf and NaN */
static s32 exponent_of(double a)
{
	int e = 0;

	if (isfinite(a))
		frexp(a, &e);
	return e;
}

static double mantissa_of(double a)
{
	int e;

	return isfinite(a) ? frexp(a, &e) : a;
}

VECTOR1(v_frexp_exp_i32_f64, s32, f64, exponent_of(a))
VECTOR1(v_frexp_exp_i32_f32, s32, f32, exponent_of(a))
VECTOR1(v_frexp_exp_i16_f16, s16, f16, exponent_of(a))
VECTOR1(v_frexp_mant_f64, f64, f64, mantissa_of(a))
VECTOR1(v_frexp_mant_f32, f32, f32, mantissa_of(a))
VECTOR1(v_frexp_mant_f16, f16, f16, mantissa_of(a))
