// SPDX-License-Identifier: MIT
/*
 * VOP3: vector instructions with up to three sources, a, b, c, that exist in
 * this encoding only.
 */
#include "ops.h"
#include "real.h"

VECTOR3(v_fma_f32, f32, f32, f32, f32, fmaf(a, b, c))
VECTOR3(v_fma_f64, f64, f64, f64, f64, fma(a, b, c))

VECTOR3(v_mad_f32, f32, f32, f32, f32, mad_f(a, b, c))
VECTOR3(v_mad_legacy_f32, f32, f32, f32, f32, a == 0 || b == 0 ? c : mad_f(a, b, c))

static void half3(struct wave *w, const struct inst *in,
		  u16 (*value)(float a, float b, float c))
{
	float abuf[WAVE_LANES], bbuf[WAVE_LANES], cbuf[WAVE_LANES];
	const float *a = src_f16(w, in, 0, abuf), *b = src_f16(w, in, 1, bbuf);
	const float *c = src_f16(w, in, 2, cbuf);
	u16 d[WAVE_LANES];
	int l;

	for (l = 0; l < WAVE_LANES; l++)
		d[l] = value(a[l], b[l], c[l]);
	dst_h16(w, in, d);
}

/* a * b + c in f16, rounded once */
void v_fma_f16(struct wave *w, const struct inst *in)
{
	half3(w, in, half_fma);
}

/* The legacy forms clear the half of the register that they do not write. */
void v_fma_legacy_f16(struct wave *w, const struct inst *in)
{
	half3(w, in, half_fma);
}

/* a * b + c in f16, rounded twice */
void v_mad_f16(struct wave *w, const struct inst *in)
{
	half3(w, in, half_mad);
}

void v_mad_legacy_f16(struct wave *w, const struct inst *in)
{
	half3(w, in, half_mad);
}

VECTOR3(v_min3_f32, f32, f32, f32, f32, mode_min_f(w, mode_min_f(w, a, b), c))
VECTOR3(v_max3_f32, f32, f32, f32, f32, mode_max_f(w, mode_max_f(w, a, b), c))
VECTOR3(v_med3_f32, f32, f32, f32, f32, med_f(w, a, b, c))
VECTOR3(v_min3_f16, f16, f16, f16, f16, mode_min_f(w, mode_min_f(w, a, b), c))
VECTOR3(v_max3_f16, f16, f16, f16, f16, mode_max_f(w, mode_max_f(w, a, b), c))
VECTOR3(v_med3_f16, f16, f16, f16, f16, med_f(w, a, b, c))
VECTOR2(v_add_f64, f64, f64, f64, a + b)
VECTOR2(v_mul_f64, f64, f64, f64, a * b)
VECTOR2(v_min_f64, f64, f64, f64, mode_min_d(w, a, b))
VECTOR2(v_max_f64, f64, f64, f64, mode_max_d(w, a, b))
/* a * 2 ** b */
VECTOR2(v_ldexp_f64, f64, f64, s32, ldexp(a, b))
VECTOR2(v_ldexp_f32, f32, f32, s32, ldexpf(a, b))

/*
 * Division.  a is what is scaled, b the denominator, c the numerator: scale them
 * so that the steps of the quotient neither overflow nor lose bits; the lane's
 * bit says that v_div_fmas must scale the result back.
 */
struct division {
	int digits;		/* exponent of the least normal number */
	int far;		/* a quotient with this exponent is near the end */
	int step;		/* exponent to scale by */
	int tiny;		/* a numerator with this exponent loses bits */
};

static const struct division division_f32 = { -126, 96, 64, -104 };
static const struct division division_f64 = { -1022, 768, 128, -970 };

/* The exponent of a number that is finite and not 0. */
static int exponent_of(double v)
{
	return ilogb(v);
}

/* 1 / b and c / b are denormal by their exponents. */
static bool below(const struct division *f, double b, double c)
{
	int e = exponent_of(c) - exponent_of(b);

	return e < f->digits || (e == f->digits && fabs(c / b) < ldexp(1, f->digits));
}

