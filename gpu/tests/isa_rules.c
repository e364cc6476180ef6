// SPDX-License-Identifier: MIT
/*
 * What each instruction computes, from the manual: x->a, x->b, x->c are the bits
 * of the sources; f() and d() make numbers of them.
 */
#include <math.h>
#include <stdio.h>

#include "isa_slow.h"

#define RULE(rule_name, signature, expression)				\
static u64 rule_name##_value(struct slow_lane *x)				\
{									\
	return expression;						\
}									\
									\
static void __attribute__((constructor)) rule_name##_add(void)		\
{									\
	static struct slow_rule rule = {				\
		.name = #rule_name, .types = signature, .value = rule_name##_value,	\
	};								\
									\
	rule.next = slow_rules;						\
	slow_rules = &rule;						\
}

#define A	(x->a)
#define B	(x->b)
#define C	(x->c)
#define SA	((s32)A)
#define SB	((s32)B)
#define SC	((s32)C)
#define HA	((s16)A)
#define HB	((s16)B)
#define HC	((s16)C)

static u64 carry(struct slow_lane *x, bool bit, u64 value)
{
	x->carry = bit;
	return value;
}

/* Of 32 and 64 bits, with SCC telling that it is not 0. */
static u64 flag32(struct slow_lane *x, u32 value)
{
	return carry(x, value != 0, value);
}

static u64 flag64(struct slow_lane *x, u64 value)
{
	return carry(x, value != 0, value);
}

static bool fits32(s64 v)
{
	return v >= INT32_MIN && v <= INT32_MAX;
}

static u64 ones(unsigned int n)
{
	return n >= 64 ? ~0ULL : (1ULL << n) - 1;
}

static s64 extended(u64 v, unsigned int width)
{
	if (!width)
		return 0;
	if (width < 64 && v >> (width - 1) & 1)
		return v | ~ones(width);
	return width < 64 ? v & ones(width) : v;
}

/* A field of a value that has @sign_width bits in front of endless signs. */
static u64 s_field(u64 v, u64 where, unsigned int bits, bool sign)
{
	unsigned int offset = where & (bits - 1), width = where >> 16 & 0x7f;
	u64 d;

	if (sign)
		d = (u64)(extended(v, bits) >> offset);
	else
		d = v >> offset;
	return sign ? (u64)extended(d, width) : d & ones(width);
}

static int leading_zeros(u64 v, int bits)
{
	int n = 0;

	while (n < bits && !(v >> (bits - 1 - n) & 1))
		n++;
	return n < bits ? n : -1;
}

static int trailing_zeros(u64 v, int bits)
{
	int n = 0;

	while (n < bits && !(v >> n & 1))
		n++;
	return n < bits ? n : -1;
}

static int sign_run(u64 v, int bits)
{
	int n = 1;

	while (n < bits && (v >> (bits - 1 - n) & 1) == (v >> (bits - 1) & 1))
		n++;
	return n < bits ? n : -1;
}

static int population(u64 v)
{
	int n = 0;

	for (; v; v >>= 1)
		n += v & 1;
	return n;
}

static u64 reversed(u64 v, int bits)
{
	u64 d = 0;
	int i;

	for (i = 0; i < bits; i++)
		d = d << 1 | (v >> i & 1);
	return d;
}

static u64 quads(u64 v, int bits, bool gather)
{
	u64 d = 0;
	int i;

	for (i = 0; i < bits; i += 4) {
		if (v >> i & 15)
			d |= gather ? 1ULL << i / 4 : 15ULL << i;
	}
	return d;
}

static u64 replicated(u64 v)
{
	u64 d = 0;
	int i;

	for (i = 0; i < 64; i++)
		d |= (v >> i / 2 & 1) << i;
	return d;
}

/* Scalar: two sources */
RULE(s_add_u32, "u4 u4 u4", carry(x, (A + B) >> 32, A + B))
RULE(s_sub_u32, "u4 u4 u4", carry(x, B > A, A - B))
RULE(s_add_i32, "i4 i4 i4", carry(x, !fits32((s64)SA + SB), A + B))
RULE(s_sub_i32, "i4 i4 i4", carry(x, !fits32((s64)SA - SB), A - B))
RULE(s_addc_u32, "u4 u4 u4", carry(x, (A + B + x->carry) >> 32, A + B + x->carry))
RULE(s_min_i32, "i4 i4 i4", carry(x, SA < SB, SA < SB ? A : B))
RULE(s_max_i32, "i4 i4 i4", carry(x, SA > SB, SA > SB ? A : B))
RULE(s_min_u32, "u4 u4 u4", carry(x, A < B, A < B ? A : B))
RULE(s_max_u32, "u4 u4 u4", carry(x, A > B, A > B ? A : B))
RULE(s_cselect_b32, "u4 u4 u4", x->carry ? A : B)
RULE(s_cselect_b64, "u8 u8 u8", x->carry ? A : B)
RULE(s_and_b32, "u4 u4 u4", flag32(x, A & B))
RULE(s_and_b64, "u8 u8 u8", flag64(x, A & B))
RULE(s_or_b32, "u4 u4 u4", flag32(x, A | B))
RULE(s_or_b64, "u8 u8 u8", flag64(x, A | B))
RULE(s_xor_b32, "u4 u4 u4", flag32(x, A ^ B))
RULE(s_xor_b64, "u8 u8 u8", flag64(x, A ^ B))
RULE(s_andn2_b32, "u4 u4 u4", flag32(x, A & ~B))
RULE(s_andn2_b64, "u8 u8 u8", flag64(x, A & ~B))
RULE(s_orn2_b32, "u4 u4 u4", flag32(x, A | ~B))
RULE(s_orn2_b64, "u8 u8 u8", flag64(x, A | ~B))
RULE(s_nand_b32, "u4 u4 u4", flag32(x, ~(A & B)))
RULE(s_nand_b64, "u8 u8 u8", flag64(x, ~(A & B)))
RULE(s_nor_b32, "u4 u4 u4", flag32(x, ~(A | B)))
RULE(s_nor_b64, "u8 u8 u8", flag64(x, ~(A | B)))
RULE(s_xnor_b32, "u4 u4 u4", flag32(x, ~(A ^ B)))
RULE(s_xnor_b64, "u8 u8 u8", flag64(x, ~(A ^ B)))
RULE(s_lshl_b32, "u4 u4 u4", flag32(x, A << B % 32))
RULE(s_lshl_b64, "u8 u8 u4", flag64(x, A << B % 64))
RULE(s_lshr_b32, "u4 u4 u4", flag32(x, A >> B % 32))
RULE(s_lshr_b64, "u8 u8 u4", flag64(x, A >> B % 64))
RULE(s_ashr_i32, "i4 i4 u4", flag32(x, SA >> B % 32))
RULE(s_ashr_i64, "i8 i8 u4", flag64(x, (s64)A >> B % 64))
RULE(s_bfm_b32, "u4 u4 u4", ones(A % 32) << B % 32)
RULE(s_bfm_b64, "u8 u4 u4", ones(A % 64) << B % 64)
RULE(s_mul_i32, "u4 u4 u4", A * B)
RULE(s_mul_hi_u32, "u4 u4 u4", A * B >> 32)
RULE(s_mul_hi_i32, "i4 i4 i4", (s64)SA * SB >> 32)
RULE(s_bfe_u32, "u4 u4 u4", flag32(x, s_field(A, B, 32, false)))
RULE(s_bfe_i32, "i4 i4 u4", flag32(x, s_field(A, B, 32, true)))
RULE(s_bfe_u64, "u8 u8 u4", flag64(x, s_field(A, B, 64, false)))
RULE(s_bfe_i64, "i8 i8 u4", flag64(x, s_field(A, B, 64, true)))
RULE(s_absdiff_i32, "i4 i4 i4", flag32(x, (s32)(u32)(A - B) < 0 ? B - A : A - B))
RULE(s_lshl1_add_u32, "u4 u4 u4", carry(x, ((A << 1) + B) >> 32, (A << 1) + B))
RULE(s_lshl2_add_u32, "u4 u4 u4", carry(x, ((A << 2) + B) >> 32, (A << 2) + B))
RULE(s_lshl3_add_u32, "u4 u4 u4", carry(x, ((A << 3) + B) >> 32, (A << 3) + B))
RULE(s_lshl4_add_u32, "u4 u4 u4", carry(x, ((A << 4) + B) >> 32, (A << 4) + B))
RULE(s_pack_ll_b32_b16, "u4 u4 u4", (A & 0xffff) | (B & 0xffff) << 16)
RULE(s_pack_lh_b32_b16, "u4 u4 u4", (A & 0xffff) | (B & 0xffff0000))
RULE(s_pack_hh_b32_b16, "u4 u4 u4", A >> 16 | (B & 0xffff0000))

