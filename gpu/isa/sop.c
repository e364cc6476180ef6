// SPDX-License-Identifier: MIT
/*
 * Scalar instructions: SOP1, SOP2, SOPC, SOPK, SOPP.
 */
#include "operand.h"
#include "ops.h"

/* D, a and b are 32 or 64 bits; SCC is set to the condition of d, a, b. */
#define SCALAR(name, bits, value, condition)				\
void name(struct wave *w, const struct inst *in)			\
{									\
	u##bits a = scalar##bits(w, in, in->src[0]);			\
	u##bits b = scalar##bits(w, in, in->src[1]);			\
	u##bits d = (value);						\
									\
	(void)a;							\
	(void)b;							\
	w->scc = (condition);						\
	set_scalar##bits(w, in, d);					\
}

/* SCC stays as it is. */
#define SCALAR_KEEP(name, bits, value)	SCALAR(name, bits, value, w->scc)

/* The second operand has 32 bits. */
#define SCALAR_SHIFT(name, value)					\
void name(struct wave *w, const struct inst *in)			\
{									\
	u64 a = scalar64(w, in, in->src[0]);				\
	u32 b = scalar32(w, in, in->src[1]);				\
	u64 d = (value);						\
									\
	w->scc = !!d;							\
	set_scalar64(w, in, d);						\
}

static void set_scalar32(struct wave *w, const struct inst *in, u32 v)
{
	if (in->dst < SGPR_COUNT)
		w->sgpr[in->dst] = v;
}

static void set_scalar64(struct wave *w, const struct inst *in, u64 v)
{
	if (in->dst < SGPR_COUNT - 1)
		set_sgpr64(w, in->dst, v);
}

static bool overflow_add(u32 a, u32 b)
{
	s32 d;

	return __builtin_add_overflow((s32)a, (s32)b, &d);
}

static bool overflow_sub(u32 a, u32 b)
{
	s32 d;

	return __builtin_sub_overflow((s32)a, (s32)b, &d);
}

/* D = a + b; SCC = carry out */
SCALAR(s_add_u32, 32, a + b, d < a)
/* D = a - b; SCC = borrow */
SCALAR(s_sub_u32, 32, a - b, a < b)
/* D = a + b; SCC = signed overflow */
SCALAR(s_add_i32, 32, a + b, overflow_add(a, b))
/* D = a - b; SCC = signed overflow */
SCALAR(s_sub_i32, 32, a - b, overflow_sub(a, b))
/* D = a + b + SCC; SCC = carry out */
SCALAR(s_addc_u32, 32, a + b + w->scc, ((u64)a + b + w->scc) >> 32)
/* D = a - b - SCC; SCC = borrow */
SCALAR(s_subb_u32, 32, a - b - w->scc, (u64)b + w->scc > a)
/* D = the smaller, the greater; SCC = it is the first */
SCALAR(s_min_i32, 32, (s32)a < (s32)b ? a : b, (s32)a < (s32)b)
SCALAR(s_min_u32, 32, a < b ? a : b, a < b)
SCALAR(s_max_i32, 32, (s32)a > (s32)b ? a : b, (s32)a > (s32)b)
SCALAR(s_max_u32, 32, a > b ? a : b, a > b)
/* D = SCC ? a : b */
SCALAR_KEEP(s_cselect_b32, 32, w->scc ? a : b)
SCALAR_KEEP(s_cselect_b64, 64, w->scc ? a : b)
/* Bit by bit; SCC = D is not 0 */
SCALAR(s_and_b32, 32, a & b, !!d)
SCALAR(s_and_b64, 64, a & b, !!d)
SCALAR(s_or_b32, 32, a | b, !!d)
SCALAR(s_or_b64, 64, a | b, !!d)
SCALAR(s_xor_b32, 32, a ^ b, !!d)
SCALAR(s_xor_b64, 64, a ^ b, !!d)
SCALAR(s_andn2_b32, 32, a & ~b, !!d)
SCALAR(s_andn2_b64, 64, a & ~b, !!d)
SCALAR(s_orn2_b32, 32, a | ~b, !!d)
SCALAR(s_orn2_b64, 64, a | ~b, !!d)
SCALAR(s_nand_b32, 32, ~(a & b), !!d)
SCALAR(s_nand_b64, 64, ~(a & b), !!d)
SCALAR(s_nor_b32, 32, ~(a | b), !!d)
SCALAR(s_nor_b64, 64, ~(a | b), !!d)
SCALAR(s_xnor_b32, 32, ~(a ^ b), !!d)
SCALAR(s_xnor_b64, 64, ~(a ^ b), !!d)
/* Shift by the low 5 or 6 bits of b; SCC = D is not 0 */
SCALAR(s_lshl_b32, 32, a << (b & 31), !!d)
SCALAR(s_lshr_b32, 32, a >> (b & 31), !!d)
SCALAR(s_ashr_i32, 32, (s32)a >> (b & 31), !!d)
SCALAR_SHIFT(s_lshl_b64, a << (b & 63))
SCALAR_SHIFT(s_lshr_b64, a >> (b & 63))
SCALAR_SHIFT(s_ashr_i64, (s64)a >> (b & 63))
/* D = a[4:0] ones, shifted by b[4:0] */
SCALAR_KEEP(s_bfm_b32, 32, ((1u << (a & 31)) - 1) << (b & 31))

