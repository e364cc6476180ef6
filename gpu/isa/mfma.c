// SPDX-License-Identifier: MIT
/*
 * MFMA: D = A * B + C for blocks of small matrices that are spread over the lanes.
 * EXEC does not matter.
 *
 * A has @m rows: lane l holds row l % m; what is left of l is the block, or with
 * one block the part of the columns.  B is the same with rows and columns changed.
 * C and D: lane l holds column l % m, four rows after each other in four registers.
 * Doubles are further down.
 */
#include "ops.h"
#include "real.h"

enum element { ELEMENT_F32, ELEMENT_F16, ELEMENT_BF16, ELEMENT_I8 };

struct shape {
	u8 m, blocks, k;
	u8 per_lane;		/* elements of A and B in a lane */
	enum element type;
};

static u32 half_word(struct wave *w, unsigned int reg, int lane, int e)
{
	return reg32(w, reg + e / 2)[lane] >> 16 * (e % 2) & 0xffff;
}

/* Element e of a lane; what f32 sums are made of. */
static float real_element(struct wave *w, const struct shape *s, unsigned int reg,
			  int lane, int e)
{
	if (s->type == ELEMENT_F32)
		return as_float(reg32(w, reg)[lane]);
	if (s->type == ELEMENT_F16)
		return half_to_float(half_word(w, reg, lane, e));
	return as_float(half_word(w, reg, lane, e) << 16);
}

static s32 integer_element(struct wave *w, unsigned int reg, int lane, int e)
{
	return (s8)(reg32(w, reg)[lane] >> 8 * e);
}

/* CBSZ: groups of 2 ** cbsz blocks use one block of A, number ABID of the group. */
static int block_of_a(const struct inst *in, int block)
{
	int group = 1 << in->cbsz;

	return (block & -group) | (in->abid & (group - 1));
}

/*
 * BLGP: lanes of B come from elsewhere: 1 from the lower half, 2 from the upper
 * half, 3 from 16 lanes further on, 4 to 7 from one quarter.
 */
static int lane_of_b(const struct inst *in, int lane)
{
	switch (in->blgp) {
	case 0:
		return lane;
	case 1:
		return lane & 31;
	case 2:
		return lane | 32;
	case 3:
		return (lane + 16) & 63;
	default:
		return (lane & 15) | (in->blgp - 4) << 4;
	}
}

/* The lane and element of row @i (column of B), column @k (row of B). */
static int lane_of(const struct shape *s, int block, int i, int k, int *e)
{
	*e = k % s->per_lane;
	return i + s->m * (s->blocks > 1 ? block : k / s->per_lane);
}

static u32 dot_product(struct wave *w, const struct inst *in, const struct shape *s,
		       int block, int i, int j, u32 c)
{
	int k, a, b, e;

	for (k = 0; k < s->k; k++) {
		a = lane_of(s, block_of_a(in, block), i, k, &e);
		b = lane_of_b(in, lane_of(s, block, j, k, &e));
		if (s->type == ELEMENT_I8)
			c += (u32)(integer_element(w, in->src[0], a, e) *
				   integer_element(w, in->src[1], b, e));
		else
			c = float_bits(fmaf(real_element(w, s, in->src[0], a, e),
					    real_element(w, s, in->src[1], b, e),
					    as_float(c)));
	}
	return c;
}

/* Where register v of lane l lies. */
static void place(const struct shape *s, int v, int l, int *block, int *row)
{
	int per_block = s->m * s->m / 64;

	if (s->m == 4) {
		*block = l / 4;
		*row = v;
	} else {
		*block = v / per_block;
		v %= per_block;
		*row = v / 4 * (256 / s->m) + l / s->m * 4 + v % 4;
	}
}

static void multiply(struct wave *w, const struct inst *in, const struct shape *s)
{
	static _Thread_local u32 d[32][WAVE_LANES];
	int registers = s->m * s->m * s->blocks / 64, v, l, block, row;
	u32 c;

	if (1 << in->cbsz > s->blocks) {
		wave_illegal(w, in, "cbsz");
		return;
	}
	for (v = 0; v < registers; v++) {
		for (l = 0; l < WAVE_LANES; l++) {
			place(s, v, l, &block, &row);
			c = in->src[2] >= OPERAND_VGPR ?
				reg32(w, in->src[2] + v)[l] :
				scalar32(w, in, in->src[2]);
			d[v][l] = dot_product(w, in, s, block, row, l % s->m, c);
		}
	}
	for (v = 0; v < registers; v++)
		memcpy(reg32(w, in->dst + v), d[v], sizeof(d[v]));
}

#define MFMA(name, m, blocks, k, per_lane, type)			\
void name(struct wave *w, const struct inst *in)			\
{									\
	static const struct shape shape = { m, blocks, k, per_lane, type }; \
									\
	multiply(w, in, &shape);					\
}

