// SPDX-License-Identifier: MIT
/*
 * VOP3P: two numbers in one operand.  op_sel and op_sel_hi name the half of each
 * source that the low and the high result take, neg and neg_hi its sign.
 */
#include "ops.h"
#include "real.h"

/* Real constants of 16 bits, by the number of the operand. */
static bool real_constant(unsigned int operand, u32 *v)
{
	static const u16 real16[9] = {
		0x3800, 0xb800, 0x3c00, 0xbc00, 0x4000, 0xc000, 0x4400, 0xc400,
		0x3118,
	};

	if (operand < 240 || operand > 248)
		return false;
	*v = real16[operand - 240];
	return true;
}

/*
 * 32 bits of a source of 16-bit halves.  Constants of real type have the number
 * in the low half only.
 */
static void halves(struct wave *w, const struct inst *in, int i, bool real,
		   u16 *lo, u16 *hi)
{
	unsigned int low = in->op_sel >> i & 1 ? 16 : 0;
	unsigned int high = in->op_sel_hi >> i & 1 ? 16 : 0;
	u16 flip_lo = real && in->neg >> i & 1 ? 0x8000 : 0;
	u16 flip_hi = real && in->neg_hi >> i & 1 ? 0x8000 : 0;
	bool flush = real && !(w->mode & MODE_DENORM64_IN);
	u32 buf[WAVE_LANES];
	const u32 *v = src_u32(w, in, i, buf);
	bool constant;
	u32 number;
	int l;

	constant = real_constant(in->src[i], &number);
	for (l = 0; l < WAVE_LANES; l++) {
		u32 x = constant ? number : v[l];

		lo[l] = (x >> low) ^ flip_lo;
		hi[l] = (x >> high) ^ flip_hi;
		if (flush && !(lo[l] & 0x7c00))
			lo[l] &= 0x8000;
		if (flush && !(hi[l] & 0x7c00))
			hi[l] &= 0x8000;
	}
}

static void put_halves(struct wave *w, const struct inst *in, const u16 *lo,
		       const u16 *hi)
{
	u32 d[WAVE_LANES];
	int l;

	for (l = 0; l < WAVE_LANES; l++)
		d[l] = lo[l] | (u32)hi[l] << 16;
	dst_u32(w, in, d);
}

typedef u16 (*half_function)(const struct inst *in, u16 a, u16 b, u16 c);

static bool half_flushes(const struct wave *w, u16 h)
{
	return !(w->mode & MODE_DENORM64_OUT) && !(h & 0x7c00);
}

/* Clamp, overflow and denormals of a result in f16. */
static u16 finish_half(const struct wave *w, const struct inst *in, u16 h, bool finite)
{
	float v = half_to_float(h);

	if (w->mode & MODE_FP16_OVFL && isinf(v) && finite)
		h--;
	if (in->clamp && isnan(v))
		return w->mode & MODE_DX10_CLAMP ? 0 : h;
	if (in->clamp)
		h = v <= 0 ? 0 : v > 1 ? 0x3c00 : h;
	return half_flushes(w, h) ? h & 0x8000 : h;
}

static bool half_finite(u16 h)
{
	return (h & 0x7c00) != 0x7c00;
}

static void packed(struct wave *w, const struct inst *in, int sources, half_function f)
{
	u16 v[3][2][WAVE_LANES] = { 0 };
	int i, l;

	for (i = 0; i < sources; i++)
		halves(w, in, i, false, v[i][0], v[i][1]);
	for (i = 0; i < 2; i++) {
		for (l = 0; l < WAVE_LANES; l++)
			v[0][i][l] = f(in, v[0][i][l], v[1][i][l], v[2][i][l]);
	}
	put_halves(w, in, v[0][0], v[0][1]);
}

typedef u16 (*real_function)(const struct wave *w, float a, float b, float c);