static u64 subtract_borrow(struct slow_lane *x)
{
	u64 borrow = x->carry;

	return carry(x, B + borrow > A, A - B - borrow);
}

RULE(s_subb_u32, "u4 u4 u4", subtract_borrow(x))

/* Scalar: one source */
RULE(s_mov_b32, "u4 u4", A)
RULE(s_mov_b64, "u8 u8", A)
RULE(s_cmov_b32, "u4 u4", x->carry ? A : x->old)
RULE(s_cmov_b64, "u8 u8", x->carry ? A : x->old)
RULE(s_not_b32, "u4 u4", flag32(x, ~A))
RULE(s_not_b64, "u8 u8", flag64(x, ~A))
RULE(s_wqm_b32, "u4 u4", flag32(x, quads(A, 32, false)))
RULE(s_wqm_b64, "u8 u8", flag64(x, quads(A, 64, false)))
RULE(s_quadmask_b32, "u4 u4", flag32(x, quads(A, 32, true)))
RULE(s_quadmask_b64, "u8 u8", flag64(x, quads(A, 64, true)))
RULE(s_brev_b32, "u4 u4", reversed(A, 32))
RULE(s_brev_b64, "u8 u8", reversed(A, 64))
RULE(s_bcnt0_i32_b32, "u4 u4", flag32(x, 32 - population(A)))
RULE(s_bcnt0_i32_b64, "u4 u8", flag32(x, 64 - population(A)))
RULE(s_bcnt1_i32_b32, "u4 u4", flag32(x, population(A)))
RULE(s_bcnt1_i32_b64, "u4 u8", flag32(x, population(A)))
RULE(s_ff0_i32_b32, "u4 u4", trailing_zeros(~A, 32))
RULE(s_ff0_i32_b64, "u4 u8", trailing_zeros(~A, 64))
RULE(s_ff1_i32_b32, "u4 u4", trailing_zeros(A, 32))
RULE(s_ff1_i32_b64, "u4 u8", trailing_zeros(A, 64))
RULE(s_flbit_i32_b32, "u4 u4", leading_zeros(A, 32))
RULE(s_flbit_i32_b64, "u4 u8", leading_zeros(A, 64))
RULE(s_flbit_i32, "u4 u4", sign_run(A, 32))
RULE(s_flbit_i32_i64, "u4 i8", sign_run(A, 64))
RULE(s_sext_i32_i8, "u4 u4", extended(A, 8))
RULE(s_sext_i32_i16, "u4 u4", extended(A, 16))
RULE(s_bitset0_b32, "u4 u4", x->old & ~(1ULL << A % 32))
RULE(s_bitset1_b32, "u4 u4", x->old | 1ULL << A % 32)
RULE(s_bitset0_b64, "u8 u4", x->old & ~(1ULL << A % 64))
RULE(s_bitset1_b64, "u8 u4", x->old | 1ULL << A % 64)
RULE(s_abs_i32, "i4 i4", flag32(x, SA < 0 ? -A : A))
RULE(s_bitreplicate_b64_b32, "u8 u4", replicated(A))
RULE(s_and_saveexec_b64, "u8 u8,x", flag64(x, A & B))
RULE(s_or_saveexec_b64, "u8 u8,x", flag64(x, A | B))
RULE(s_xor_saveexec_b64, "u8 u8,x", flag64(x, A ^ B))
RULE(s_andn2_saveexec_b64, "u8 u8,x", flag64(x, A & ~B))
RULE(s_orn2_saveexec_b64, "u8 u8,x", flag64(x, A | ~B))
RULE(s_nand_saveexec_b64, "u8 u8,x", flag64(x, ~(A & B)))
RULE(s_nor_saveexec_b64, "u8 u8,x", flag64(x, ~(A | B)))
RULE(s_xnor_saveexec_b64, "u8 u8,x", flag64(x, ~(A ^ B)))
RULE(s_andn1_saveexec_b64, "u8 u8,x", flag64(x, ~A & B))
RULE(s_orn1_saveexec_b64, "u8 u8,x", flag64(x, ~A | B))