MFMA(v_mfma_f32_32x32x1f32, 32, 2, 1, 1, ELEMENT_F32)
MFMA(v_mfma_f32_16x16x1f32, 16, 4, 1, 1, ELEMENT_F32)
MFMA(v_mfma_f32_4x4x1f32, 4, 16, 1, 1, ELEMENT_F32)
MFMA(v_mfma_f32_32x32x2f32, 32, 1, 2, 1, ELEMENT_F32)
MFMA(v_mfma_f32_16x16x4f32, 16, 1, 4, 1, ELEMENT_F32)
MFMA(v_mfma_f32_32x32x4f16, 32, 2, 4, 4, ELEMENT_F16)
MFMA(v_mfma_f32_16x16x4f16, 16, 4, 4, 4, ELEMENT_F16)
MFMA(v_mfma_f32_4x4x4f16, 4, 16, 4, 4, ELEMENT_F16)
MFMA(v_mfma_f32_32x32x8f16, 32, 1, 8, 4, ELEMENT_F16)
MFMA(v_mfma_f32_16x16x16f16, 16, 1, 16, 4, ELEMENT_F16)
MFMA(v_mfma_i32_32x32x4i8, 32, 2, 4, 4, ELEMENT_I8)
MFMA(v_mfma_i32_16x16x4i8, 16, 4, 4, 4, ELEMENT_I8)
MFMA(v_mfma_i32_4x4x4i8, 4, 16, 4, 4, ELEMENT_I8)
MFMA(v_mfma_i32_32x32x8i8, 32, 1, 8, 4, ELEMENT_I8)
MFMA(v_mfma_i32_16x16x16i8, 16, 1, 16, 4, ELEMENT_I8)
MFMA(v_mfma_f32_32x32x4bf16_1k, 32, 2, 4, 4, ELEMENT_BF16)
MFMA(v_mfma_f32_16x16x4bf16_1k, 16, 4, 4, 4, ELEMENT_BF16)
MFMA(v_mfma_f32_4x4x4bf16_1k, 4, 16, 4, 4, ELEMENT_BF16)
MFMA(v_mfma_f32_32x32x8bf16_1k, 32, 1, 8, 4, ELEMENT_BF16)
MFMA(v_mfma_f32_16x16x16bf16_1k, 16, 1, 16, 4, ELEMENT_BF16)
MFMA(v_mfma_f32_32x32x2bf16, 32, 2, 2, 2, ELEMENT_BF16)
MFMA(v_mfma_f32_16x16x2bf16, 16, 4, 2, 2, ELEMENT_BF16)
MFMA(v_mfma_f32_4x4x2bf16, 4, 16, 2, 2, ELEMENT_BF16)
MFMA(v_mfma_f32_32x32x4bf16, 32, 1, 4, 2, ELEMENT_BF16)
MFMA(v_mfma_f32_16x16x8bf16, 16, 1, 8, 2, ELEMENT_BF16)

static double element64(struct wave *w, unsigned int reg, int lane)
{
	return as_double(reg32(w, reg)[lane] | (u64)reg32(w, reg + 1)[lane] << 32);
}

static double accumulator64(struct wave *w, const struct inst *in, int v, int lane)
{
	if (in->src[2] >= OPERAND_VGPR)
		return element64(w, in->src[2] + 2 * v, lane);
	return as_double(scalar64(w, in, in->src[2]));
}

/*
 * Doubles: lane l holds row l % m of A in column l / 16, columns of B in the same
 * way; with m = 4, l / 4 % 4 is the block.  Element v of lane l of C and D is row
 * 4 * v + l / 16, column l % m.
 */
static void multiply64(struct wave *w, const struct inst *in, int m)
{
	static _Thread_local double d[4][WAVE_LANES];
	int values = m / 4, v, l, k, block;

	if (in->cbsz || in->abid || in->blgp) {
		wave_illegal(w, in, "cbsz, abid, blgp");
		return;
	}
	for (v = 0; v < values; v++) {
		for (l = 0; l < WAVE_LANES; l++) {
			block = m == 4 ? l & 12 : 0;
			d[v][l] = accumulator64(w, in, v, l);
			for (k = 0; k < 4; k++)
				d[v][l] = fma(element64(w, in->src[0], 16 * k + block +
							4 * v + l / 16),
					      element64(w, in->src[1], 16 * k + block +
							l % m), d[v][l]);
		}
	}
	for (v = 0; v < values; v++) {
		for (l = 0; l < WAVE_LANES; l++) {
			reg32(w, in->dst + 2 * v)[l] = double_bits(d[v][l]);
			reg32(w, in->dst + 2 * v + 1)[l] = double_bits(d[v][l]) >> 32;
		}
	}
}

void v_mfma_f64_16x16x4f64(struct wave *w, const struct inst *in)
{
	multiply64(w, in, 16);
}

void v_mfma_f64_4x4x4f64(struct wave *w, const struct inst *in)
{
	multiply64(w, in, 4);
}