/* D = a[5:0] ones, shifted by b[5:0] */
void s_bfm_b64(struct wave *w, const struct inst *in)
{
	u32 a = scalar32(w, in, in->src[0]), b = scalar32(w, in, in->src[1]);

	set_scalar64(w, in, ((1ULL << (a & 63)) - 1) << (b & 63));
}

/* D = a * b, low and high half */
SCALAR_KEEP(s_mul_i32, 32, a * b)
SCALAR_KEEP(s_mul_hi_u32, 32, (u64)a * b >> 32)
SCALAR_KEEP(s_mul_hi_i32, 32, (u64)((s64)(s32)a * (s32)b) >> 32)

/* b = offset [5:0], width [22:16] of a field of a; zero- or sign-extended */
static u64 field(u64 a, u32 b, unsigned int bits, bool sext)
{
	unsigned int offset = b & (bits - 1), width = b >> 16 & 0x7f;
	u64 v = a >> offset;

	if (!width)
		return 0;
	if (sext)
		v = (u64)((s64)(a << (64 - bits)) >> (64 - bits) >> offset);
	if (width >= 64)
		return v;
	if (sext)
		return (u64)((s64)(v << (64 - width)) >> (64 - width));
	return v & ((1ULL << width) - 1);
}

/* D = field of a; SCC = D is not 0 */
SCALAR(s_bfe_u32, 32, field(a, b, 32, false), !!d)
SCALAR(s_bfe_i32, 32, field(a, b, 32, true), !!d)
SCALAR_SHIFT(s_bfe_u64, field(a, b, 64, false))
SCALAR_SHIFT(s_bfe_i64, field(a, b, 64, true))
/* D = |a - b|; SCC = D is not 0 */
SCALAR(s_absdiff_i32, 32, (s32)(a - b) < 0 ? b - a : a - b, !!d)
/* D = (a << n) + b; SCC = carry out */
SCALAR(s_lshl1_add_u32, 32, (a << 1) + b, (((u64)a << 1) + b) >> 32 != 0)
SCALAR(s_lshl2_add_u32, 32, (a << 2) + b, (((u64)a << 2) + b) >> 32 != 0)
SCALAR(s_lshl3_add_u32, 32, (a << 3) + b, (((u64)a << 3) + b) >> 32 != 0)
SCALAR(s_lshl4_add_u32, 32, (a << 4) + b, (((u64)a << 4) + b) >> 32 != 0)
/* D = two halves of a and b */
SCALAR_KEEP(s_pack_ll_b32_b16, 32, (a & 0xffff) | b << 16)
SCALAR_KEEP(s_pack_lh_b32_b16, 32, (a & 0xffff) | (b & 0xffff0000))
SCALAR_KEEP(s_pack_hh_b32_b16, 32, a >> 16 | (b & 0xffff0000))

/* SOP1 */

/* D = a */
SCALAR_KEEP(s_mov_b32, 32, a)
SCALAR_KEEP(s_mov_b64, 64, a)

/* if (SCC) D = a */
void s_cmov_b32(struct wave *w, const struct inst *in)
{
	if (w->scc)
		s_mov_b32(w, in);
}

void s_cmov_b64(struct wave *w, const struct inst *in)
{
	if (w->scc)
		s_mov_b64(w, in);
}