/* Scalar: the constant of 16 bits is the last source */
RULE(s_movk_i32, "i4 k2", HA)
RULE(s_cmovk_i32, "i4 k2", x->carry ? (u64)HA : x->old)
RULE(s_addk_i32, "i4 k2", carry(x, !fits32((s64)(s32)x->old + HA), x->old + HA))
RULE(s_mulk_i32, "i4 k2", (s64)(s32)x->old * HA)
RULE(s_cmpk_eq_i32, "- i4 k2", carry(x, SA == HB, 0))
RULE(s_cmpk_lg_i32, "- i4 k2", carry(x, SA != HB, 0))
RULE(s_cmpk_gt_i32, "- i4 k2", carry(x, SA > HB, 0))
RULE(s_cmpk_ge_i32, "- i4 k2", carry(x, SA >= HB, 0))
RULE(s_cmpk_lt_i32, "- i4 k2", carry(x, SA < HB, 0))
RULE(s_cmpk_le_i32, "- i4 k2", carry(x, SA <= HB, 0))
RULE(s_cmpk_eq_u32, "- u4 k2", carry(x, A == B, 0))
RULE(s_cmpk_lg_u32, "- u4 k2", carry(x, A != B, 0))
RULE(s_cmpk_gt_u32, "- u4 k2", carry(x, A > B, 0))
RULE(s_cmpk_ge_u32, "- u4 k2", carry(x, A >= B, 0))
RULE(s_cmpk_lt_u32, "- u4 k2", carry(x, A < B, 0))
RULE(s_cmpk_le_u32, "- u4 k2", carry(x, A <= B, 0))

/* Scalar comparisons */
RULE(s_cmp_eq_i32, "- i4 i4", carry(x, A == B, 0))
RULE(s_cmp_lg_i32, "- i4 i4", carry(x, A != B, 0))
RULE(s_cmp_gt_i32, "- i4 i4", carry(x, SA > SB, 0))
RULE(s_cmp_ge_i32, "- i4 i4", carry(x, SA >= SB, 0))
RULE(s_cmp_lt_i32, "- i4 i4", carry(x, SA < SB, 0))
RULE(s_cmp_le_i32, "- i4 i4", carry(x, SA <= SB, 0))
RULE(s_cmp_eq_u32, "- u4 u4", carry(x, A == B, 0))
RULE(s_cmp_lg_u32, "- u4 u4", carry(x, A != B, 0))
RULE(s_cmp_gt_u32, "- u4 u4", carry(x, A > B, 0))
RULE(s_cmp_ge_u32, "- u4 u4", carry(x, A >= B, 0))
RULE(s_cmp_lt_u32, "- u4 u4", carry(x, A < B, 0))
RULE(s_cmp_le_u32, "- u4 u4", carry(x, A <= B, 0))
RULE(s_cmp_eq_u64, "- u8 u8", carry(x, A == B, 0))
RULE(s_cmp_lg_u64, "- u8 u8", carry(x, A != B, 0))
RULE(s_bitcmp0_b32, "- u4 u4", carry(x, !(A >> B % 32 & 1), 0))
RULE(s_bitcmp1_b32, "- u4 u4", carry(x, A >> B % 32 & 1, 0))
RULE(s_bitcmp0_b64, "- u8 u4", carry(x, !(A >> B % 64 & 1), 0))
RULE(s_bitcmp1_b64, "- u8 u4", carry(x, A >> B % 64 & 1, 0))

/* Real numbers */
static float f(u64 bits)
{
	return slow_f4(bits);
}

static double d(u64 bits)
{
	return slow_f8(bits);
}

static double h(u64 bits)
{
	return slow_f2(bits);
}

static u64 rf(float v)
{
	return slow_r4(v);
}

static u64 rd(double v)
{
	return slow_r8(v);
}

static u64 rh(long double v)
{
	return slow_r2(v);
}

/* A value of the type that both sides have, between limits, NaN as 0. */
static s64 to_integer(double v, s64 low, s64 high)
{
	if (isnan(v))
		return 0;
	v = trunc(v);
	return v <= low ? low : v >= high ? high : (s64)v;
}

static u64 to_u32(double v)
{
	return to_integer(v, 0, UINT32_MAX);
}

static u64 to_s32(double v)
{
	return to_integer(v, INT32_MIN, INT32_MAX);
}

/* Of what is as large, + 0 is above - 0; NaN is no candidate. */
static bool above(double a, double b)
{
	return a > b || (a == b && !signbit(a) && signbit(b));
}

static double least(double a, double b)
{
	if (isnan(a))
		return b;
	return isnan(b) || above(b, a) ? a : b;
}

static double greatest(double a, double b)
{
	if (isnan(a))
		return b;
	return isnan(b) || above(a, b) ? a : b;
}

static bool signaling(u64 bits, int bytes)
{
	int fraction = bytes == 2 ? 10 : bytes == 4 ? 23 : 52;
	u64 exponents = ones(8 * bytes - 1) & ~ones(fraction);

	return (bits & exponents) == exponents && bits & ones(fraction) &&
	       !(bits >> (fraction - 1) & 1);
}

/* One of two, as it is; in IEEE mode a signaling NaN makes a quiet one. */
static u64 extreme(struct slow_lane *x, u64 a, u64 b, int bytes, bool largest)
{
	double (*number)(u64 bits) = bytes == 2 ? h : bytes == 8 ? d : NULL;
	double p = number ? number(a) : f(a), q = number ? number(b) : f(b);

	if (x->ieee && (signaling(a, bytes) || signaling(b, bytes)))
		return bytes == 2 ? rh(NAN) : bytes == 4 ? rf(NAN) : rd(NAN);
	if (isnan(p))
		return b;
	if (isnan(q))
		return a;
	return largest == above(p, q) ? a : b;
}

#define LEAST(a, b, bytes)	extreme(x, a, b, bytes, false)
#define GREATEST(a, b, bytes)	extreme(x, a, b, bytes, true)

static bool between(double v, double a, double b)
{
	return (!above(a, v) && !above(v, b)) || (!above(b, v) && !above(v, a));
}

static double middle(double a, double b, double c)
{
	if (isnan(a) || isnan(b) || isnan(c))
		return least(a, least(b, c));
	if (between(a, b, c))
		return a;
	return between(b, a, c) ? b : c;
}

static u64 middle_real(struct slow_lane *x, int bytes)
{
	double p = bytes == 2 ? h(A) : f(A), q = bytes == 2 ? h(B) : f(B);
	double r = bytes == 2 ? h(C) : f(C);

	if (isnan(p) || isnan(q) || isnan(r))
		return LEAST(LEAST(A, B, bytes), C, bytes);
	return bytes == 2 ? rh(middle(p, q, r)) : rf(middle(p, q, r));
}

static double fraction(double v, double limit)
{
	double r = v - floor(v);

	return isnan(v) || isinf(v) ? NAN : r < limit ? r : limit;
}

static int exponent(double v)
{
	int e = 0;

	if (isfinite(v))
		frexp(v, &e);
	return e;
}

static double mantissa(double v)
{
	int e;

	return isfinite(v) ? frexp(v, &e) : v;
}

/* Turns to an angle that is exact where the result is 0, 1 or -1. */
static long double sine(double turns, double phase)
{
	long double t = fmodl(turns, 1) + phase;

	if (isinf(turns) || isnan(turns))
		return NAN;
	t -= rintl(t);
	if (t > 0.25L)
		t = 0.5L - t;
	if (t < -0.25L)
		t = -0.5L - t;
	return sinl(t * 2 * 3.14159265358979323846264338327950288L);
}

