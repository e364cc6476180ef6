// SPDX-License-Identifier: MIT
/*
 * VOPC: the lane's bit of the destination is the result of a comparison, 0 for
 * lanes that are off.  cmpx writes EXEC as well.
 */
#include <float.h>

#include "ops.h"
#include "real.h"

#define VCMP(name, t, condition, also_exec)				\
FOR_LANES void name(struct wave *w, const struct inst *in)		\
{									\
	TYPE_##t abuf[WAVE_LANES], bbuf[WAVE_LANES];			\
	SOURCE_##t as = src_##t(w, in, 0, abuf);			\
	SOURCE_##t bs = src_##t(w, in, 1, bbuf);			\
	u64 result = 0;							\
	u32 bits;							\
	int first, l;							\
									\
	for (first = 0; first < WAVE_LANES; first += 32) {		\
		for (l = 0, bits = 0; l < 32; l++) {			\
			TYPE_##t a = as[first + l], b = bs[first + l];	\
									\
			(void)a;					\
			(void)b;					\
			bits |= (u32)!!(condition) << l;		\
		}							\
		result |= (u64)bits << first;				\
	}								\
	result &= w->mask;						\
	set_sgpr64(w, in->sdst, result);				\
	if (also_exec)							\
		set_sgpr64(w, SGPR_EXEC, result);			\
}

#define COMPARE(name, t, condition)	VCMP(name, t, condition, false)
#define COMPARE_EXEC(name, t, condition)	VCMP(name, t, condition, true)

COMPARE(v_cmp_f_f16, f16, false)
COMPARE(v_cmp_lt_f16, f16, a < b)
COMPARE(v_cmp_eq_f16, f16, a == b)
COMPARE(v_cmp_le_f16, f16, a <= b)
COMPARE(v_cmp_gt_f16, f16, a > b)
COMPARE(v_cmp_lg_f16, f16, a < b || a > b)
COMPARE(v_cmp_ge_f16, f16, a >= b)
COMPARE(v_cmp_o_f16, f16, !isunordered(a, b))
COMPARE(v_cmp_u_f16, f16, isunordered(a, b))
COMPARE(v_cmp_nge_f16, f16, !(a >= b))
COMPARE(v_cmp_nlg_f16, f16, !(a < b || a > b))
COMPARE(v_cmp_ngt_f16, f16, !(a > b))
COMPARE(v_cmp_nle_f16, f16, !(a <= b))
COMPARE(v_cmp_neq_f16, f16, !(a == b))
COMPARE(v_cmp_nlt_f16, f16, !(a < b))
COMPARE(v_cmp_tru_f16, f16, true)

COMPARE(v_cmp_f_f32, f32, false)
COMPARE(v_cmp_lt_f32, f32, a < b)
COMPARE(v_cmp_eq_f32, f32, a == b)
COMPARE(v_cmp_le_f32, f32, a <= b)
COMPARE(v_cmp_gt_f32, f32, a > b)
COMPARE(v_cmp_lg_f32, f32, a < b || a > b)
COMPARE(v_cmp_ge_f32, f32, a >= b)
COMPARE(v_cmp_o_f32, f32, !isunordered(a, b))
COMPARE(v_cmp_u_f32, f32, isunordered(a, b))
COMPARE(v_cmp_nge_f32, f32, !(a >= b))
COMPARE(v_cmp_nlg_f32, f32, !(a < b || a > b))
COMPARE(v_cmp_ngt_f32, f32, !(a > b))
COMPARE(v_cmp_nle_f32, f32, !(a <= b))
COMPARE(v_cmp_neq_f32, f32, !(a == b))
COMPARE(v_cmp_nlt_f32, f32, !(a < b))
COMPARE(v_cmp_tru_f32, f32, true)

COMPARE(v_cmp_f_f64, f64, false)
COMPARE(v_cmp_lt_f64, f64, a < b)
COMPARE(v_cmp_eq_f64, f64, a == b)
COMPARE(v_cmp_le_f64, f64, a <= b)
COMPARE(v_cmp_gt_f64, f64, a > b)
COMPARE(v_cmp_lg_f64, f64, a < b || a > b)
COMPARE(v_cmp_ge_f64, f64, a >= b)
COMPARE(v_cmp_o_f64, f64, !isunordered(a, b))
COMPARE(v_cmp_u_f64, f64, isunordered(a, b))
COMPARE(v_cmp_nge_f64, f64, !(a >= b))
COMPARE(v_cmp_nlg_f64, f64, !(a < b || a > b))
COMPARE(v_cmp_ngt_f64, f64, !(a > b))
COMPARE(v_cmp_nle_f64, f64, !(a <= b))
COMPARE(v_cmp_neq_f64, f64, !(a == b))
COMPARE(v_cmp_nlt_f64, f64, !(a < b))
COMPARE(v_cmp_tru_f64, f64, true)