/* D = a * 2 ** *by; returns the lane's bit */
static bool div_scale(const struct division *f, double a, double b, double c, int *by)
{
	bool reciprocal, quotient;

	*by = 0;
	if (!isfinite(b) || !isfinite(c))
		return false;
	reciprocal = below(f, b, 1);
	quotient = below(f, b, c);
	if (exponent_of(c) - exponent_of(b) >= f->far) {
		*by = a == b ? f->step : 0;
		return true;
	}
	if (exponent_of(b) < f->digits) {
		*by = f->step;
		return false;
	}
	if (reciprocal && quotient) {
		*by = a == b ? -f->step : 0;
		return true;
	}
	if (reciprocal) {
		*by = -f->step;
		return false;
	}
	if (quotient) {
		*by = a == c ? f->step : 0;
		return true;
	}
	if (exponent_of(c) <= f->tiny)
		*by = f->step;
	return false;
}

#define DIV_SCALE(name, t, ldexp_t)					\
void name(struct wave *w, const struct inst *in)			\
{									\
	TYPE_##t abuf[WAVE_LANES], bbuf[WAVE_LANES], cbuf[WAVE_LANES];	\
	SOURCE_##t a = src_##t(w, in, 0, abuf);				\
	SOURCE_##t b = src_##t(w, in, 1, bbuf);				\
	SOURCE_##t c = src_##t(w, in, 2, cbuf);				\
	TYPE_##t d[WAVE_LANES];						\
	u64 scaled = 0;							\
	int l, by;							\
									\
	for (l = 0; l < WAVE_LANES; l++) {				\
		d[l] = NAN;						\
		if (b[l] == 0 || c[l] == 0)				\
			continue;					\
		scaled |= (u64)div_scale(&division_##t, a[l], b[l],	\
					 c[l], &by) << l;		\
		d[l] = ldexp_t(a[l], by);				\
	}								\
	dst_##t(w, in, d);						\
	set_sgpr64(w, in->sdst, scaled & w->mask);			\
}

DIV_SCALE(v_div_scale_f32, f32, ldexpf)
DIV_SCALE(v_div_scale_f64, f64, ldexp)

/*
 * a * b + c; if the lane's bit of VCC is set, scaled up if large, else down.  It is
 * rounded once, with as many bits as a denormal result has: quotients are exact.
 */
static float fmas_f32(float a, float b, float c)
{
	return ldexp(fma(a, b, c), fabsf(c) >= 2 ? division_f32.step : -division_f32.step);
}

static double fmas_f64(double a, double b, double c)
{
	double scale = ldexp(1, fabs(c) >= 2 ? division_f64.step : -division_f64.step);

	return ((__float128)a * b + c) * scale;
}

static bool in_vcc(const struct wave *w, int lane)
{
	return wave_vcc(w) >> lane & 1;
}

VECTOR3(v_div_fmas_f32, f32, f32, f32, f32, in_vcc(w, l) ? fmas_f32(a, b, c) : fmaf(a, b, c))
VECTOR3(v_div_fmas_f64, f64, f64, f64, f64, in_vcc(w, l) ? fmas_f64(a, b, c) : fma(a, b, c))

/*
 * a is the quotient c / b as computed: its special cases and its sign; quotients
 * with an exponent below the least one are 0.
 */
static double div_fixup(double a, double b, double c, int least)
{
	double sign = !signbit(b) == !signbit(c) ? 1 : -1;

	if (isnan(c))
		return c + c;
	if (isnan(b))
		return b + b;
	if ((b == 0 && c == 0) || (isinf(b) && isinf(c)))
		return -NAN;
	if (b == 0 || isinf(c))
		return copysign(INFINITY, sign);
	if (isinf(b) || c == 0)
		return copysign(0, sign);
	if (exponent_of(c) - exponent_of(b) < least)
		return copysign(0, sign);
	/* The steps have overflowed. */
	if (isnan(a))
		return copysign(INFINITY, sign);
	return copysign(a, sign);
}

VECTOR3(v_div_fixup_f32, f32, f32, f32, f32, div_fixup(a, b, c, -150))
VECTOR3(v_div_fixup_f64, f64, f64, f64, f64, div_fixup(a, b, c, -1075))
VECTOR3(v_div_fixup_f16, f16, f16, f16, f16, div_fixup(a, b, c, -40))
VECTOR3(v_div_fixup_legacy_f16, f16, f16, f16, f16, div_fixup(a, b, c, -40))

/* Integers */
static s32 s24(s32 v)
{
	return (s32)((u32)v << 8) >> 8;
}

/* Sums of signed numbers, limited if clamp is set. */
static s32 limit_s32(const struct inst *in, s64 v)
{
	if (in->clamp)
		v = v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : v;
	return v;
}

static s16 limit_s16(const struct inst *in, s64 v)
{
	if (in->clamp)
		v = v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v;
	return v;
}

