// SPDX-License-Identifier: MIT
/*
 * VOP2: vector instructions with two sources, a and b, as VOP3 too.
 */
#include "ops.h"
#include "real.h"

static u64 mask_source(struct wave *w, const struct inst *in)
{
	return scalar64(w, in, in->src[2]);
}

/* D = bit of the lane in the mask ? b : a; abs and neg count */
void v_cndmask_b32(struct wave *w, const struct inst *in)
{
	u32 abuf[WAVE_LANES], bbuf[WAVE_LANES], d[WAVE_LANES];
	const u32 *a = src_u32(w, in, 0, abuf), *b = src_u32(w, in, 1, bbuf);
	u64 mask = mask_source(w, in);
	u32 keep[2], flip[2];
	int l;

	for (l = 0; l < 2; l++) {
		keep[l] = in->abs >> l & 1 ? 0x7fffffff : ~0u;
		flip[l] = in->neg >> l & 1 ? 0x80000000 : 0;
	}
	for (l = 0; l < WAVE_LANES; l++)
		d[l] = mask >> l & 1 ? (b[l] & keep[1]) ^ flip[1] :
				       (a[l] & keep[0]) ^ flip[0];
	dst_u32(w, in, d);
}

VECTOR2(v_add_f32, f32, f32, f32, a + b)
VECTOR2(v_sub_f32, f32, f32, f32, a - b)
VECTOR2(v_subrev_f32, f32, f32, f32, b - a)
VECTOR2(v_mul_f32, f32, f32, f32, a * b)
VECTOR2(v_min_f32, f32, f32, f32, mode_min_f(w, a, b))
VECTOR2(v_max_f32, f32, f32, f32, mode_max_f(w, a, b))
/* 0 times anything is 0 */
VECTOR2(v_mul_legacy_f32, f32, f32, f32, a == 0 || b == 0 ? 0 : a * b)
VECTOR2(v_add_f16, f16, f16, f16, a + b)
VECTOR2(v_sub_f16, f16, f16, f16, a - b)
VECTOR2(v_subrev_f16, f16, f16, f16, b - a)
VECTOR2(v_mul_f16, f16, f16, f16, a * b)
VECTOR2(v_min_f16, f16, f16, f16, mode_min_f(w, a, b))
VECTOR2(v_max_f16, f16, f16, f16, mode_max_f(w, a, b))

/* a * 2 ** b */
void v_ldexp_f16(struct wave *w, const struct inst *in)
{
	float abuf[WAVE_LANES];
	s16 bbuf[WAVE_LANES];
	const float *a = src_f16(w, in, 0, abuf);
	const s16 *b = src_s16(w, in, 1, bbuf);
	u16 d[WAVE_LANES];
	int l;

	for (l = 0; l < WAVE_LANES; l++)
		d[l] = half_from(ldexp(a[l], b[l]));
	dst_h16(w, in, d);
}

/* The instruction with three sources, of which one is the old D or the literal. */
static struct inst accumulate(const struct inst *in)
{
	struct inst three = *in;

	three.src[2] = in->dst;
	return three;
}

static struct inst add_literal(const struct inst *in)
{
	struct inst three = *in;

	three.src[2] = OPERAND_LITERAL;
	return three;
}

static struct inst times_literal(const struct inst *in)
{
	struct inst three = *in;

	three.src[2] = in->src[1];
	three.src[1] = OPERAND_LITERAL;
	return three;
}

#define THREE(name, how, with)						\
void name(struct wave *w, const struct inst *in)			\
{									\
	struct inst three = how(in);					\
									\
	with(w, &three);						\
}

/* D = a * b + D */
THREE(v_fmac_f32, accumulate, v_fma_f32)
THREE(v_fmac_f64, accumulate, v_fma_f64)
THREE(v_mac_f32, accumulate, v_mad_f32)
THREE(v_mac_f16, accumulate, v_mad_legacy_f16)
/* D = a * literal + b */
THREE(v_madmk_f32, times_literal, v_mad_f32)
THREE(v_madmk_f16, times_literal, v_mad_legacy_f16)
/* D = a * b + literal */
THREE(v_madak_f32, add_literal, v_mad_f32)
THREE(v_madak_f16, add_literal, v_mad_legacy_f16)

/* Sums of products of parts of a and b, and D; no modifiers of signs */
#define THREE_PARTS(name, with)						\
void name(struct wave *w, const struct inst *in)			\
{									\
	struct inst three = accumulate(in);				\
									\
	three.op_sel_hi = 7;						\
	if (in->neg | in->abs)						\
		wave_illegal(w, in, "neg, abs");			\
	else								\
		with(w, &three);					\
}

THREE_PARTS(v_dot2c_f32_f16, v_dot2_f32_f16)
THREE_PARTS(v_dot2c_i32_i16, v_dot2_i32_i16)
THREE_PARTS(v_dot4c_i32_i8, v_dot4_i32_i8)
THREE_PARTS(v_dot8c_i32_i4, v_dot8_i32_i4)
THREE_PARTS(v_pk_fmac_f16, v_pk_fma_f16)

/* 24-bit factors, low or high 32 bits of the product */
static s32 s24(s32 v)
{
	return (s32)((u32)v << 8) >> 8;
}