COMPARE(v_cmp_f_i16, s16, false)
COMPARE(v_cmp_lt_i16, s16, a < b)
COMPARE(v_cmp_eq_i16, s16, a == b)
COMPARE(v_cmp_le_i16, s16, a <= b)
COMPARE(v_cmp_gt_i16, s16, a > b)
COMPARE(v_cmp_ne_i16, s16, a != b)
COMPARE(v_cmp_ge_i16, s16, a >= b)
COMPARE(v_cmp_t_i16, s16, true)

COMPARE(v_cmp_f_u16, u16, false)
COMPARE(v_cmp_lt_u16, u16, a < b)
COMPARE(v_cmp_eq_u16, u16, a == b)
COMPARE(v_cmp_le_u16, u16, a <= b)
COMPARE(v_cmp_gt_u16, u16, a > b)
COMPARE(v_cmp_ne_u16, u16, a != b)
COMPARE(v_cmp_ge_u16, u16, a >= b)
COMPARE(v_cmp_t_u16, u16, true)

COMPARE(v_cmp_f_i32, s32, false)
COMPARE(v_cmp_lt_i32, s32, a < b)
COMPARE(v_cmp_eq_i32, s32, a == b)
COMPARE(v_cmp_le_i32, s32, a <= b)
COMPARE(v_cmp_gt_i32, s32, a > b)
COMPARE(v_cmp_ne_i32, s32, a != b)
COMPARE(v_cmp_ge_i32, s32, a >= b)
COMPARE(v_cmp_t_i32, s32, true)

COMPARE(v_cmp_f_u32, u32, false)
COMPARE(v_cmp_lt_u32, u32, a < b)
COMPARE(v_cmp_eq_u32, u32, a == b)
COMPARE(v_cmp_le_u32, u32, a <= b)
COMPARE(v_cmp_gt_u32, u32, a > b)
COMPARE(v_cmp_ne_u32, u32, a != b)
COMPARE(v_cmp_ge_u32, u32, a >= b)
COMPARE(v_cmp_t_u32, u32, true)

COMPARE(v_cmp_f_i64, s64, false)
COMPARE(v_cmp_lt_i64, s64, a < b)
COMPARE(v_cmp_eq_i64, s64, a == b)
COMPARE(v_cmp_le_i64, s64, a <= b)
COMPARE(v_cmp_gt_i64, s64, a > b)
COMPARE(v_cmp_ne_i64, s64, a != b)
COMPARE(v_cmp_ge_i64, s64, a >= b)
COMPARE(v_cmp_t_i64, s64, true)

COMPARE(v_cmp_f_u64, u64, false)
COMPARE(v_cmp_lt_u64, u64, a < b)
COMPARE(v_cmp_eq_u64, u64, a == b)
COMPARE(v_cmp_le_u64, u64, a <= b)
COMPARE(v_cmp_gt_u64, u64, a > b)
COMPARE(v_cmp_ne_u64, u64, a != b)
COMPARE(v_cmp_ge_u64, u64, a >= b)
COMPARE(v_cmp_t_u64, u64, true)

COMPARE_EXEC(v_cmpx_f_f16, f16, false)
COMPARE_EXEC(v_cmpx_lt_f16, f16, a < b)
COMPARE_EXEC(v_cmpx_eq_f16, f16, a == b)
COMPARE_EXEC(v_cmpx_le_f16, f16, a <= b)
COMPARE_EXEC(v_cmpx_gt_f16, f16, a > b)
COMPARE_EXEC(v_cmpx_lg_f16, f16, a < b || a > b)
COMPARE_EXEC(v_cmpx_ge_f16, f16, a >= b)
COMPARE_EXEC(v_cmpx_o_f16, f16, !isunordered(a, b))
COMPARE_EXEC(v_cmpx_u_f16, f16, isunordered(a, b))
COMPARE_EXEC(v_cmpx_nge_f16, f16, !(a >= b))
COMPARE_EXEC(v_cmpx_nlg_f16, f16, !(a < b || a > b))
COMPARE_EXEC(v_cmpx_ngt_f16, f16, !(a > b))
COMPARE_EXEC(v_cmpx_nle_f16, f16, !(a <= b))
COMPARE_EXEC(v_cmpx_neq_f16, f16, !(a == b))
COMPARE_EXEC(v_cmpx_nlt_f16, f16, !(a < b))
COMPARE_EXEC(v_cmpx_tru_f16, f16, true)