/* D = ~a; SCC = D is not 0 */
SCALAR(s_not_b32, 32, ~a, !!d)
SCALAR(s_not_b64, 64, ~a, !!d)

/* A quad of bits is all ones if any is set. */
static u64 whole_quads(u64 a)
{
	a |= a >> 1 & 0x7777777777777777;
	a |= a >> 2 & 0x3333333333333333;
	return (a & 0x1111111111111111) * 15;
}

static u64 gather_quads(u64 a)
{
	u64 d = 0;
	int i;

	for (i = 0; i < 16; i++)
		d |= (u64)!!(a >> 4 * i & 15) << i;
	return d;
}

SCALAR(s_wqm_b32, 32, whole_quads(a), !!d)
SCALAR(s_wqm_b64, 64, whole_quads(a), !!d)
/* Bit i = any of quad i */
SCALAR(s_quadmask_b32, 32, gather_quads(a), !!d)
SCALAR(s_quadmask_b64, 64, gather_quads(a), !!d)

static u64 reverse(u64 a)
{
	u64 d = 0;
	int i;

	for (i = 0; i < 64; i++)
		d |= (a >> i & 1) << (63 - i);
	return d;
}

/* Bits in reverse order */
SCALAR_KEEP(s_brev_b32, 32, reverse(a) >> 32)
SCALAR_KEEP(s_brev_b64, 64, reverse(a))

/* The source has 64 bits, the result 32. */
#define SCALAR_NARROW(name, value, condition)				\
void name(struct wave *w, const struct inst *in)			\
{									\
	u64 a = scalar64(w, in, in->src[0]);				\
	u32 d = (value);						\
									\
	w->scc = (condition);						\
	set_scalar32(w, in, d);						\
}

/* D = number of zeros, of ones; SCC = D is not 0 */
SCALAR(s_bcnt0_i32_b32, 32, 32 - __builtin_popcount(a), !!d)
SCALAR_NARROW(s_bcnt0_i32_b64, 64 - __builtin_popcountll(a), !!d)
SCALAR(s_bcnt1_i32_b32, 32, __builtin_popcount(a), !!d)
SCALAR_NARROW(s_bcnt1_i32_b64, __builtin_popcountll(a), !!d)
/* D = position of the first 0, 1 from the low end; -1: none */
SCALAR_KEEP(s_ff0_i32_b32, 32, ~a ? __builtin_ctz(~a) : -1)
SCALAR_NARROW(s_ff0_i32_b64, ~a ? __builtin_ctzll(~a) : -1, w->scc)
SCALAR_KEEP(s_ff1_i32_b32, 32, a ? __builtin_ctz(a) : -1)
SCALAR_NARROW(s_ff1_i32_b64, a ? __builtin_ctzll(a) : -1, w->scc)
/* D = zeros in front of the first 1 from the high end; -1: none */
SCALAR_KEEP(s_flbit_i32_b32, 32, a ? __builtin_clz(a) : -1)
SCALAR_NARROW(s_flbit_i32_b64, a ? __builtin_clzll(a) : -1, w->scc)

/* D = bits in front of the first that differs from the sign; -1: none */
static u32 sign_bits(u64 a, unsigned int bits)
{
	s64 v = (s64)(a << (64 - bits));

	if (v < 0)
		v = ~v & (s64)(~0ULL << (64 - bits));
	return v ? (u32)__builtin_clzll(v) : ~0u;
}

SCALAR_KEEP(s_flbit_i32, 32, sign_bits(a, 32))
SCALAR_NARROW(s_flbit_i32_i64, sign_bits(a, 64), w->scc)
/* Sign extension */
SCALAR_KEEP(s_sext_i32_i8, 32, (s32)(s8)a)
SCALAR_KEEP(s_sext_i32_i16, 32, (s32)(s16)a)
/* D[a] = 0, 1 */
SCALAR_KEEP(s_bitset0_b32, 32, w->sgpr[in->dst] & ~(1u << (a & 31)))
SCALAR_KEEP(s_bitset1_b32, 32, w->sgpr[in->dst] | 1u << (a & 31))

void s_bitset0_b64(struct wave *w, const struct inst *in)
{
	u32 a = scalar32(w, in, in->src[0]);

	set_scalar64(w, in, sgpr64(w, in->dst) & ~(1ULL << (a & 63)));
}