/* One source */
RULE(v_mov_b32, "u4 u4", A)
RULE(v_not_b32, "u4 u4", ~A)
RULE(v_bfrev_b32, "u4 u4", reversed(A, 32))
RULE(v_ffbh_u32, "u4 u4", leading_zeros(A, 32))
RULE(v_ffbl_b32, "u4 u4", trailing_zeros(A, 32))
RULE(v_ffbh_i32, "u4 u4", sign_run(A, 32))
RULE(v_cvt_i32_f64, "i4 f8", to_s32(d(A)))
RULE(v_cvt_u32_f64, "u4 f8", to_u32(d(A)))
RULE(v_cvt_i32_f32, "i4 f4", to_s32(f(A)))
RULE(v_cvt_u32_f32, "u4 f4", to_u32(f(A)))
RULE(v_cvt_f64_i32, "f8 i4", rd(SA))
RULE(v_cvt_f64_u32, "f8 u4", rd((u32)A))
RULE(v_cvt_f32_i32, "f4 i4", rf(SA))
RULE(v_cvt_f32_u32, "f4 u4", rf((u32)A))
RULE(v_cvt_f32_f16, "f4 f2", rf(h(A)))
RULE(v_cvt_f16_f32, "f2 f4", rh(f(A)))
RULE(v_cvt_f32_f64, "f4 f8", rf(d(A)))
RULE(v_cvt_f64_f32, "f8 f4", rd(f(A)))
RULE(v_cvt_f16_u16, "f2 u2", rh((u16)A))
RULE(v_cvt_f16_i16, "f2 i2", rh(HA))
RULE(v_cvt_u16_f16, "u2 f2", to_integer(h(A), 0, 0xffff))
RULE(v_cvt_i16_f16, "i2 f2", to_integer(h(A), -32768, 32767))
RULE(v_cvt_rpi_i32_f32, "i4 f4", to_s32(floor(f(A) + 0.5)))
RULE(v_cvt_flr_i32_f32, "i4 f4", to_s32(floor(f(A))))
RULE(v_cvt_off_f32_i4, "f4 u4", rf(extended(A & 15, 4) / 16.0f))
RULE(v_cvt_f32_ubyte0, "f4 u4", rf(A & 255))
RULE(v_cvt_f32_ubyte1, "f4 u4", rf(A / 256 % 256))
RULE(v_cvt_f32_ubyte2, "f4 u4", rf(A / 65536 % 256))
RULE(v_cvt_f32_ubyte3, "f4 u4", rf(A / 16777216 % 256))
RULE(v_trunc_f64, "f8 f8", rd(trunc(d(A))))
RULE(v_ceil_f64, "f8 f8", rd(ceil(d(A))))
RULE(v_floor_f64, "f8 f8", rd(floor(d(A))))
RULE(v_rndne_f64, "f8 f8", rd(roundeven(d(A))))
RULE(v_trunc_f32, "f4 f4", rf(trunc(f(A))))
RULE(v_ceil_f32, "f4 f4", rf(ceil(f(A))))
RULE(v_floor_f32, "f4 f4", rf(floor(f(A))))
RULE(v_rndne_f32, "f4 f4", rf(roundeven(f(A))))
RULE(v_trunc_f16, "f2 f2", rh(trunc(h(A))))
RULE(v_ceil_f16, "f2 f2", rh(ceil(h(A))))
RULE(v_floor_f16, "f2 f2", rh(floor(h(A))))
RULE(v_rndne_f16, "f2 f2", rh(roundeven(h(A))))
RULE(v_fract_f32, "f4 f4", rf(fraction(f(A), 1 - ldexp(1, -24))))
RULE(v_fract_f64, "f8 f8", rd(fraction(d(A), 1 - ldexp(1, -53))))
RULE(v_fract_f16, "f2 f2", rh(fraction(h(A), 1 - ldexp(1, -11))))
RULE(v_exp_f32, "f4 f4,~", rf(exp2l(f(A))))
RULE(v_exp_f16, "f2 f2,~", rh(exp2l(h(A))))
RULE(v_exp_legacy_f32, "f4 f4,~", rf(exp2l(f(A))))
RULE(v_log_f32, "f4 f4,~", rf(log2l(f(A))))
RULE(v_log_legacy_f32, "f4 f4,~", rf(log2l(f(A))))
RULE(v_log_f16, "f2 f2,~", rh(log2l(h(A))))
RULE(v_rcp_f32, "f4 f4,~", rf(1 / (double)f(A)))
RULE(v_rcp_iflag_f32, "f4 f4,~", rf(1 / (double)f(A)))
RULE(v_rcp_f64, "f8 f8,~", rd(1 / (long double)d(A)))
RULE(v_rcp_f16, "f2 f2,~", rh(1 / (long double)h(A)))
RULE(v_rsq_f32, "f4 f4,~", rf(1 / sqrtl(f(A))))
RULE(v_rsq_f64, "f8 f8,~", rd(1 / sqrtl(d(A))))
RULE(v_rsq_f16, "f2 f2,~", rh(1 / sqrtl(h(A))))
RULE(v_sqrt_f32, "f4 f4,~", rf(sqrtl(f(A))))
RULE(v_sqrt_f64, "f8 f8,~", rd(sqrtl(d(A))))
RULE(v_sqrt_f16, "f2 f2,~", rh(sqrtl(h(A))))
RULE(v_sin_f32, "f4 f4,~", rf(sine(f(A), 0)))
RULE(v_cos_f32, "f4 f4,~", rf(sine(f(A), 0.25)))
RULE(v_sin_f16, "f2 f2,~", rh(sine(h(A), 0)))
RULE(v_cos_f16, "f2 f2,~", rh(sine(h(A), 0.25)))
RULE(v_frexp_exp_i32_f64, "i4 f8", exponent(d(A)))
RULE(v_frexp_exp_i32_f32, "i4 f4", exponent(f(A)))
RULE(v_frexp_exp_i16_f16, "i2 f2", exponent(h(A)))
RULE(v_frexp_mant_f64, "f8 f8", rd(mantissa(d(A))))
RULE(v_frexp_mant_f32, "f4 f4", rf(mantissa(f(A))))
RULE(v_frexp_mant_f16, "f2 f2", rh(mantissa(h(A))))

static u64 byte_limit(s64 v)
{
	return v < 0 ? 0 : v > 255 ? 255 : v;
}

RULE(v_sat_pk_u8_i16, "u4 u4", byte_limit(HA) | byte_limit((s16)(A >> 16)) << 8)