static u32 limit_u32(const struct inst *in, u64 v)
{
	return in->clamp && v > UINT32_MAX ? UINT32_MAX : v;
}

static u16 limit_u16(const struct inst *in, u64 v)
{
	return in->clamp && v > UINT16_MAX ? UINT16_MAX : v;
}

VECTOR3(v_mad_i32_i24, s32, s32, s32, s32, limit_s32(in, (s64)s24(a) * s24(b) + c))
VECTOR3(v_mad_u32_u24, u32, u32, u32, u32,
	limit_u32(in, (u64)(a & 0xffffff) * (b & 0xffffff) + c))

/* b first bit, c number of bits */
static u32 bfe_u(u32 a, u32 b, u32 c)
{
	return a >> (b & 31) & ((1u << (c & 31)) - 1);
}

static s32 bfe_s(s32 a, u32 b, u32 c)
{
	u32 width = c & 31, v = bfe_u((u32)(a >> (b & 31)), 0, width);

	return width ? (s32)(v << (32 - width)) >> (32 - width) : 0;
}

VECTOR3(v_bfe_u32, u32, u32, u32, u32, bfe_u(a, b, c))
VECTOR3(v_bfe_i32, s32, s32, u32, u32, bfe_s(a, b, c))
VECTOR3(v_bfi_b32, u32, u32, u32, u32, (a & b) | (~a & c))
VECTOR2(v_bfm_b32, u32, u32, u32, ((1u << (a & 31)) - 1) << (b & 31))
VECTOR3(v_alignbit_b32, u32, u32, u32, u32,
	((u64)a << 32 | b) >> (c & 31))
VECTOR3(v_alignbyte_b32, u32, u32, u32, u32,
	((u64)a << 32 | b) >> 8 * (c & 3))

static s32 min_s(s32 a, s32 b)
{
	return a < b ? a : b;
}

static s32 max_s(s32 a, s32 b)
{
	return a > b ? a : b;
}

static u32 min_u(u32 a, u32 b)
{
	return a < b ? a : b;
}

static u32 max_u(u32 a, u32 b)
{
	return a > b ? a : b;
}

VECTOR3(v_min3_i32, s32, s32, s32, s32, min_s(min_s(a, b), c))
VECTOR3(v_max3_i32, s32, s32, s32, s32, max_s(max_s(a, b), c))
VECTOR3(v_med3_i32, s32, s32, s32, s32, max_s(min_s(a, b), min_s(max_s(a, b), c)))
VECTOR3(v_min3_u32, u32, u32, u32, u32, min_u(min_u(a, b), c))
VECTOR3(v_max3_u32, u32, u32, u32, u32, max_u(max_u(a, b), c))
VECTOR3(v_med3_u32, u32, u32, u32, u32, max_u(min_u(a, b), min_u(max_u(a, b), c)))
VECTOR3(v_min3_i16, s16, s16, s16, s16, min_s(min_s(a, b), c))
VECTOR3(v_max3_i16, s16, s16, s16, s16, max_s(max_s(a, b), c))
VECTOR3(v_med3_i16, s16, s16, s16, s16, max_s(min_s(a, b), min_s(max_s(a, b), c)))
VECTOR3(v_min3_u16, u16, u16, u16, u16, min_u(min_u(a, b), c))
VECTOR3(v_max3_u16, u16, u16, u16, u16, max_u(max_u(a, b), c))
VECTOR3(v_med3_u16, u16, u16, u16, u16, max_u(min_u(a, b), min_u(max_u(a, b), c)))
VECTOR3(v_mad_u16, u16, u16, u16, u16, limit_u16(in, (u64)a * b + c))
VECTOR3(v_mad_i16, s16, s16, s16, s16, limit_s16(in, (s64)a * b + c))
/* The forms of GFX8: no op_sel */
VECTOR3(v_mad_legacy_u16, u16, u16, u16, u16, limit_u16(in, (u64)a * b + c))
VECTOR3(v_mad_legacy_i16, s16, s16, s16, s16, limit_s16(in, (s64)a * b + c))
VECTOR3(v_mad_u32_u16, u32, u16, u16, u32, limit_u32(in, (u64)a * b + c))
VECTOR3(v_mad_i32_i16, s32, s16, s16, s32, limit_s32(in, (s64)a * b + c))
VECTOR3(v_xad_u32, u32, u32, u32, u32, (a ^ b) + c)
VECTOR3(v_lshl_add_u32, u32, u32, u32, u32, (a << (b & 31)) + c)
VECTOR3(v_add_lshl_u32, u32, u32, u32, u32, (a + b) << (c & 31))
VECTOR3(v_add3_u32, u32, u32, u32, u32, a + b + c)
VECTOR3(v_lshl_or_b32, u32, u32, u32, u32, a << (b & 31) | c)
VECTOR3(v_and_or_b32, u32, u32, u32, u32, (a & b) | c)
VECTOR3(v_or3_b32, u32, u32, u32, u32, a | b | c)
VECTOR2(v_mul_lo_u32, u32, u32, u32, a * b)
VECTOR2(v_mul_hi_u32, u32, u32, u32, (u64)a * b >> 32)
VECTOR2(v_mul_hi_i32, s32, s32, s32, ((s64)a * b) >> 32)
VECTOR2(v_lshlrev_b64, u64, u32, u64, b << (a & 63))
VECTOR2(v_lshrrev_b64, u64, u32, u64, b >> (a & 63))
VECTOR2(v_ashrrev_i64, s64, u32, s64, b >> (a & 63))
VECTOR2(v_bcnt_u32_b32, u32, u32, u32, __builtin_popcount(a) + b)