COMPARE_EXEC(v_cmpx_f_f32, f32, false)
COMPARE_EXEC(v_cmpx_lt_f32, f32, a < b)
COMPARE_EXEC(v_cmpx_eq_f32, f32, a == b)
COMPARE_EXEC(v_cmpx_le_f32, f32, a <= b)
COMPARE_EXEC(v_cmpx_gt_f32, f32, a > b)
COMPARE_EXEC(v_cmpx_lg_f32, f32, a < b || a > b)
COMPARE_EXEC(v_cmpx_ge_f32, f32, a >= b)
COMPARE_EXEC(v_cmpx_o_f32, f32, !isunordered(a, b))
COMPARE_EXEC(v_cmpx_u_f32, f32, isunordered(a, b))
COMPARE_EXEC(v_cmpx_nge_f32, f32, !(a >= b))
COMPARE_EXEC(v_cmpx_nlg_f32, f32, !(a < b || a > b))
COMPARE_EXEC(v_cmpx_ngt_f32, f32, !(a > b))
COMPARE_EXEC(v_cmpx_nle_f32, f32, !(a <= b))
COMPARE_EXEC(v_cmpx_neq_f32, f32, !(a == b))
COMPARE_EXEC(v_cmpx_nlt_f32, f32, !(a < b))
COMPARE_EXEC(v_cmpx_tru_f32, f32, true)

COMPARE_EXEC(v_cmpx_f_f64, f64, false)
COMPARE_EXEC(v_cmpx_lt_f64, f64, a < b)
COMPARE_EXEC(v_cmpx_eq_f64, f64, a == b)
COMPARE_EXEC(v_cmpx_le_f64, f64, a <= b)
COMPARE_EXEC(v_cmpx_gt_f64, f64, a > b)
COMPARE_EXEC(v_cmpx_lg_f64, f64, a < b || a > b)
COMPARE_EXEC(v_cmpx_ge_f64, f64, a >= b)
COMPARE_EXEC(v_cmpx_o_f64, f64, !isunordered(a, b))
COMPARE_EXEC(v_cmpx_u_f64, f64, isunordered(a, b))
COMPARE_EXEC(v_cmpx_nge_f64, f64, !(a >= b))
COMPARE_EXEC(v_cmpx_nlg_f64, f64, !(a < b || a > b))
COMPARE_EXEC(v_cmpx_ngt_f64, f64, !(a > b))
COMPARE_EXEC(v_cmpx_nle_f64, f64, !(a <= b))
COMPARE_EXEC(v_cmpx_neq_f64, f64, !(a == b))
COMPARE_EXEC(v_cmpx_nlt_f64, f64, !(a < b))
COMPARE_EXEC(v_cmpx_tru_f64, f64, true)

COMPARE_EXEC(v_cmpx_f_i16, s16, false)
COMPARE_EXEC(v_cmpx_lt_i16, s16, a < b)
COMPARE_EXEC(v_cmpx_eq_i16, s16, a == b)
COMPARE_EXEC(v_cmpx_le_i16, s16, a <= b)
COMPARE_EXEC(v_cmpx_gt_i16, s16, a > b)
COMPARE_EXEC(v_cmpx_ne_i16, s16, a != b)
COMPARE_EXEC(v_cmpx_ge_i16, s16, a >= b)
COMPARE_EXEC(v_cmpx_t_i16, s16, true)

COMPARE_EXEC(v_cmpx_f_u16, u16, false)
COMPARE_EXEC(v_cmpx_lt_u16, u16, a < b)
COMPARE_EXEC(v_cmpx_eq_u16, u16, a == b)
COMPARE_EXEC(v_cmpx_le_u16, u16, a <= b)
COMPARE_EXEC(v_cmpx_gt_u16, u16, a > b)
COMPARE_EXEC(v_cmpx_ne_u16, u16, a != b)
COMPARE_EXEC(v_cmpx_ge_u16, u16, a >= b)
COMPARE_EXEC(v_cmpx_t_u16, u16, true)

COMPARE_EXEC(v_cmpx_f_i32, s32, false)
COMPARE_EXEC(v_cmpx_lt_i32, s32, a < b)
COMPARE_EXEC(v_cmpx_eq_i32, s32, a == b)
COMPARE_EXEC(v_cmpx_le_i32, s32, a <= b)
COMPARE_EXEC(v_cmpx_gt_i32, s32, a > b)
COMPARE_EXEC(v_cmpx_ne_i32, s32, a != b)
COMPARE_EXEC(v_cmpx_ge_i32, s32, a >= b)
COMPARE_EXEC(v_cmpx_t_i32, s32, true)