/* The tiles that lie between both corners of a rectangle, on a screen that repeats. */
static u64 engines_of(u64 corners)
{
	int left = corners >> 6 & 3, top = corners >> 4 & 3;
	int right = corners >> 2 & 3, bottom = corners & 3;
	u64 engines = 0;
	int tile;

	for (tile = 0; tile < 16; tile++) {
		/* The numbers of engines, a row of tiles after the other. */
		static const int engine[16] = {
			0, 2, 1, 3, 1, 3, 0, 2, 2, 0, 3, 1, 3, 1, 2, 0,
		};
		int x = tile % 4, y = tile / 4;

		if ((x - left + 4) % 4 <= (right - left + 4) % 4 &&
		    (y - top + 4) % 4 <= (bottom - top + 4) % 4)
			engines |= 1ULL << engine[tile];
	}
	return engines;
}

RULE(v_screen_partition_4se_b32, "u4 u4", engines_of(A))

/* Two sources; clamp of integers stops at the ends of the type */
static u64 limited(const struct slow_lane *x, s64 v, s64 low, s64 high)
{
	if (!x->clamp)
		return v;
	return v < low ? low : v > high ? high : v;
}

#define U32(v)	limited(x, v, 0, UINT32_MAX)
#define S32(v)	limited(x, v, INT32_MIN, INT32_MAX)
#define U16(v)	limited(x, v, 0, 0xffff)
#define S16(v)	limited(x, v, -32768, 32767)

RULE(v_cndmask_b32, "u4 u4 u4,?", x->carry ? B : A)
RULE(v_add_f32, "f4 f4 f4", rf(f(A) + f(B)))
RULE(v_sub_f32, "f4 f4 f4", rf(f(A) - f(B)))
RULE(v_subrev_f32, "f4 f4 f4", rf(f(B) - f(A)))
RULE(v_mul_f32, "f4 f4 f4", rf(f(A) * f(B)))
RULE(v_mul_legacy_f32, "f4 f4 f4", f(A) == 0 || f(B) == 0 ? 0 : rf(f(A) * f(B)))
RULE(v_min_f32, "f4 f4 f4", LEAST(A, B, 4))
RULE(v_max_f32, "f4 f4 f4", GREATEST(A, B, 4))
RULE(v_add_f16, "f2 f2 f2", rh(h(A) + h(B)))
RULE(v_sub_f16, "f2 f2 f2", rh(h(A) - h(B)))
RULE(v_subrev_f16, "f2 f2 f2", rh(h(B) - h(A)))
RULE(v_mul_f16, "f2 f2 f2", rh(h(A) * h(B)))
RULE(v_min_f16, "f2 f2 f2", LEAST(A, B, 2))
RULE(v_max_f16, "f2 f2 f2", GREATEST(A, B, 2))
RULE(v_ldexp_f16, "f2 f2 i2", rh(ldexpl(h(A), HB)))
RULE(v_fmac_f32, "f4 f4 f4,=", rf(fmaf(f(A), f(B), f(x->old))))
RULE(v_fmac_f64, "f8 f8 f8,=", rd(fma(d(A), d(B), d(x->old))))
RULE(v_mul_i32_i24, "i4 i4 i4", extended(A, 24) * extended(B, 24))
RULE(v_mul_hi_i32_i24, "i4 i4 i4", extended(A, 24) * extended(B, 24) >> 32)
RULE(v_mul_u32_u24, "u4 u4 u4", A % (1 << 24) * (B % (1 << 24)))
RULE(v_mul_hi_u32_u24, "u4 u4 u4", A % (1 << 24) * (B % (1 << 24)) >> 32)
RULE(v_min_i32, "i4 i4 i4", SA < SB ? A : B)
RULE(v_max_i32, "i4 i4 i4", SA < SB ? B : A)
RULE(v_min_u32, "u4 u4 u4", A < B ? A : B)
RULE(v_max_u32, "u4 u4 u4", A < B ? B : A)
RULE(v_lshrrev_b32, "u4 u4 u4", B >> A % 32)
RULE(v_ashrrev_i32, "i4 u4 i4", SB >> A % 32)
RULE(v_lshlrev_b32, "u4 u4 u4", B << A % 32)
RULE(v_and_b32, "u4 u4 u4", A & B)
RULE(v_or_b32, "u4 u4 u4", A | B)
RULE(v_xor_b32, "u4 u4 u4", A ^ B)
RULE(v_xnor_b32, "u4 u4 u4", ~(A ^ B))
RULE(v_add_u32, "u4 u4 u4,c", U32(A + B))
RULE(v_sub_u32, "u4 u4 u4,c", U32((s64)A - (s64)B))
RULE(v_subrev_u32, "u4 u4 u4,c", U32((s64)B - (s64)A))
RULE(v_add_u16, "u2 u2 u2,c", U16(A + B))
RULE(v_sub_u16, "u2 u2 u2,c", U16((s64)A - (s64)B))
RULE(v_subrev_u16, "u2 u2 u2,c", U16((s64)B - (s64)A))
RULE(v_mul_lo_u16, "u2 u2 u2", A * B)
RULE(v_lshlrev_b16, "u2 u2 u2", B << A % 16)
RULE(v_lshrrev_b16, "u2 u2 u2", B >> A % 16)
RULE(v_ashrrev_i16, "i2 u2 i2", HB >> A % 16)
RULE(v_max_u16, "u2 u2 u2", A < B ? B : A)
RULE(v_max_i16, "i2 i2 i2", HA < HB ? B : A)
RULE(v_min_u16, "u2 u2 u2", A < B ? A : B)
RULE(v_min_i16, "i2 i2 i2", HA < HB ? A : B)
RULE(v_add_co_u32, "u4 u4 u4,+c", carry(x, (A + B) >> 32, U32(A + B)))
RULE(v_sub_co_u32, "u4 u4 u4,+c", carry(x, A < B, U32((s64)A - (s64)B)))
RULE(v_subrev_co_u32, "u4 u4 u4,+c", carry(x, B < A, U32((s64)B - (s64)A)))

static u64 add_with(struct slow_lane *x)
{
	u64 sum = A + B + x->carry;

	return carry(x, sum >> 32, U32(sum));
}

static u64 subtract_with(struct slow_lane *x, u64 a, u64 b)
{
	s64 v = (s64)a - (s64)b - x->carry;

	return carry(x, v < 0, U32(v));
}

RULE(v_addc_co_u32, "u4 u4 u4,+?c", add_with(x))
RULE(v_subb_co_u32, "u4 u4 u4,+?c", subtract_with(x, A, B))
RULE(v_subbrev_co_u32, "u4 u4 u4,+?c", subtract_with(x, B, A))