VECTOR2(v_add_i32, s32, s32, s32, limit_s32(in, (s64)a + b))
VECTOR2(v_sub_i32, s32, s32, s32, limit_s32(in, (s64)a - b))
VECTOR2(v_add_i16, s16, s16, s16, limit_s16(in, a + b))
VECTOR2(v_sub_i16, s16, s16, s16, limit_s16(in, a - b))

/* D = a * b + c of 64 bits; the lane's bit is the carry */
void v_mad_u64_u32(struct wave *w, const struct inst *in)
{
	u32 abuf[WAVE_LANES], bbuf[WAVE_LANES];
	u64 cbuf[WAVE_LANES], d[WAVE_LANES], out = 0;
	const u32 *a = src_u32(w, in, 0, abuf), *b = src_u32(w, in, 1, bbuf);
	const u64 *c = src_u64(w, in, 2, cbuf);
	int l;

	for (l = 0; l < WAVE_LANES; l++)
		out |= (u64)__builtin_add_overflow((u64)a[l] * b[l], c[l],
						   &d[l]) << l;
	dst_u64(w, in, d);
	set_sgpr64(w, in->sdst, out & w->mask);
}

void v_mad_i64_i32(struct wave *w, const struct inst *in)
{
	s32 abuf[WAVE_LANES], bbuf[WAVE_LANES];
	s64 cbuf[WAVE_LANES], d[WAVE_LANES];
	const s32 *a = src_s32(w, in, 0, abuf), *b = src_s32(w, in, 1, bbuf);
	const s64 *c = src_s64(w, in, 2, cbuf);
	u64 out = 0;
	int l;

	for (l = 0; l < WAVE_LANES; l++)
		out |= (u64)__builtin_add_overflow((s64)a[l] * b[l], c[l],
						   &d[l]) << l;
	dst_s64(w, in, d);
	set_sgpr64(w, in->sdst, out & w->mask);
}

/* Number of ones of a below the lane, in the low or high 32 lanes, plus b */
void v_mbcnt_lo_u32_b32(struct wave *w, const struct inst *in)
{
	u32 abuf[WAVE_LANES], bbuf[WAVE_LANES], d[WAVE_LANES];
	const u32 *a = src_u32(w, in, 0, abuf), *b = src_u32(w, in, 1, bbuf);
	int l;

	for (l = 0; l < WAVE_LANES; l++)
		d[l] = b[l] + __builtin_popcount(l < 32 ? a[l] & ((1u << l) - 1) :
							  a[l]);
	dst_u32(w, in, d);
}

void v_mbcnt_hi_u32_b32(struct wave *w, const struct inst *in)
{
	u32 abuf[WAVE_LANES], bbuf[WAVE_LANES], d[WAVE_LANES];
	const u32 *a = src_u32(w, in, 0, abuf), *b = src_u32(w, in, 1, bbuf);
	int l;

	for (l = 0; l < WAVE_LANES; l++)
		d[l] = b[l] + __builtin_popcount(l < 32 ? 0 :
						 a[l] & ((1u << (l - 32)) - 1));
	dst_u32(w, in, d);
}