static void packed_real(struct wave *w, const struct inst *in, int sources,
			real_function f)
{
	u16 v[3][2][WAVE_LANES] = { 0 };
	int i, l;

	for (i = 0; i < sources; i++)
		halves(w, in, i, true, v[i][0], v[i][1]);
	for (i = 0; i < 2; i++) {
		for (l = 0; l < WAVE_LANES; l++) {
			u16 a = v[0][i][l], b = v[1][i][l], c = v[2][i][l];
			bool finite = half_finite(a) && half_finite(b) && half_finite(c);
			u16 h = f(w, half_to_float(a), half_to_float(b),
				  half_to_float(c));

			v[0][i][l] = finish_half(w, in, h, finite);
		}
	}
	put_halves(w, in, v[0][0], v[0][1]);
}

#define PACKED(name, sources, value)					\
static u16 half_##name(const struct inst *in, u16 a, u16 b, u16 c)	\
{									\
	return value;							\
}									\
									\
void name(struct wave *w, const struct inst *in)			\
{									\
	packed(w, in, sources, half_##name);				\
}

#define PACKED_REAL(name, sources, value)				\
static u16 half_##name(const struct wave *w, float a, float b, float c)	\
{									\
	return value;							\
}									\
									\
void name(struct wave *w, const struct inst *in)			\
{									\
	packed_real(w, in, sources, half_##name);			\
}

static u16 unsigned_limit(const struct inst *in, s64 v)
{
	return in->clamp ? (v < 0 ? 0 : v > 0xffff ? 0xffff : v) : v;
}

static u16 signed_limit(const struct inst *in, s64 v)
{
	return in->clamp ? (v < -32768 ? -32768 : v > 32767 ? 32767 : v) : v;
}

/* 16-bit integers */
PACKED(v_pk_mad_i16, 3, signed_limit(in, (s64)(s16)a * (s16)b + (s16)c))
PACKED(v_pk_mad_u16, 3, unsigned_limit(in, (s64)a * b + c))
PACKED(v_pk_mul_lo_u16, 2, (u32)a * b)
PACKED(v_pk_add_i16, 2, signed_limit(in, (s16)a + (s16)b))
PACKED(v_pk_sub_i16, 2, signed_limit(in, (s16)a - (s16)b))
PACKED(v_pk_add_u16, 2, unsigned_limit(in, (s64)a + b))
PACKED(v_pk_sub_u16, 2, unsigned_limit(in, (s64)a - b))
PACKED(v_pk_lshlrev_b16, 2, b << (a & 15))
PACKED(v_pk_lshrrev_b16, 2, b >> (a & 15))
PACKED(v_pk_ashrrev_i16, 2, (s16)b >> (a & 15))
PACKED(v_pk_max_i16, 2, (s16)a > (s16)b ? a : b)
PACKED(v_pk_min_i16, 2, (s16)a < (s16)b ? a : b)
PACKED(v_pk_max_u16, 2, a > b ? a : b)
PACKED(v_pk_min_u16, 2, a < b ? a : b)
/* f16 */
PACKED_REAL(v_pk_fma_f16, 3, half_fma(a, b, c))
PACKED_REAL(v_pk_add_f16, 2, half_from(a + b))
PACKED_REAL(v_pk_mul_f16, 2, half_from(a * b))
PACKED_REAL(v_pk_min_f16, 2, half_from(mode_min_f(w, a, b)))
PACKED_REAL(v_pk_max_f16, 2, half_from(mode_max_f(w, a, b)))

/* One dword of a source of two; what is no VGPR pair of f32 is the same twice. */
static void dword_of(struct wave *w, const struct inst *in, int i, int which,
		     u32 *d)
{
	unsigned int upper = (which ? in->op_sel_hi : in->op_sel) >> i & 1;
	u8 neg = which ? in->neg_hi : in->neg;
	unsigned int operand = in->src[i];
	u32 flip = neg >> i & 1 ? 0x80000000 : 0;
	int l;

	for (l = 0; l < WAVE_LANES; l++) {
		if (operand >= OPERAND_VGPR)
			d[l] = reg32(w, operand + upper)[l];
		else
			d[l] = scalar32(w, in, operand < SGPR_COUNT ?
					operand + upper : operand);
		d[l] ^= flip;
		if (!(w->mode & MODE_DENORM32_IN) && !(d[l] & 0x7f800000) &&
		    strstr(in->row->name, "f32"))
			d[l] &= 0x80000000;
	}
}

static void packed_f32(struct wave *w, const struct inst *in,
		       float (*f)(float a, float b, float c))
{
	u32 v[3][WAVE_LANES] = { 0 };
	float d[2][WAVE_LANES];
	struct inst out = *in;
	int i, l, half, sources = strchr(in->row->operands, 'C') ? 3 : 2;

	for (half = 0; half < 2; half++) {
		for (i = 0; i < sources; i++)
			dword_of(w, in, i, half, v[i]);
		for (l = 0; l < WAVE_LANES; l++)
			d[half][l] = f(as_float(v[0][l]), as_float(v[1][l]),
				       as_float(v[2][l]));
	}
	dst_f32(w, &out, d[0]);
	out.dst++;
	dst_f32(w, &out, d[1]);
}

#define PACKED_F32(name, value)						\
static float real_##name(float a, float b, float c)			\
{									\
	return value;							\
}									\
									\
void name(struct wave *w, const struct inst *in)			\
{									\
	packed_f32(w, in, real_##name);					\
}

PACKED_F32(v_pk_fma_f32, fmaf(a, b, c))
PACKED_F32(v_pk_mul_f32, a * b)
PACKED_F32(v_pk_add_f32, a + b)

/* The low dword comes from a, as op_sel[0] says, the high one from b, op_sel[1] */
void v_pk_mov_b32(struct wave *w, const struct inst *in)
{
	u32 lo[WAVE_LANES], hi[WAVE_LANES];
	struct inst out = *in;

	out.neg = 0;
	out.neg_hi = 0;
	dword_of(w, &out, 0, 0, lo);
	dword_of(w, &out, 1, 0, hi);
	dst_u32(w, &out, lo);
	out.dst++;
	dst_u32(w, &out, hi);
}

/*
 * op_sel_hi: the source is the f16 half that op_sel names, else f32; neg_hi: abs.  A
 * real constant is a number of the source's type, f16 in the low half.
 */
static void mix_source(struct wave *w, const struct inst *in, int i, float *d)
{
	bool half = in->op_sel_hi >> i & 1;
	bool flush = !(w->mode & (half ? MODE_DENORM64_IN : MODE_DENORM32_IN));
	unsigned int first = half && in->op_sel >> i & 1 ? 16 : 0;
	u32 buf[WAVE_LANES], exponent = half ? 0x7c00 : 0x7f800000, number, x;
	const u32 *v = src_u32(w, in, i, buf);
	bool constant;
	int l;

	constant = half && real_constant(in->src[i], &number);
	for (l = 0; l < WAVE_LANES; l++) {
		x = (constant ? number : v[l]) >> first;
		if (flush && !(x & exponent))
			x &= half ? 0x8000 : 0x80000000;
		d[l] = half ? half_to_float(x) : as_float(x);
		if (in->neg_hi >> i & 1)
			d[l] = fabsf(d[l]);
		if (in->neg >> i & 1)
			d[l] = -d[l];
	}
}

static void mix(struct wave *w, const struct inst *in, float *d)
{
	float v[3][WAVE_LANES];
	int i, l;

	for (i = 0; i < 3; i++)
		mix_source(w, in, i, v[i]);
	for (l = 0; l < WAVE_LANES; l++)
		d[l] = fmaf(v[0][l], v[1][l], v[2][l]);
}

/* D = a * b + c of f32, of which sources may be f16 */
void v_fma_mix_f32(struct wave *w, const struct inst *in)
{
	float d[WAVE_LANES];

	mix(w, in, d);
	dst_f32(w, in, d);
}

static void mix_half(struct wave *w, const struct inst *in, unsigned int shift)
{
	const u32 *old = old_u32(w, in);
	u32 out[WAVE_LANES];
	float d[WAVE_LANES];
	int l;

	mix(w, in, d);
	for (l = 0; l < WAVE_LANES; l++)
		out[l] = (old[l] & ~(0xffffu << shift)) |
			 (u32)finish_half(w, in, half_from(d[l]), isfinite(d[l])) << shift;
	dst_u32(w, in, out);
}

/* The same, rounded to f16, to one half of D */
void v_fma_mixlo_f16(struct wave *w, const struct inst *in)
{
	mix_half(w, in, 0);
}

void v_fma_mixhi_f16(struct wave *w, const struct inst *in)
{
	mix_half(w, in, 16);
}

/* Sum of products of fields of 32 bits */
static s64 dot(u32 a, u32 b, unsigned int width, bool sign)
{
	s64 sum = 0;
	unsigned int i, up = 32 - width;

	for (i = 0; i < 32; i += width) {
		u32 x = a >> i << up, y = b >> i << up;

		if (sign)
			sum += (s64)((s32)x >> up) * ((s32)y >> up);
		else
			sum += (s64)(x >> up) * (y >> up);
	}
	return sum;
}

static u32 dot_limit(const struct inst *in, s64 v, bool sign)
{
	if (!in->clamp)
		return v;
	if (sign)
		return v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : v;
	return v > UINT32_MAX ? UINT32_MAX : v;
}

static u32 dot_signed(const struct inst *in, u32 a, u32 b, unsigned int width, s32 c)
{
	return dot_limit(in, dot(a, b, width, true) + c, true);
}

static u32 dot_unsigned(const struct inst *in, u32 a, u32 b, unsigned int width, u32 c)
{
	return dot_limit(in, dot(a, b, width, false) + c, false);
}

/* a * b of two pairs of f16, plus c, rounded once */
void v_dot2_f32_f16(struct wave *w, const struct inst *in)
{
	u16 a[2][WAVE_LANES], b[2][WAVE_LANES];
	float cbuf[WAVE_LANES], d[WAVE_LANES];
	const float *c = src_f32(w, in, 2, cbuf);
	int l;

	halves(w, in, 0, true, a[0], a[1]);
	halves(w, in, 1, true, b[0], b[1]);
	for (l = 0; l < WAVE_LANES; l++)
		d[l] = (double)half_to_float(a[0][l]) * half_to_float(b[0][l]) +
		       (double)half_to_float(a[1][l]) * half_to_float(b[1][l]) + c[l];
	dst_f32(w, in, d);
}

static bool plain_halves(struct wave *w, const struct inst *in)
{
	if (!(in->op_sel & 3) && (in->op_sel_hi & 3) == 3)
		return true;
	wave_illegal(w, in, "op_sel");
	return false;
}

static VECTOR3(dot2_i32_i16, u32, u32, u32, s32, dot_signed(in, a, b, 16, c))
static VECTOR3(dot2_u32_u16, u32, u32, u32, u32, dot_unsigned(in, a, b, 16, c))

void v_dot2_i32_i16(struct wave *w, const struct inst *in)
{
	if (plain_halves(w, in))
		dot2_i32_i16(w, in);
}

void v_dot2_u32_u16(struct wave *w, const struct inst *in)
{
	if (plain_halves(w, in))
		dot2_u32_u16(w, in);
}

VECTOR3(v_dot4_i32_i8, u32, u32, u32, s32, dot_signed(in, a, b, 8, c))
VECTOR3(v_dot4_u32_u8, u32, u32, u32, u32, dot_unsigned(in, a, b, 8, c))
VECTOR3(v_dot8_i32_i4, u32, u32, u32, s32, dot_signed(in, a, b, 4, c))
VECTOR3(v_dot8_u32_u4, u32, u32, u32, u32, dot_unsigned(in, a, b, 4, c))