/* Three sources, and what is in VOP3 only */
RULE(v_fma_f32, "f4 f4 f4 f4,3", rf(fmaf(f(A), f(B), f(C))))
RULE(v_fma_f64, "f8 f8 f8 f8,3", rd(fma(d(A), d(B), d(C))))
RULE(v_fma_f16, "F2 f2 f2 f2,3", rh((long double)h(A) * h(B) + h(C)))
RULE(v_add_f64, "f8 f8 f8,3", rd(d(A) + d(B)))
RULE(v_mul_f64, "f8 f8 f8,3", rd(d(A) * d(B)))
RULE(v_min_f64, "f8 f8 f8,3", LEAST(A, B, 8))
RULE(v_max_f64, "f8 f8 f8,3", GREATEST(A, B, 8))
RULE(v_ldexp_f64, "f8 f8 i4,3", rd(scalbln(d(A), SB)))
RULE(v_ldexp_f32, "f4 f4 i4,3", rf(scalblnf(f(A), SB)))
RULE(v_min3_f32, "f4 f4 f4 f4,3", LEAST(LEAST(A, B, 4), C, 4))
RULE(v_max3_f32, "f4 f4 f4 f4,3", GREATEST(GREATEST(A, B, 4), C, 4))
RULE(v_med3_f32, "f4 f4 f4 f4,3", middle_real(x, 4))
RULE(v_min3_f16, "F2 f2 f2 f2,3", LEAST(LEAST(A, B, 2), C, 2))
RULE(v_max3_f16, "F2 f2 f2 f2,3", GREATEST(GREATEST(A, B, 2), C, 2))
RULE(v_med3_f16, "F2 f2 f2 f2,3", middle_real(x, 2))
RULE(v_mad_i32_i24, "i4 i4 i4 i4,3c", S32(extended(A, 24) * extended(B, 24) + SC))
RULE(v_mad_u32_u24, "u4 u4 u4 u4,3c", U32(A % (1 << 24) * (B % (1 << 24)) + C))
RULE(v_bfe_u32, "u4 u4 u4 u4,3", A >> B % 32 & ones(C % 32))
RULE(v_bfe_i32, "i4 i4 u4 u4,3", extended((u64)(SA >> B % 32) & ones(C % 32), C % 32))
RULE(v_bfi_b32, "u4 u4 u4 u4,3", (A & B) | (C & ~A))
RULE(v_bfm_b32, "u4 u4 u4,3", ones(A % 32) << B % 32)
RULE(v_alignbit_b32, "u4 u4 u4 u4,3", (A << 32 | B) >> C % 32)
RULE(v_alignbyte_b32, "u4 u4 u4 u4,3", (A << 32 | B) >> 8 * (C % 4))
RULE(v_min3_i32, "i4 i4 i4 i4,3", (s64)least(least(SA, SB), SC))
RULE(v_max3_i32, "i4 i4 i4 i4,3", (s64)greatest(greatest(SA, SB), SC))
RULE(v_med3_i32, "i4 i4 i4 i4,3", (s64)middle(SA, SB, SC))
RULE(v_min3_u32, "u4 u4 u4 u4,3", (s64)least(least(A, B), C))
RULE(v_max3_u32, "u4 u4 u4 u4,3", (s64)greatest(greatest(A, B), C))
RULE(v_med3_u32, "u4 u4 u4 u4,3", (s64)middle(A, B, C))
RULE(v_min3_i16, "I2 i2 i2 i2,3", (s64)least(least(HA, HB), HC))
RULE(v_max3_i16, "I2 i2 i2 i2,3", (s64)greatest(greatest(HA, HB), HC))
RULE(v_med3_i16, "I2 i2 i2 i2,3", (s64)middle(HA, HB, HC))
RULE(v_min3_u16, "I2 u2 u2 u2,3", (s64)least(least(A, B), C))
RULE(v_max3_u16, "I2 u2 u2 u2,3", (s64)greatest(greatest(A, B), C))
RULE(v_med3_u16, "I2 u2 u2 u2,3", (s64)middle(A, B, C))
RULE(v_mad_u16, "I2 u2 u2 u2,3c", U16(A * B + C))
RULE(v_mad_i16, "I2 i2 i2 i2,3c", S16(HA * HB + HC))
RULE(v_mad_u32_u16, "u4 u2 u2 u4,3c", U32(A * B + C))
RULE(v_mad_i32_i16, "i4 i2 i2 i4,3c", S32((s64)HA * HB + SC))
RULE(v_xad_u32, "u4 u4 u4 u4,3", (A ^ B) + C)
RULE(v_lshl_add_u32, "u4 u4 u4 u4,3", (A << B % 32) + C)
RULE(v_add_lshl_u32, "u4 u4 u4 u4,3", (A + B) << C % 32)
RULE(v_add3_u32, "u4 u4 u4 u4,3", A + B + C)
RULE(v_lshl_or_b32, "u4 u4 u4 u4,3", A << B % 32 | C)
RULE(v_and_or_b32, "u4 u4 u4 u4,3", (A & B) | C)
RULE(v_or3_b32, "u4 u4 u4 u4,3", A | B | C)
RULE(v_mul_lo_u32, "u4 u4 u4,3", A * B)
RULE(v_mul_hi_u32, "u4 u4 u4,3", A * B >> 32)
RULE(v_mul_hi_i32, "i4 i4 i4,3", (s64)SA * SB >> 32)
RULE(v_lshlrev_b64, "u8 u4 u8,3", B << A % 64)
RULE(v_lshrrev_b64, "u8 u4 u8,3", B >> A % 64)
RULE(v_ashrrev_i64, "i8 u4 i8,3", (s64)B >> A % 64)
RULE(v_bcnt_u32_b32, "u4 u4 u4,3", population(A) + B)
RULE(v_add_i32, "i4 i4 i4,3c", S32((s64)SA + SB))
RULE(v_sub_i32, "i4 i4 i4,3c", S32((s64)SA - SB))
RULE(v_add_i16, "I2 i2 i2,3c", S16(HA + HB))
RULE(v_sub_i16, "I2 i2 i2,3c", S16(HA - HB))
RULE(v_mbcnt_lo_u32_b32, "u4 u4 u4,3", population(A & ones(x->lane)) + B)
RULE(v_mbcnt_hi_u32_b32, "u4 u4 u4,3", population(A << 32 & ones(x->lane)) + B)
RULE(v_pack_b32_f16, "u4 f2 f2,3", A | B << 16)

static u64 short_limit(s32 v)
{
	return (v < -32768 ? -32768 : v > 32767 ? 32767 : v) & 0xffff;
}

static u64 word_limit(u64 v)
{
	return v > 0xffff ? 0xffff : v;
}

RULE(v_cvt_pk_u16_u32, "u4 u4 u4,3", word_limit(A) | word_limit(B) << 16)
RULE(v_cvt_pk_i16_i32, "u4 i4 i4,3", short_limit(SA) | short_limit(SB) << 16)