/* D = lane b of a, whether it is on or not */
void v_readlane_b32(struct wave *w, const struct inst *in)
{
	u32 buf[WAVE_LANES];
	const u32 *a = src_u32(w, in, 0, buf);

	w->sgpr[in->dst % SGPR_COUNT] = a[scalar32(w, in, in->src[1]) & 63];
}

/* Lane b of D = a, whether it is on or not */
void v_writelane_b32(struct wave *w, const struct inst *in)
{
	reg32(w, in->dst)[scalar32(w, in, in->src[1]) & 63] =
		scalar32(w, in, in->src[0]);
}

/* One byte as c says: 0-7 of a:b (b low), 8-11 signs, 12 0x00, above 0xff */
static u32 perm_byte(u64 v, u32 sel)
{
	if (sel < 8)
		return v >> 8 * sel & 0xff;
	if (sel < 12)
		return v >> (16 * (sel - 8) + 15) & 1 ? 0xff : 0;
	return sel == 12 ? 0 : 0xff;
}

static u32 perm(u32 a, u32 b, u32 c)
{
	u64 v = (u64)a << 32 | b;
	u32 d = 0;
	int i;

	for (i = 0; i < 4; i++)
		d |= perm_byte(v, c >> 8 * i & 0xff) << 8 * i;
	return d;
}

VECTOR3(v_perm_b32, u32, u32, u32, u32, perm(a, b, c))

/* Sums of absolute differences of bytes or halves, plus c */
static u32 sad(u32 a, u32 b, unsigned int width, bool masked)
{
	u32 sum = 0, mask = width == 32 ? ~0u : (1u << width) - 1, x, y;
	unsigned int i;

	for (i = 0; i < 32; i += width) {
		x = a >> i & mask;
		y = b >> i & mask;
		if (!masked || y)
			sum += x > y ? x - y : y - x;
	}
	return sum;
}

VECTOR3(v_sad_u8, u32, u32, u32, u32, sad(a, b, 8, false) + c)
VECTOR3(v_sad_hi_u8, u32, u32, u32, u32, (sad(a, b, 8, false) << 16) + c)
VECTOR3(v_sad_u16, u32, u32, u32, u32, sad(a, b, 16, false) + c)
VECTOR3(v_sad_u32, u32, u32, u32, u32, sad(a, b, 32, false) + c)
VECTOR3(v_msad_u8, u32, u32, u32, u32, sad(a, b, 8, true) + c)

/* Four sums, of the bytes of @a from byte 0, 1, 2, 3 on. */
static u64 quad_sad(const struct inst *in, u64 a, u32 b, u64 c, bool masked)
{
	u64 d = 0;
	int i;

	for (i = 0; i < 4; i++)
		d |= (u64)limit_u16(in, sad(a >> 8 * i, b, 8, masked) +
				    (c >> 16 * i & 0xffff)) << 16 * i;
	return d;
}

VECTOR3(v_qsad_pk_u16_u8, u64, u64, u32, u64, quad_sad(in, a, b, c, false))
VECTOR3(v_mqsad_pk_u16_u8, u64, u64, u32, u64, quad_sad(in, a, b, c, true))

/* The same, masked, to four dwords */
void v_mqsad_u32_u8(struct wave *w, const struct inst *in)
{
	u32 bbuf[WAVE_LANES], c[4][WAVE_LANES];
	u64 abuf[WAVE_LANES];
	const u64 *a = src_u64(w, in, 0, abuf);
	const u32 *b = src_u32(w, in, 1, bbuf);
	struct inst part = *in;
	int i, l;

	if (in->src[2] < OPERAND_VGPR) {
		wave_illegal(w, in, "constant");
		return;
	}
	for (i = 0; i < 4; i++) {
		for (l = 0; l < WAVE_LANES; l++)
			c[i][l] = limit_u32(in, (u64)sad(a[l] >> 8 * i, b[l], 8, true) +
					    reg32(w, in->src[2] + i)[l]);
	}
	for (i = 0; i < 4; i++, part.dst++)
		dst_u32(w, &part, c[i]);
}

/* The face of a cube that the direction (a, b, c) hits, by its largest part. */
static bool face_is_z(float a, float b, float c)
{
	return fabsf(c) >= fabsf(a) && fabsf(c) >= fabsf(b);
}

static bool face_is_y(float a, float b)
{
	return fabsf(b) >= fabsf(a);
}

/* Its number: +x, -x, +y, -y, +z, -z */
static float cube_id(float a, float b, float c)
{
	if (face_is_z(a, b, c))
		return c < 0 ? 5 : 4;
	if (face_is_y(a, b))
		return b < 0 ? 3 : 2;
	return a < 0 ? 1 : 0;
}