void s_bitset1_b64(struct wave *w, const struct inst *in)
{
	u32 a = scalar32(w, in, in->src[0]);

	set_scalar64(w, in, sgpr64(w, in->dst) | 1ULL << (a & 63));
}

/* D = |a|; SCC = D is not 0 */
SCALAR(s_abs_i32, 32, (s32)a < 0 ? 0 - a : a, !!d)

/* D = each bit of a twice */
void s_bitreplicate_b64_b32(struct wave *w, const struct inst *in)
{
	u32 a = scalar32(w, in, in->src[0]);
	u64 d = 0;
	int i;

	for (i = 0; i < 32; i++)
		d |= (u64)(a >> i & 1) * 3 << 2 * i;
	set_scalar64(w, in, d);
}

/* D = pc of the next instruction */
void s_getpc_b64(struct wave *w, const struct inst *in)
{
	set_scalar64(w, in, w->pc);
}

void s_setpc_b64(struct wave *w, const struct inst *in)
{
	w->pc = scalar64(w, in, in->src[0]);
}

/* The trap handler returns to a. */
void s_rfe_b64(struct wave *w, const struct inst *in)
{
	if (!w->privileged) {
		wave_illegal(w, in, "not in the trap handler");
		return;
	}
	w->pc = scalar64(w, in, in->src[0]) & 0xffffffffffffULL;
	w->privileged = false;
	if (w->halted)
		w->status = WAVE_HALT;
}

/* The same; b[0] would have instructions translated as the host does, which it cannot. */
void s_rfe_restore_b64(struct wave *w, const struct inst *in)
{
	if (scalar32(w, in, in->src[1]) & 1)
		wave_illegal(w, in, "atc");
	else
		s_rfe_b64(w, in);
}

/* D = pc of the next instruction; pc = a */
void s_swappc_b64(struct wave *w, const struct inst *in)
{
	u64 target = scalar64(w, in, in->src[0]);

	set_scalar64(w, in, w->pc);
	w->pc = target;
}

/* D = EXEC; EXEC = f(a, old EXEC); SCC = EXEC is not 0 */
#define SAVEEXEC(name, value)						\
void name(struct wave *w, const struct inst *in)			\
{									\
	u64 a = scalar64(w, in, in->src[0]), e = wave_exec(w);		\
	u64 v = (value);						\
									\
	set_scalar64(w, in, e);						\
	set_sgpr64(w, SGPR_EXEC, v);					\
	w->scc = !!v;							\
}

SAVEEXEC(s_and_saveexec_b64, a & e)
SAVEEXEC(s_or_saveexec_b64, a | e)
SAVEEXEC(s_xor_saveexec_b64, a ^ e)
SAVEEXEC(s_andn2_saveexec_b64, a & ~e)
SAVEEXEC(s_orn2_saveexec_b64, a | ~e)
SAVEEXEC(s_nand_saveexec_b64, ~(a & e))
SAVEEXEC(s_nor_saveexec_b64, ~(a | e))
SAVEEXEC(s_xnor_saveexec_b64, ~(a ^ e))
SAVEEXEC(s_andn1_saveexec_b64, ~a & e)
SAVEEXEC(s_orn1_saveexec_b64, ~a | e)

/* D = EXEC = f(a, EXEC); SCC = it is not 0 */
#define WREXEC(name, value)						\
void name(struct wave *w, const struct inst *in)			\
{									\
	u64 a = scalar64(w, in, in->src[0]), e = wave_exec(w);		\
	u64 v = (value);						\
									\
	set_scalar64(w, in, v);						\
	set_sgpr64(w, SGPR_EXEC, v);					\
	w->scc = !!v;							\
}

WREXEC(s_andn1_wrexec_b64, ~a & e)
WREXEC(s_andn2_wrexec_b64, a & ~e)

/* D = register a + M0; register D + M0 = a */
static unsigned int relative(struct wave *w, unsigned int operand)
{
	return (operand + w->sgpr[SGPR_M0]) % SGPR_TTMP;
}

SCALAR_KEEP(s_movrels_b32, 32, w->sgpr[relative(w, in->src[0])])
SCALAR_KEEP(s_movrels_b64, 64, sgpr64(w, relative(w, in->src[0])))

void s_movreld_b32(struct wave *w, const struct inst *in)
{
	w->sgpr[relative(w, in->dst)] = scalar32(w, in, in->src[0]);
}