/* Rounded in the mode, from 0 to 255, in place of a byte of another number. */
static u64 with_byte(u64 old, u64 which, double v)
{
	u64 byte = to_integer(rint(v), 0, 255);

	return (old & ~(255ULL << 8 * (which % 4))) | byte << 8 * (which % 4);
}

RULE(v_cvt_pk_u8_f32, "u4 f4 u4 u4,3", with_byte(C, B, f(A)))
RULE(v_cvt_pkaccum_u8_f32, "u4 f4 u4,3", with_byte(x->old, B, f(A)))

static u64 product_sum(struct slow_lane *x, __int128 product, __int128 c, bool sign)
{
	__int128 sum = product + c;
	u64 value = (u64)sum;

	if (sign)
		return carry(x, sum > INT64_MAX || sum < INT64_MIN, value);
	return carry(x, sum >> 64 != 0, value);
}

RULE(v_mad_u64_u32, "u8 u4 u4 u8,3+", product_sum(x, (__int128)A * B, C, false))
RULE(v_mad_i64_i32, "i8 i4 i4 i8,3+", product_sum(x, (__int128)SA * SB, (s64)C, true))

static u64 permuted(u64 a, u64 b, u64 c)
{
	u64 both = a << 32 | b, v = 0;
	int i;

	for (i = 0; i < 4; i++) {
		unsigned int sel = c >> 8 * i & 255;
		u64 byte;

		if (sel > 12)
			byte = 255;
		else if (sel == 12)
			byte = 0;
		else if (sel > 7)
			byte = both >> (16 * (sel - 8) + 15) & 1 ? 255 : 0;
		else
			byte = both >> 8 * sel & 255;
		v |= byte << 8 * i;
	}
	return v;
}

static u64 differences(u64 a, u64 b, int width, bool masked)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < 32; i += width) {
		s64 p = a >> i & ones(width), q = b >> i & ones(width);

		if (!masked || q)
			sum += p > q ? p - q : q - p;
	}
	return sum;
}

static u64 averages(u64 a, u64 b, u64 c)
{
	u64 v = 0;
	int i;

	for (i = 0; i < 32; i += 8)
		v |= ((a >> i & 255) + (b >> i & 255) + (c >> i & 1)) / 2 << i;
	return v;
}

RULE(v_perm_b32, "u4 u4 u4 u4,3", permuted(A, B, C))
RULE(v_sad_u8, "u4 u4 u4 u4,3", differences(A, B, 8, false) + C)
RULE(v_sad_hi_u8, "u4 u4 u4 u4,3", (differences(A, B, 8, false) << 16) + C)
RULE(v_sad_u16, "u4 u4 u4 u4,3", differences(A, B, 16, false) + C)
RULE(v_sad_u32, "u4 u4 u4 u4,3", differences(A, B, 32, false) + C)
RULE(v_msad_u8, "u4 u4 u4 u4,3", differences(A, B, 8, true) + C)
RULE(v_lerp_u8, "u4 u4 u4 u4,3", averages(A, B, C))

/* Four windows of four bytes that slide over eight, each with a sum of 16 bits */
static u64 sliding(struct slow_lane *x, bool masked)
{
	u64 d = 0, sum;
	int i;

	for (i = 3; i >= 0; i--) {
		sum = differences(A >> 8 * i & UINT32_MAX, B, 8, masked) +
		      (C >> 16 * i & 0xffff);
		if (x->clamp && sum > 0xffff)
			sum = 0xffff;
		d = d << 16 | (sum & 0xffff);
	}
	return d;
}

RULE(v_qsad_pk_u16_u8, "u8 u8 u4 u8,3c", sliding(x, false))
RULE(v_mqsad_pk_u16_u8, "u8 u8 u4 u8,3c", sliding(x, true))

/* Magnitudes compare as integers, but for NaN, which is no part of any order. */
static bool outweighs(u64 a, u64 b)
{
	a &= 0x7fffffff;
	b &= 0x7fffffff;
	return a <= 0x7f800000 && b <= 0x7f800000 && a >= b;
}

enum { CUBE_X, CUBE_Y, CUBE_Z };

static int cube_axis(struct slow_lane *x)
{
	if (outweighs(C, A) && outweighs(C, B))
		return CUBE_Z;
	return outweighs(B, A) ? CUBE_Y : CUBE_X;
}

static u64 cube_part(struct slow_lane *x)
{
	return cube_axis(x) == CUBE_Z ? C : cube_axis(x) == CUBE_Y ? B : A;
}

static bool cube_behind(struct slow_lane *x)
{
	return slow_f4(cube_part(x)) < 0;
}

static u64 opposite(u64 v, bool really)
{
	return really ? v ^ 0x80000000 : v;
}

static u64 cube_face(struct slow_lane *x)
{
	return slow_r4(2 * cube_axis(x) + cube_behind(x));
}

static u64 cube_across(struct slow_lane *x)
{
	switch (cube_axis(x)) {
	case CUBE_Z:
		return opposite(A, cube_behind(x));
	case CUBE_Y:
		return A;
	default:
		return opposite(C, !cube_behind(x));
	}
}

static u64 cube_down(struct slow_lane *x)
{
	if (cube_axis(x) == CUBE_Y)
		return opposite(C, cube_behind(x));
	return opposite(B, true);
}

RULE(v_cubeid_f32, "f4 f4 f4 f4,3", cube_face(x))
RULE(v_cubesc_f32, "f4 f4 f4 f4,3", cube_across(x))
RULE(v_cubetc_f32, "f4 f4 f4 f4,3", cube_down(x))
RULE(v_cubema_f32, "f4 f4 f4 f4,3", slow_r4(slow_f4(cube_part(x)) + slow_f4(cube_part(x))))

/* Pairs of halves */
RULE(v_pk_mad_i16, "i2 i2 i2 i2,pc", S16((s64)HA * HB + HC))
RULE(v_pk_mad_u16, "u2 u2 u2 u2,pc", U16(A * B + C))
RULE(v_pk_mul_lo_u16, "u2 u2 u2,p", A * B)
RULE(v_pk_add_i16, "i2 i2 i2,pc", S16(HA + HB))
RULE(v_pk_sub_i16, "i2 i2 i2,pc", S16(HA - HB))
RULE(v_pk_add_u16, "u2 u2 u2,pc", U16(A + B))
RULE(v_pk_sub_u16, "u2 u2 u2,pc", U16((s64)A - (s64)B))
RULE(v_pk_lshlrev_b16, "u2 u2 u2,p", B << A % 16)
RULE(v_pk_lshrrev_b16, "u2 u2 u2,p", B >> A % 16)
RULE(v_pk_ashrrev_i16, "i2 i2 i2,p", HB >> A % 16)
RULE(v_pk_max_i16, "i2 i2 i2,p", HA > HB ? A : B)
RULE(v_pk_min_i16, "i2 i2 i2,p", HA > HB ? B : A)
RULE(v_pk_max_u16, "u2 u2 u2,p", A > B ? A : B)
RULE(v_pk_min_u16, "u2 u2 u2,p", A > B ? B : A)
RULE(v_pk_fma_f16, "f2 f2 f2 f2,p", rh((long double)h(A) * h(B) + h(C)))
RULE(v_pk_add_f16, "f2 f2 f2,p", rh(h(A) + h(B)))
RULE(v_pk_mul_f16, "f2 f2 f2,p", rh(h(A) * h(B)))
RULE(v_pk_min_f16, "f2 f2 f2,p", LEAST(A, B, 2))
RULE(v_pk_max_f16, "f2 f2 f2,p", GREATEST(A, B, 2))