VECTOR2(v_mul_i32_i24, s32, s32, s32, (s64)s24(a) * s24(b))
VECTOR2(v_mul_hi_i32_i24, s32, s32, s32, ((s64)s24(a) * s24(b)) >> 32)
VECTOR2(v_mul_u32_u24, u32, u32, u32, (a & 0xffffff) * (b & 0xffffff))
VECTOR2(v_mul_hi_u32_u24, u32, u32, u32,
	(u64)(a & 0xffffff) * (b & 0xffffff) >> 32)
VECTOR2(v_min_i32, s32, s32, s32, a < b ? a : b)
VECTOR2(v_max_i32, s32, s32, s32, a > b ? a : b)
VECTOR2(v_min_u32, u32, u32, u32, a < b ? a : b)
VECTOR2(v_max_u32, u32, u32, u32, a > b ? a : b)
VECTOR2(v_lshrrev_b32, u32, u32, u32, b >> (a & 31))
VECTOR2(v_ashrrev_i32, s32, u32, s32, b >> (a & 31))
VECTOR2(v_lshlrev_b32, u32, u32, u32, b << (a & 31))
VECTOR2(v_and_b32, u32, u32, u32, a & b)
VECTOR2(v_or_b32, u32, u32, u32, a | b)
VECTOR2(v_xor_b32, u32, u32, u32, a ^ b)
VECTOR2(v_xnor_b32, u32, u32, u32, ~(a ^ b))

/* Sums that are clamped to the range if the instruction says so. */
static u32 limit_u32(const struct inst *in, s64 v)
{
	if (in->clamp)
		v = v < 0 ? 0 : v > UINT32_MAX ? UINT32_MAX : v;
	return v;
}

static u16 limit_u16(const struct inst *in, s32 v)
{
	if (in->clamp)
		v = v < 0 ? 0 : v > UINT16_MAX ? UINT16_MAX : v;
	return v;
}

VECTOR2(v_add_u32, u32, u32, u32, in->clamp ? limit_u32(in, (s64)a + b) : a + b)
VECTOR2(v_sub_u32, u32, u32, u32, in->clamp ? limit_u32(in, (s64)a - b) : a - b)
VECTOR2(v_subrev_u32, u32, u32, u32, in->clamp ? limit_u32(in, (s64)b - a) : b - a)
VECTOR2(v_add_u16, u16, u16, u16, limit_u16(in, a + b))
VECTOR2(v_sub_u16, u16, u16, u16, limit_u16(in, a - b))
VECTOR2(v_subrev_u16, u16, u16, u16, limit_u16(in, b - a))
VECTOR2(v_mul_lo_u16, u16, u16, u16, (u32)a * b)
VECTOR2(v_lshlrev_b16, u16, u16, u16, b << (a & 15))
VECTOR2(v_lshrrev_b16, u16, u16, u16, b >> (a & 15))
VECTOR2(v_ashrrev_i16, s16, u16, s16, b >> (a & 15))
VECTOR2(v_max_u16, u16, u16, u16, a > b ? a : b)
VECTOR2(v_max_i16, s16, s16, s16, a > b ? a : b)
VECTOR2(v_min_u16, u16, u16, u16, a < b ? a : b)
VECTOR2(v_min_i16, s16, s16, s16, a < b ? a : b)

/*
 * Sums with carry.  The lane's bit of the second destination is the carry or
 * borrow; bits of lanes that are off become 0.
 */
#define CARRY(name, sum, carry_out, limit, carry_in)			\
FOR_LANES void name(struct wave *w, const struct inst *in)		\
{									\
	u32 abuf[WAVE_LANES], bbuf[WAVE_LANES], d[WAVE_LANES];		\
	const u32 *ap = src_u32(w, in, 0, abuf);			\
	const u32 *bp = src_u32(w, in, 1, bbuf);			\
	u64 carries = (carry_in) ? mask_source(w, in) : 0, out = 0;	\
	u32 clamp = in->clamp;						\
	int first, l;							\
									\
	for (first = 0; first < WAVE_LANES; first += 32) {		\
		u32 half = carries >> first, bits = 0;			\
									\
		for (l = 0; l < 32; l++) {				\
			u32 a = ap[first + l], b = bp[first + l];	\
			u32 c = half >> l & 1, v = (sum);		\
			u32 carry = (carry_out) ? 1 : 0;		\
									\
			(void)c;					\
			d[first + l] = carry & clamp ? (limit) : v;	\
			bits |= carry << l;				\
		}							\
		out |= (u64)bits << first;				\
	}								\
	dst_u32(w, in, d);						\
	set_sgpr64(w, in->sdst, out & w->mask);				\
}

CARRY(v_add_co_u32, a + b, v < a, UINT32_MAX, false)
CARRY(v_sub_co_u32, a - b, a < b, 0, false)
CARRY(v_subrev_co_u32, b - a, b < a, 0, false)
CARRY(v_addc_co_u32, a + b + c, (v < a) | (c & (v == a)), UINT32_MAX, true)
CARRY(v_subb_co_u32, a - b - c, (a < b) | (c & (a == b)), 0, true)
CARRY(v_subbrev_co_u32, b - a - c, (b < a) | (c & (b == a)), 0, true)