void s_movreld_b64(struct wave *w, const struct inst *in)
{
	set_sgpr64(w, relative(w, in->dst), scalar64(w, in, in->src[0]));
}

/* SOPC: SCC = a op b */
#define COMPARE(name, bits, condition)					\
void name(struct wave *w, const struct inst *in)			\
{									\
	u##bits a = scalar##bits(w, in, in->src[0]);			\
	u##bits b = scalar##bits(w, in, in->src[1]);			\
									\
	w->scc = (condition);						\
}

COMPARE(s_cmp_eq_i32, 32, a == b)
COMPARE(s_cmp_lg_i32, 32, a != b)
COMPARE(s_cmp_gt_i32, 32, (s32)a > (s32)b)
COMPARE(s_cmp_ge_i32, 32, (s32)a >= (s32)b)
COMPARE(s_cmp_lt_i32, 32, (s32)a < (s32)b)
COMPARE(s_cmp_le_i32, 32, (s32)a <= (s32)b)
COMPARE(s_cmp_eq_u32, 32, a == b)
COMPARE(s_cmp_lg_u32, 32, a != b)
COMPARE(s_cmp_gt_u32, 32, a > b)
COMPARE(s_cmp_ge_u32, 32, a >= b)
COMPARE(s_cmp_lt_u32, 32, a < b)
COMPARE(s_cmp_le_u32, 32, a <= b)
COMPARE(s_cmp_eq_u64, 64, a == b)
COMPARE(s_cmp_lg_u64, 64, a != b)
COMPARE(s_bitcmp0_b32, 32, !(a >> (b & 31) & 1))
COMPARE(s_bitcmp1_b32, 32, a >> (b & 31) & 1)

/* SCC = bit b of a */
void s_bitcmp1_b64(struct wave *w, const struct inst *in)
{
	w->scc = scalar64(w, in, in->src[0]) >>
		 (scalar32(w, in, in->src[1]) & 63) & 1;
}

void s_bitcmp0_b64(struct wave *w, const struct inst *in)
{
	s_bitcmp1_b64(w, in);
	w->scc = !w->scc;
}

/* SOPK: k is the immediate, sign-extended; a is the old D */
#define IMMEDIATE(name, value, condition)				\
void name(struct wave *w, const struct inst *in)			\
{									\
	u32 a = w->sgpr[in->dst], k = in->offset;			\
	u32 d = (value);						\
									\
	(void)a;							\
	w->scc = (condition);						\
	set_scalar32(w, in, d);						\
}

IMMEDIATE(s_movk_i32, k, w->scc)
IMMEDIATE(s_cmovk_i32, w->scc ? k : a, w->scc)
IMMEDIATE(s_cmpk_eq_i32, a, a == k)
IMMEDIATE(s_cmpk_lg_i32, a, a != k)
IMMEDIATE(s_cmpk_gt_i32, a, (s32)a > (s32)k)
IMMEDIATE(s_cmpk_ge_i32, a, (s32)a >= (s32)k)
IMMEDIATE(s_cmpk_lt_i32, a, (s32)a < (s32)k)
IMMEDIATE(s_cmpk_le_i32, a, (s32)a <= (s32)k)
IMMEDIATE(s_cmpk_eq_u32, a, a == (u16)k)
IMMEDIATE(s_cmpk_lg_u32, a, a != (u16)k)
IMMEDIATE(s_cmpk_gt_u32, a, a > (u16)k)
IMMEDIATE(s_cmpk_ge_u32, a, a >= (u16)k)
IMMEDIATE(s_cmpk_lt_u32, a, a < (u16)k)
IMMEDIATE(s_cmpk_le_u32, a, a <= (u16)k)
IMMEDIATE(s_addk_i32, a + k, overflow_add(a, k))
IMMEDIATE(s_mulk_i32, a * k, w->scc)

/* STATUS: SCC, PRIV, EXECZ, VCCZ, HALT, VALID */
u32 wave_status_register(const struct wave *w)
{
	return w->scc | (u32)w->privileged << 5 | (u32)!wave_exec(w) << 9 |
	       (u32)!wave_vcc(w) << 10 | (u32)w->halted << 13 | 1u << 16;
}