/* Sums of products of parts, in two operands */
static u64 parts(struct slow_lane *x, int width)
{
	s64 sum = (s32)x->old;
	int i;

	for (i = 0; i < 32; i += width)
		sum += extended(A >> i & ones(width), width) *
		       extended(B >> i & ones(width), width);
	return sum;
}

/* Half @i of a pair as a number; denormals are 0 if MODE says so. */
static long double half_of(struct slow_lane *x, u64 pair, int i)
{
	u64 v = pair >> 16 * i & 0xffff;

	return x->mode >> 6 & 1 || v & 0x7c00 ? h(v) : v >> 15 ? -0.0 : 0;
}

static u64 half_products(struct slow_lane *x)
{
	return rf(half_of(x, A, 0) * half_of(x, B, 0) + half_of(x, A, 1) * half_of(x, B, 1) +
		  f(x->old));
}

static u64 both_halves(struct slow_lane *x)
{
	u64 d = 0, v;
	int i;

	for (i = 0; i < 2; i++) {
		v = rh(half_of(x, A, i) * half_of(x, B, i) + half_of(x, x->old, i));
		if (!(x->mode >> 7 & 1) && !(v & 0x7c00))
			v &= 0x8000;
		d |= v << 16 * i;
	}
	return d;
}

RULE(v_dot2c_i32_i16, "i4 u4 u4,=", parts(x, 16))
RULE(v_dot4c_i32_i8, "i4 u4 u4,=", parts(x, 8))
RULE(v_dot8c_i32_i4, "i4 u4 u4,=", parts(x, 4))
RULE(v_dot2c_f32_f16, "f4 p4 p4,=~", half_products(x))
RULE(v_pk_fmac_f16, "p4 p4 p4,=", both_halves(x))

/* Products and sums of numbers of which some are halves */
RULE(v_fma_mix_f32, "f4 f4 f4 f4,m", rf(fmaf(f(A), f(B), f(C))))
RULE(v_fma_mixlo_f16, "F2 f4 f4 f4,m", rh(fmaf(f(A), f(B), f(C))))
RULE(v_fma_mixhi_f16, "F2 f4 f4 f4,mh", rh(fmaf(f(A), f(B), f(C))))

/* Comparisons: of real numbers, of integers, of classes */
static int order(double a, double b)
{
	if (isnan(a) || isnan(b))
		return 8;
	return a < b ? 1 : a == b ? 2 : 4;
}

static int order_signed(s64 a, s64 b)
{
	return a < b ? 1 : a == b ? 2 : 4;
}

static int order_unsigned(u64 a, u64 b)
{
	return a < b ? 1 : a == b ? 2 : 4;
}

static u64 compare_f16(struct slow_lane *x)
{
	return carry(x, order(h(A), h(B)) & x->set, 0);
}

static u64 compare_f32(struct slow_lane *x)
{
	return carry(x, order(f(A), f(B)) & x->set, 0);
}

static u64 compare_f64(struct slow_lane *x)
{
	return carry(x, order(d(A), d(B)) & x->set, 0);
}

static u64 compare_i16(struct slow_lane *x)
{
	return carry(x, order_signed(HA, HB) & x->set, 0);
}

static u64 compare_i32(struct slow_lane *x)
{
	return carry(x, order_signed(SA, SB) & x->set, 0);
}

static u64 compare_i64(struct slow_lane *x)
{
	return carry(x, order_signed(A, B) & x->set, 0);
}

static u64 compare_unsigned(struct slow_lane *x)
{
	return carry(x, order_unsigned(A, B) & x->set, 0);
}

/* The place of a name is the set of orders for which the comparison holds. */
static const char * const real_names[16] = {
	"f", "lt", "eq", "le", "gt", "lg", "ge", "o",
	"u", "nge", "nlg", "ngt", "nle", "neq", "nlt", "tru",
};

static const char * const integer_names[8] = {
	"f", "lt", "eq", "le", "gt", "ne", "ge", "t",
};

static const struct {
	const char *suffix;
	const char *types, *types_exec;
	bool real;
	u64 (*value)(struct slow_lane *x);
} compared[] = {
	{ "f16", "- f2 f2,+", "- f2 f2,+x", true, compare_f16 },
	{ "f32", "- f4 f4,+", "- f4 f4,+x", true, compare_f32 },
	{ "f64", "- f8 f8,+", "- f8 f8,+x", true, compare_f64 },
	{ "i16", "- i2 i2,+", "- i2 i2,+x", false, compare_i16 },
	{ "u16", "- u2 u2,+", "- u2 u2,+x", false, compare_unsigned },
	{ "i32", "- i4 i4,+", "- i4 i4,+x", false, compare_i32 },
	{ "u32", "- u4 u4,+", "- u4 u4,+x", false, compare_unsigned },
	{ "i64", "- i8 i8,+", "- i8 i8,+x", false, compare_i64 },
	{ "u64", "- u8 u8,+", "- u8 u8,+x", false, compare_unsigned },
};

static void add_comparison(int i, int set, bool exec)
{
	static struct slow_rule rules[2 * 9 * 16];
	static char names[2 * 9 * 16][24];
	static unsigned int n;
	struct slow_rule *rule = &rules[n];

	snprintf(names[n], sizeof(names[n]), "v_cmp%s_%s_%s", exec ? "x" : "",
		 compared[i].real ? real_names[set] : integer_names[set],
		 compared[i].suffix);
	rule->name = names[n++];
	rule->types = exec ? compared[i].types_exec : compared[i].types;
	rule->value = compared[i].value;
	rule->set = set;
	rule->next = slow_rules;
	slow_rules = rule;
}

static void __attribute__((constructor)) add_comparisons(void)
{
	int i, set;

	for (i = 0; i < (int)ARRAY_SIZE(compared); i++) {
		for (set = 0; set < (compared[i].real ? 16 : 8); set++) {
			add_comparison(i, set, false);
			add_comparison(i, set, true);
		}
	}
}