/* The coordinates on it */
static float cube_s(float a, float b, float c)
{
	if (face_is_z(a, b, c))
		return c < 0 ? -a : a;
	if (face_is_y(a, b))
		return a;
	return a < 0 ? c : -c;
}

static float cube_t(float a, float b, float c)
{
	if (face_is_z(a, b, c))
		return -b;
	if (face_is_y(a, b))
		return b < 0 ? -c : c;
	return -b;
}

/* Twice the largest part */
static float cube_major(float a, float b, float c)
{
	if (face_is_z(a, b, c))
		return c * 2;
	return face_is_y(a, b) ? b * 2 : a * 2;
}

VECTOR3(v_cubeid_f32, f32, f32, f32, f32, cube_id(a, b, c))
VECTOR3(v_cubesc_f32, f32, f32, f32, f32, cube_s(a, b, c))
VECTOR3(v_cubetc_f32, f32, f32, f32, f32, cube_t(a, b, c))
VECTOR3(v_cubema_f32, f32, f32, f32, f32, cube_major(a, b, c))

static u32 lerp(u32 a, u32 b, u32 c)
{
	u32 d = 0;
	int i;

	for (i = 0; i < 32; i += 8)
		d |= (((a >> i & 0xff) + (b >> i & 0xff) + (c >> i & 1)) >> 1) << i;
	return d;
}

VECTOR3(v_lerp_u8, u32, u32, u32, u32, lerp(a, b, c))

/* Two numbers in one register */
static u16 half_source(const struct wave *w, const struct inst *in, int i, u16 h)
{
	if (!(w->mode & MODE_DENORM64_IN) && !(h & 0x7c00))
		h &= 0x8000;
	if (in->abs >> i & 1)
		h &= 0x7fff;
	return in->neg >> i & 1 ? h ^ 0x8000 : h;
}

VECTOR2(v_pack_b32_f16, u32, u16, u16,
	half_source(w, in, 0, a) | (u32)half_source(w, in, 1, b) << 16)
VECTOR2(v_cvt_pk_u16_u32, u32, u32, u32,
	min_u(a, 0xffff) | min_u(b, 0xffff) << 16)
VECTOR2(v_cvt_pk_i16_i32, u32, s32, s32,
	(u16)max_s(min_s(a, 32767), -32768) |
	(u32)max_s(min_s(b, 32767), -32768) << 16)

/* -1 to 1 and 0 to 1 in 16 bits */
static u16 norm_signed(float v)
{
	return to_s16(nearbyint(32767.0 * max_f(min_f(v, 1), -1)));
}

static u16 norm_unsigned(float v)
{
	return to_u16(nearbyint(65535.0 * max_f(min_f(v, 1), 0)));
}

VECTOR2(v_cvt_pknorm_i16_f32, u32, f32, f32, norm_signed(a) | (u32)norm_signed(b) << 16)
VECTOR2(v_cvt_pknorm_u16_f32, u32, f32, f32, norm_unsigned(a) | (u32)norm_unsigned(b) << 16)
VECTOR2(v_cvt_pknorm_i16_f16, u32, f16, f16, norm_signed(a) | (u32)norm_signed(b) << 16)
VECTOR2(v_cvt_pknorm_u16_f16, u32, f16, f16, norm_unsigned(a) | (u32)norm_unsigned(b) << 16)

/* Towards 0, whatever the mode says: what does not fit into f16 is cut off. */
static u16 half_toward_zero(float v)
{
	u16 h = half_from(v);

	if (!isnan(v) && !isinf(v) && fabsf(half_to_float(h)) > fabsf(v))
		h--;
	return h;
}

VECTOR2(v_cvt_pkrtz_f16_f32, u32, f32, f32,
	half_toward_zero(a) | (u32)half_toward_zero(b) << 16)

/* One byte of @old, the one that @which names, is v from 0 to 255, rounded by MODE. */
static u32 byte_packed(u32 old, u32 which, float v)
{
	unsigned int first = 8 * (which & 3);

	return (old & ~(0xffu << first)) | min_u(to_u32(nearbyintf(v)), 255) << first;
}

VECTOR3(v_cvt_pk_u8_f32, u32, f32, u32, u32, byte_packed(c, b, a))
/* The same, into the old D */
VECTOR2(v_cvt_pkaccum_u8_f32, u32, f32, u32, byte_packed(old_u32(w, in)[l], b, a))