/* Hardware registers: k[5:0] number, k[10:6] first bit, k[15:11] bits - 1. */
static bool hw_register(struct wave *w, unsigned int number, u32 *v)
{
	switch (number) {
	case 1:		/* MODE */
		*v = w->mode;
		return true;
	case 2:
		*v = wave_status_register(w);
		return true;
	case 3:		/* TRAPSTS */
		*v = w->trapsts;
		return true;
	case 7:		/* IB_STS: nothing is outstanding */
		*v = 0;
		return true;
	case 4:		/* HW_ID */
		*v = w->hw_id;
		return true;
	case 6:		/* LDS_ALLOC: size in units of 128 dwords */
		*v = (w->lds_size + 511) / 512 << 12;
		return true;
	case 15:	/* SH_MEM_BASES: private, shared */
		*v = (u32)(w->private_base >> 48) |
		     (u32)(w->shared_base >> 48) << 16;
		return true;
	default:
		return false;
	}
}

static u32 hw_mask(u32 k)
{
	return (u32)((1ULL << ((k >> 11 & 31) + 1)) - 1);
}

/* D = field of a hardware register */
void s_getreg_b32(struct wave *w, const struct inst *in)
{
	u32 k = (u16)in->offset, v;

	if (!hw_register(w, k & 63, &v)) {
		wave_illegal(w, in, "hardware register");
		return;
	}
	set_scalar32(w, in, v >> (k >> 6 & 31) & hw_mask(k));
}

static void set_hw_register(struct wave *w, const struct inst *in, u32 v)
{
	u32 k = (u16)in->offset, first = k >> 6 & 31, mask = hw_mask(k) << first;

	v <<= first;
	switch (k & 63) {
	case 1:
		w->mode = (w->mode & ~mask) | (v & mask);
		return;
	case 2:
		if (!w->privileged)
			break;
		v = (wave_status_register(w) & ~mask) | (v & mask);
		w->scc = v & 1;
		w->halted = v >> 13 & 1;
		return;
	case 3:
		w->trapsts = (w->trapsts & ~mask) | (v & mask);
		return;
	case 7:		/* IB_STS: nothing is outstanding */
		if (w->privileged)
			return;
		break;
	}
	wave_illegal(w, in, "hardware register");
}

/* field of a hardware register = D: MODE, TRAPSTS, in the trap handler STATUS, too */
void s_setreg_b32(struct wave *w, const struct inst *in)
{
	set_hw_register(w, in, w->sgpr[in->dst]);
}

void s_setreg_imm32_b32(struct wave *w, const struct inst *in)
{
	set_hw_register(w, in, in->literal);
}

static void branch_if(struct wave *w, const struct inst *in, bool condition)
{
	if (condition)
		w->pc += (s64)in->offset * 4;
}

/* D = pc of the next instruction; pc += k * 4 */
void s_call_b64(struct wave *w, const struct inst *in)
{
	set_scalar64(w, in, w->pc);
	branch_if(w, in, true);
}

static void set_stack(struct wave *w, unsigned int entries)
{
	w->mode = (w->mode & ((1u << MODE_CSP_SHIFT) - 1)) | entries << MODE_CSP_SHIFT;
}

/*
 * Lanes of @condition go to @target, the others on.  If there are both, the fewer go
 * first; mask and pc of the others go to the stack, entry i of which is s[4 * i] and
 * the three behind it.
 */
static void divide(struct wave *w, const struct inst *in, u64 condition, u64 target)
{
	u64 exec = wave_exec(w), pass = exec & condition, fail = exec & ~condition;
	bool fail_first = __builtin_popcountll(fail) < __builtin_popcountll(pass);
	unsigned int entries = w->mode >> MODE_CSP_SHIFT;

	if (pass == exec || fail == exec) {
		w->pc = pass == exec ? target : w->pc;
		return;
	}
	if (entries == 7) {
		wave_illegal(w, in, "branch stack is full");
		return;
	}
	set_sgpr64(w, 4 * entries, fail_first ? pass : fail);
	set_sgpr64(w, 4 * entries + 2, fail_first ? target : w->pc);
	set_stack(w, entries + 1);
	set_sgpr64(w, SGPR_EXEC, fail_first ? fail : pass);
	if (!fail_first)
		w->pc = target;
}

/* Lanes of a go to b */
void s_cbranch_g_fork(struct wave *w, const struct inst *in)
{
	divide(w, in, scalar64(w, in, in->src[0]), scalar64(w, in, in->src[1]));
}