COMPARE_EXEC(v_cmpx_f_u32, u32, false)
COMPARE_EXEC(v_cmpx_lt_u32, u32, a < b)
COMPARE_EXEC(v_cmpx_eq_u32, u32, a == b)
COMPARE_EXEC(v_cmpx_le_u32, u32, a <= b)
COMPARE_EXEC(v_cmpx_gt_u32, u32, a > b)
COMPARE_EXEC(v_cmpx_ne_u32, u32, a != b)
COMPARE_EXEC(v_cmpx_ge_u32, u32, a >= b)
COMPARE_EXEC(v_cmpx_t_u32, u32, true)

COMPARE_EXEC(v_cmpx_f_i64, s64, false)
COMPARE_EXEC(v_cmpx_lt_i64, s64, a < b)
COMPARE_EXEC(v_cmpx_eq_i64, s64, a == b)
COMPARE_EXEC(v_cmpx_le_i64, s64, a <= b)
COMPARE_EXEC(v_cmpx_gt_i64, s64, a > b)
COMPARE_EXEC(v_cmpx_ne_i64, s64, a != b)
COMPARE_EXEC(v_cmpx_ge_i64, s64, a >= b)
COMPARE_EXEC(v_cmpx_t_i64, s64, true)

COMPARE_EXEC(v_cmpx_f_u64, u64, false)
COMPARE_EXEC(v_cmpx_lt_u64, u64, a < b)
COMPARE_EXEC(v_cmpx_eq_u64, u64, a == b)
COMPARE_EXEC(v_cmpx_le_u64, u64, a <= b)
COMPARE_EXEC(v_cmpx_gt_u64, u64, a > b)
COMPARE_EXEC(v_cmpx_ne_u64, u64, a != b)
COMPARE_EXEC(v_cmpx_ge_u64, u64, a >= b)
COMPARE_EXEC(v_cmpx_t_u64, u64, true)

/* The least numbers that are no denormals. */
#define LEAST_F16	(1 / 16384.0)
#define LEAST_F32	FLT_MIN
#define LEAST_F64	DBL_MIN

/*
 * b selects classes: 0 signaling NaN, 1 quiet NaN, 2 -inf, 3 -normal, 4 -denormal,
 * 5 -0, 6 +0, 7 +denormal, 8 +normal, 9 +inf.  @quiet is the NaN's first fraction bit.
 */
static u32 class_of(double v, bool normal, bool quiet)
{
	bool negative = signbit(v);

	if (isnan(v))
		return quiet ? 1 << 1 : 1 << 0;
	if (isinf(v))
		return negative ? 1 << 2 : 1 << 9;
	if (v == 0)
		return negative ? 1 << 5 : 1 << 6;
	if (normal)
		return negative ? 1 << 3 : 1 << 8;
	return negative ? 1 << 4 : 1 << 7;
}

static u32 class_f16(float v, const struct wave *w)
{
	return class_of(v, fabsf(v) >= LEAST_F16, float_bits(v) & 1 << 22);
}

static u32 class_f32(float v, const struct wave *w)
{
	return class_of(v, fabsf(v) >= LEAST_F32, float_bits(v) & 1 << 22);
}

static u32 class_f64(double v, const struct wave *w)
{
	return class_of(v, fabs(v) >= LEAST_F64, double_bits(v) & 1ULL << 51);
}

/* The mode's treatment of denormals does not count here. */
#define CLASS(name, t, also_exec)					\
void name(struct wave *w, const struct inst *in)			\
{									\
	TYPE_##t abuf[WAVE_LANES];					\
	u32 bbuf[WAVE_LANES], mode = w->mode;				\
	SOURCE_##t as;							\
	const u32 *bs = src_u32(w, in, 1, bbuf);			\
	u64 result = 0;							\
	int l;								\
									\
	w->mode |= MODE_DENORM32_IN | MODE_DENORM64_IN;			\
	as = src_##t(w, in, 0, abuf);					\
	w->mode = mode;							\
	for (l = 0; l < WAVE_LANES; l++)				\
		result |= (u64)!!(class_##t(as[l], w) & bs[l]) << l;	\
	result &= w->mask;						\
	set_sgpr64(w, in->sdst, result);				\
	if (also_exec)							\
		set_sgpr64(w, SGPR_EXEC, result);			\
}

CLASS(v_cmp_class_f16, f16, false)
CLASS(v_cmp_class_f32, f32, false)
CLASS(v_cmp_class_f64, f64, false)
CLASS(v_cmpx_class_f16, f16, true)
CLASS(v_cmpx_class_f32, f32, true)
CLASS(v_cmpx_class_f64, f64, true)