/* Lanes of D go to pc + k * 4 */
void s_cbranch_i_fork(struct wave *w, const struct inst *in)
{
	divide(w, in, sgpr64(w, in->dst), w->pc + (s64)in->offset * 4);
}

/* The stack has more than a entries: others have to come here; EXEC and pc are theirs */
void s_cbranch_join(struct wave *w, const struct inst *in)
{
	unsigned int entries = w->mode >> MODE_CSP_SHIFT;

	if (entries == scalar32(w, in, in->src[0]))
		return;
	if (!entries) {
		wave_illegal(w, in, "branch stack is empty");
		return;
	}
	set_stack(w, entries - 1);
	set_sgpr64(w, SGPR_EXEC, sgpr64(w, 4 * (entries - 1)));
	w->pc = sgpr64(w, 4 * (entries - 1) + 2);
}

/* MODE.VSKIP = bit b of a */
void s_setvskip(struct wave *w, const struct inst *in)
{
	u32 a = scalar32(w, in, in->src[0]), b = scalar32(w, in, in->src[1]);

	w->mode &= ~(u32)MODE_VSKIP;
	if (a >> (b & 31) & 1)
		w->mode |= MODE_VSKIP;
}

/* SOPP: if the condition holds, pc += k * 4 */
#define BRANCH(name, condition)						\
void name(struct wave *w, const struct inst *in)			\
{									\
	branch_if(w, in, condition);					\
}

BRANCH(s_branch, true)
BRANCH(s_cbranch_scc0, !w->scc)
BRANCH(s_cbranch_scc1, w->scc)
BRANCH(s_cbranch_vccz, !wave_vcc(w))
BRANCH(s_cbranch_vccnz, wave_vcc(w))
BRANCH(s_cbranch_execz, !wave_exec(w))
BRANCH(s_cbranch_execnz, wave_exec(w))
BRANCH(s_cbranch_cdbgsys, false)
BRANCH(s_cbranch_cdbguser, false)
BRANCH(s_cbranch_cdbgsys_or_user, false)
BRANCH(s_cbranch_cdbgsys_and_user, false)

/* No effect here: everything is done in order. */
#define NOTHING(name, why)						\
void name(struct wave *w, const struct inst *in)			\
{									\
}

NOTHING(s_nop, "")
NOTHING(s_waitcnt, "")
NOTHING(s_setprio, "")
NOTHING(s_icache_inv, "")
NOTHING(s_incperflevel, "")
NOTHING(s_decperflevel, "")
NOTHING(s_ttracedata, "")
NOTHING(s_wakeup, "")

/* The wave stops, for good or until it is run again. */
#define STOP(name, how)							\
void name(struct wave *w, const struct inst *in)			\
{									\
	w->message = (u16)in->offset;					\
	w->status = (how);						\
}

STOP(s_endpgm, WAVE_END)
STOP(s_endpgm_saved, WAVE_END)
STOP(s_barrier, WAVE_BARRIER)
STOP(s_sleep, WAVE_SLEEP)
STOP(s_sendmsg, WAVE_MESSAGE)
STOP(s_sendmsghalt, WAVE_MESSAGE)
STOP(s_trap, WAVE_TRAP)
STOP(s_sethalt, in->offset & 1 ? WAVE_HALT : WAVE_RUNNING)

/* VGPR numbers are relative to M0[7:0], of the operands whose bits M0[15:12] has. */
static void set_index(struct wave *w, u32 index)
{
	w->sgpr[SGPR_M0] = (w->sgpr[SGPR_M0] & ~0xffu) | (index & 0xff);
}

static void set_index_mode(struct wave *w, u32 operands)
{
	w->sgpr[SGPR_M0] = (w->sgpr[SGPR_M0] & ~0xf000u) | (operands & 15) << 12;
}

void s_set_gpr_idx_on(struct wave *w, const struct inst *in)
{
	set_index(w, scalar32(w, in, in->src[0]));
	set_index_mode(w, in->src[1]);
	w->mode |= MODE_GPR_IDX;
}

void s_set_gpr_idx_off(struct wave *w, const struct inst *in)
{
	w->mode &= ~(u32)MODE_GPR_IDX;
}

void s_set_gpr_idx_idx(struct wave *w, const struct inst *in)
{
	set_index(w, scalar32(w, in, in->src[0]));
}

void s_set_gpr_idx_mode(struct wave *w, const struct inst *in)
{
	set_index_mode(w, in->offset);
}
