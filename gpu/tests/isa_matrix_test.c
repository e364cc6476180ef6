// SPDX-License-Identifier: MIT
/*
 * Matrix and dot product instructions beside loops over plain matrices.  Numbers are
 * small integers, so that sums are exact in any order; where the manual puts them in
 * lanes and registers is said here once more, one shape after the other.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa_stage.h"
#include "random.h"

#define SIZE		32	/* of the largest matrix */
#define BLOCKS		16
/* Registers of A, B, C and D. */
#define REG_A		0
#define REG_B		4
#define REG_C		8
#define REG_D		40

enum element { F32, F16, BF16, I8, F64 };

struct form {
	const char *name;
	enum element kind;
	int size, blocks, depth;
	int together;	/* elements of A and of B that a lane has */
};

/* Of each block: A has size rows and depth columns, B the opposite. */
struct matrices {
	double a[BLOCKS][SIZE][SIZE], b[BLOCKS][SIZE][SIZE], c[BLOCKS][SIZE][SIZE];
};

struct fixture {
	struct stage stage;
	u64 state;
	struct matrices m;
};

static const struct form forms[] = {
	{ "f32_32x32x1f32", F32, 32, 2, 1, 1 },	{ "f32_16x16x1f32", F32, 16, 4, 1, 1 },
	{ "f32_4x4x1f32", F32, 4, 16, 1, 1 },	{ "f32_32x32x2f32", F32, 32, 1, 2, 1 },
	{ "f32_16x16x4f32", F32, 16, 1, 4, 1 },
	{ "f32_32x32x4f16", F16, 32, 2, 4, 4 },	{ "f32_16x16x4f16", F16, 16, 4, 4, 4 },
	{ "f32_4x4x4f16", F16, 4, 16, 4, 4 },	{ "f32_32x32x8f16", F16, 32, 1, 8, 4 },
	{ "f32_16x16x16f16", F16, 16, 1, 16, 4 },
	{ "i32_32x32x4i8", I8, 32, 2, 4, 4 },	{ "i32_16x16x4i8", I8, 16, 4, 4, 4 },
	{ "i32_4x4x4i8", I8, 4, 16, 4, 4 },	{ "i32_32x32x8i8", I8, 32, 1, 8, 4 },
	{ "i32_16x16x16i8", I8, 16, 1, 16, 4 },
	{ "f32_32x32x4bf16_1k", BF16, 32, 2, 4, 4 },
	{ "f32_16x16x4bf16_1k", BF16, 16, 4, 4, 4 },
	{ "f32_4x4x4bf16_1k", BF16, 4, 16, 4, 4 },
	{ "f32_32x32x8bf16_1k", BF16, 32, 1, 8, 4 },
	{ "f32_16x16x16bf16_1k", BF16, 16, 1, 16, 4 },
	{ "f32_32x32x2bf16", BF16, 32, 2, 2, 2 },
	{ "f32_16x16x2bf16", BF16, 16, 4, 2, 2 },
	{ "f32_4x4x2bf16", BF16, 4, 16, 2, 2 },
	{ "f32_32x32x4bf16", BF16, 32, 1, 4, 2 },
	{ "f32_16x16x8bf16", BF16, 16, 1, 8, 2 },
	{ "f64_16x16x4f64", F64, 16, 1, 4, 1 },	{ "f64_4x4x4f64", F64, 4, 4, 4, 1 },
};

static const struct wave_memory memory = { .fetch = stage_fetch };

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	stage_open(&f->stage, &memory, 80);
	f->state = random_start(random_seed());
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	stage_close(*state);
	return 0;
}

/* -8 to 7: exact in all formats. */
static double small(struct fixture *f)
{
	return (double)random_below(&f->state, 16) - 8;
}

static u32 bits_of_float(float v)
{
	u32 bits;

	memcpy(&bits, &v, 4);
	return bits;
}

/* Of an integer from -8 to 7 */
static u32 bits_of_half(double v)
{
	u32 bits = bits_of_float((float)v);

	if (v == 0)
		return 0;
	return (bits >> 16 & 0x8000) | ((bits >> 23 & 0xff) - 112) << 10 |
	       (bits >> 13 & 0x3ff);
}

static u32 element_bits(enum element kind, double v)
{
	switch (kind) {
	case F16:
		return bits_of_half(v);
	case BF16:
		return bits_of_float((float)v) >> 16;
	case I8:
		return (u8)(s8)v;
	default:
		return bits_of_float((float)v);
	}
}

/* Element e of what a lane has of A or B, in registers from @reg on. */
static void put_element(struct wave *w, enum element kind, int reg, int lane, int e, double v)
{
	int per_register = kind == I8 ? 4 : kind == F16 || kind == BF16 ? 2 : 1;
	u64 wide;

	if (kind == F64) {
		memcpy(&wide, &v, 8);
		w->vgpr[reg][lane] = wide;
		w->vgpr[reg + 1][lane] = wide >> 32;
		return;
	}
	w->vgpr[reg + e / per_register][lane] |= element_bits(kind, v) <<
		32 / per_register * (e % per_register);
}

/* The lane that has row @i, column @k of A, or column @i, row @k of B. */
static int source_lane(const struct form *m, int block, int i, int k)
{
	if (m->kind == F64 && m->size == 4)
		return 16 * k + 4 * block + i;
	if (m->blocks > 1)
		return block * m->size + i;
	return k / m->together * m->size + i;
}

/* The lane and the number of row @i, column @j of C and D. */
static int result_lane(const struct form *m, int block, int i, int j, int *number)
{
	if (m->kind == F64) {
		*number = m->size == 16 ? i / 4 : 0;
		return m->size == 16 ? 16 * (i % 4) + j : 16 * i + 4 * block + j;
	}
	switch (m->size) {
	case 32:
		*number = 16 * block + i / 8 * 4 + i % 4;
		return i / 4 % 2 * 32 + j;
	case 16:
		*number = 4 * block + i % 4;
		return i / 4 * 16 + j;
	default:
		*number = i;
		return 4 * block + j;
	}
}

static void put_result(struct wave *w, const struct form *m, int number, int lane, double v)
{
	if (m->kind == F64)
		put_element(w, F64, REG_C + 2 * number, lane, 0, v);
	else if (m->kind == I8)
		w->vgpr[REG_C + number][lane] = (u32)(s32)v;
	else
		w->vgpr[REG_C + number][lane] = bits_of_float((float)v);
}

static double get_result(struct wave *w, const struct form *m, int number, int lane)
{
	u32 low = w->vgpr[REG_D + number][lane];
	double wide;
	float narrow;
	u64 bits;

	if (m->kind == F64) {
		bits = w->vgpr[REG_D + 2 * number][lane] |
		       (u64)w->vgpr[REG_D + 2 * number + 1][lane] << 32;
		memcpy(&wide, &bits, 8);
		return wide;
	}
	memcpy(&narrow, &low, 4);
	return m->kind == I8 ? (s32)low : (double)narrow;
}

static void fill(struct fixture *f, const struct form *m)
{
	int block, i, k, number, lane;

	for (block = 0; block < m->blocks; block++) {
		for (i = 0; i < m->size; i++) {
			for (k = 0; k < m->depth; k++) {
				lane = source_lane(m, block, i, k);
				f->m.a[block][i][k] = small(f);
				f->m.b[block][k][i] = small(f);
				put_element(f->stage.w, m->kind, REG_A, lane, k % m->together,
					    f->m.a[block][i][k]);
				put_element(f->stage.w, m->kind, REG_B, lane, k % m->together,
					    f->m.b[block][k][i]);
			}
			for (k = 0; k < m->size; k++) {
				lane = result_lane(m, block, i, k, &number);
				f->m.c[block][i][k] = small(f) * 100;
				put_result(f->stage.w, m, number, lane, f->m.c[block][i][k]);
			}
		}
	}
}

static void check(struct fixture *f, const struct form *m, int group, int chosen)
{
	int block, i, j, k, number, lane;

	for (block = 0; block < m->blocks; block++) {
		int from = block / group * group + (group > 1 ? chosen : 0);

		for (i = 0; i < m->size; i++) {
			for (j = 0; j < m->size; j++) {
				double want = f->m.c[block][i][j];

				for (k = 0; k < m->depth; k++)
					want += f->m.a[from][i][k] * f->m.b[block][k][j];
				lane = result_lane(m, block, i, j, &number);
				if (get_result(f->stage.w, m, number, lane) != want)
					fail_msg("%s: block %d row %d column %d: %g, not %g",
						 m->name, block, i, j,
						 get_result(f->stage.w, m, number, lane), want);
			}
		}
	}
}

static int registers_of(const struct form *m, char which)
{
	if (m->kind == F64)
		return which == 'd' && m->size == 16 ? 8 : 2;
	if (which == 'd')
		return m->size * m->size * m->blocks / 64;
	return m->kind == I8 || m->kind == F32 ? 1 : m->together / 2;
}

static const char *range(char *text, int first, int n)
{
	if (n == 1)
		sprintf(text, "v%d", first);
	else
		sprintf(text, "v[%d:%d]", first, first + n - 1);
	return text;
}

static void form_text(char *text, size_t len, const struct form *m, const char *tail)
{
	char d[24], a[24], b[24], c[24];

	snprintf(text, len, "v_mfma_%s %s, %s, %s, %s%s", m->name,
		 range(d, REG_D, registers_of(m, 'd')), range(a, REG_A, registers_of(m, 'a')),
		 range(b, REG_B, registers_of(m, 'a')), range(c, REG_C, registers_of(m, 'd')),
		 tail);
}

/* Which lanes are on is all the same to them. */
static void matrices(void **state)
{
	static const u64 masks[] = { ~0ULL, 0, 1 };
	static struct isa_words words[ARRAY_SIZE(forms)];
	static const char *lines[ARRAY_SIZE(forms)];
	static char text[ARRAY_SIZE(forms)][120];
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		form_text(text[i], sizeof(text[i]), &forms[i], "");
		lines[i] = text[i];
	}
	assert_int_equal(isa_assemble(lines, i, words), i);
	for (i = 0; i < 3 * ARRAY_SIZE(forms); i++) {
		stage_load(&f->stage, &words[i / 3], 0xf0);
		fill(f, &forms[i / 3]);
		set_sgpr64(f->stage.w, SGPR_EXEC, masks[i % 3]);
		stage_step(&f->stage, text[i / 3]);
		check(f, &forms[i / 3], 1, 0);
	}
}

/* CBSZ: groups of 2, 4, 8, 16 blocks use the A of one of them, ABID. */
static void one_matrix_for_several(void **state)
{
	static const int shapes[] = { 0, 1, 2, 12 };
	struct fixture *f = *state;
	struct isa_words words;
	char text[140], tail[32];
	const char *line = text;
	unsigned int i;
	int cbsz, abid;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		const struct form *m = &forms[shapes[i]];

		for (cbsz = 1; 1 << cbsz <= m->blocks; cbsz++) {
			abid = random_below(&f->state, 1 << cbsz);
			sprintf(tail, " cbsz:%d abid:%d", cbsz, abid);
			form_text(text, sizeof(text), m, tail);
			assert_int_equal(isa_assemble(&line, 1, &words), 1);
			stage_load(&f->stage, &words, 0xf0);
			fill(f, m);
			stage_step(&f->stage, text);
			check(f, m, 1 << cbsz, abid);
		}
	}
}

/* BLGP: the lane whose B a lane uses. */
static int lane_of_pattern(int pattern, int lane)
{
	switch (pattern) {
	case 1:
		return lane % 32;
	case 2:
		return lane % 32 + 32;
	case 3:
		return (lane + 16) % 64;
	default:
		return pattern < 4 ? lane : lane % 16 + 16 * (pattern - 4);
	}
}

/* A pattern gives what the same lanes' B in other lanes gives without one. */
static void check_pattern(struct fixture *f, const struct form *m, unsigned int pattern,
			  const struct isa_words *with, const struct isa_words *without)
{
	static u32 before[80][WAVE_LANES], after[80][WAVE_LANES];
	struct wave *w = f->stage.w;
	int l, r;

	stage_load(&f->stage, with, 0xf0);
	fill(f, m);
	memcpy(before, w->vgpr, sizeof(before));
	stage_step(&f->stage, m->name);
	memcpy(after, w->vgpr, sizeof(after));
	stage_load(&f->stage, without, 0xf0);
	memcpy(w->vgpr, before, sizeof(before));
	for (r = 0; r < registers_of(m, 'b'); r++) {
		for (l = 0; l < WAVE_LANES; l++)
			w->vgpr[REG_B + r][l] = before[REG_B + r][lane_of_pattern(pattern, l)];
	}
	stage_step(&f->stage, m->name);
	if (memcmp(after[REG_D], w->vgpr[REG_D], registers_of(m, 'd') * sizeof(after[0])))
		fail_msg("%s blgp:%u", m->name, pattern);
}

static void lanes_of_b(void **state)
{
	static struct isa_words words[8 * ARRAY_SIZE(forms)];
	static char text[8 * ARRAY_SIZE(forms)][140];
	static const char *lines[8 * ARRAY_SIZE(forms)];
	unsigned int i, n = 0;
	char tail[16];

	for (i = 0; i < ARRAY_SIZE(lines) && forms[i / 8].kind != F64; i++, n++) {
		sprintf(tail, i % 8 ? " blgp:%u" : "", i % 8);
		form_text(text[i], sizeof(text[i]), &forms[i / 8], tail);
		lines[i] = text[i];
	}
	assert_int_equal(isa_assemble(lines, n, words), n);
	assert_int_equal(n, 8 * (ARRAY_SIZE(forms) - 2));
	for (i = 0; i < n; i++)
		check_pattern(*state, &forms[i / 8], i % 8, &words[i], &words[i - i % 8]);
}

/* What the shape does not have, and the forms with doubles do not take. */
static void modifiers_that_cannot_be(void **state)
{
	static const char *const lines[] = {
		"v_mfma_f32_32x32x1f32 v[40:71], v0, v4, v[8:39] cbsz:2",
		"v_mfma_f32_32x32x2f32 v[40:55], v0, v4, v[8:23] cbsz:1",
		"v_mfma_f32_16x16x1f32 v[40:55], v0, v4, v[8:23] cbsz:3",
		"v_mfma_f32_4x4x1f32 v[40:43], v0, v4, v[8:11] cbsz:5",
		"v_mfma_f64_16x16x4f64 v[40:47], v[0:1], v[4:5], v[8:15] cbsz:1",
		"v_mfma_f64_4x4x4f64 v[40:41], v[0:1], v[4:5], v[8:9] blgp:1",
	};
	struct isa_words words[ARRAY_SIZE(lines)];
	struct fixture *f = *state;
	unsigned int i;

	assert_int_equal(isa_assemble(lines, ARRAY_SIZE(lines), words), ARRAY_SIZE(lines));
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		stage_load(&f->stage, &words[i], 0xf0);
		if (wave_run(f->stage.w, 1) != WAVE_ILLEGAL)
			fail_msg("%s: executed", lines[i]);
	}
}

/* Infinity times 0 is no number, also in a sum; -0 + -0 is -0. */
static void special_numbers(void **state)
{
	static const char text[] = "v_mfma_f32_4x4x1f32 v[40:43], v0, v4, v[8:11]";
	struct fixture *f = *state;
	struct isa_words words;
	const char *line = text;
	int l, i;

	assert_int_equal(isa_assemble(&line, 1, &words), 1);
	stage_load(&f->stage, &words, 0xf0);
	for (l = 0; l < WAVE_LANES; l++) {
		/* Rows of A: infinity, 0, -1, 1. */
		static const u32 rows[] = { 0x7f800000, 0, 0xbf800000, 0x3f800000 };

		f->stage.w->vgpr[REG_A][l] = rows[l % 4];
		f->stage.w->vgpr[REG_B][l] = 0;
		for (i = 0; i < 4; i++)
			f->stage.w->vgpr[REG_C + i][l] = 0x80000000;
	}
	stage_step(&f->stage, text);
	for (l = 0; l < WAVE_LANES; l++) {
		assert_int_equal(f->stage.w->vgpr[REG_D][l] & 0x7fc00000, 0x7fc00000);
		assert_int_equal(f->stage.w->vgpr[REG_D + 1][l], 0);
		assert_int_equal(f->stage.w->vgpr[REG_D + 2][l], 0x80000000);
		assert_int_equal(f->stage.w->vgpr[REG_D + 3][l], 0);
	}
}

/* Fields of 32 bits; the sum is limited with clamp. */
struct dot {
	const char *name;
	int width;
	bool sign;
};

static s64 field(u32 v, const struct dot *d, int i)
{
	u32 up = v << (32 - d->width * (i + 1));

	return d->sign ? (s32)up >> (32 - d->width) : (s64)(up >> (32 - d->width));
}

static u32 dot_value(const struct dot *d, u32 a, u32 b, u32 c, bool clamp)
{
	s64 sum = d->sign ? (s64)(s32)c : (s64)c;
	s64 least = d->sign ? INT32_MIN : 0, most = d->sign ? INT32_MAX : UINT32_MAX;
	int i;

	for (i = 0; i < 32 / d->width; i++)
		sum += field(a, d, i) * field(b, d, i);
	if (clamp)
		sum = sum < least ? least : sum > most ? most : sum;
	return (u32)sum;
}

static void dot_products(void **state)
{
	static const struct dot dots[] = {
		{ "v_dot2_i32_i16", 16, true }, { "v_dot2_u32_u16", 16, false },
		{ "v_dot4_i32_i8", 8, true }, { "v_dot4_u32_u8", 8, false },
		{ "v_dot8_i32_i4", 4, true }, { "v_dot8_u32_u4", 4, false },
	};
	static const u32 edges[] = {
		0, UINT32_MAX, 0x80808080, 0x7f7f7f7f, 0x80008000, 0x7fff7fff, 0x88888888,
		0x80000000, 0x7fffffff, 1,
	};
	struct fixture *f = *state;
	struct isa_words words;
	const char *line;
	unsigned int i, n, l;
	char text[80];

	for (i = 0; i < 2 * ARRAY_SIZE(dots); i++) {
		sprintf(text, "%s v40, v0, v4, v8%s", dots[i / 2].name, i % 2 ? " clamp" : "");
		line = text;
		assert_int_equal(isa_assemble(&line, 1, &words), 1);
		stage_load(&f->stage, &words, 0xf0);
		for (n = 0; n < 20; n++) {
			f->stage.w->pc = CODE;
			for (l = 0; l < WAVE_LANES; l++) {
				u32 *v = &f->stage.w->vgpr[0][l];
				unsigned int r;

				for (r = 0; r <= 8; r += 4)
					v[r * WAVE_LANES] = random_below(&f->state, 2) ?
						random_bits(&f->state) :
						edges[random_below(&f->state, ARRAY_SIZE(edges))];
			}
			stage_step(&f->stage, text);
			for (l = 0; l < WAVE_LANES; l++) {
				u32 (*v)[WAVE_LANES] = f->stage.w->vgpr;
				u32 want = dot_value(&dots[i / 2], v[0][l], v[4][l], v[8][l],
						     i % 2);

				if (v[40][l] != want)
					fail_msg("%s: %x %x %x: %x, not %x", text, v[0][l],
						 v[4][l], v[8][l], v[40][l], want);
			}
		}
	}
}

/* A bit for each source: halves of the first and the second product, their signs. */
struct pair {
	unsigned int sel, sel_hi, neg, neg_hi;
};

static double side(const double (*v)[2], unsigned int sel, unsigned int neg)
{
	double product = v[0][sel & 1] * v[1][sel >> 1 & 1];

	return (neg & 1) != (neg >> 1 & 1) ? -product : product;
}

#define HALVES_TEXT	"v_dot2_f32_f16 v40, v0, v4, v8 op_sel:[%u,%u,0] op_sel_hi:[%u,%u,1] " \
			"neg_lo:[%u,%u,%u] neg_hi:[%u,%u,0]"

/* One product is of the halves that op_sel names, the other of those of op_sel_hi. */
static void check_pair(struct fixture *f, const struct pair *p, const char *text)
{
	struct wave *w = f->stage.w;
	double v[2][2], c, want;
	unsigned int l, k;

	for (l = 0; l < WAVE_LANES; l++) {
		for (k = 0; k < 4; k++)
			v[k / 2][k % 2] = small(f);
		c = small(f) * 1000;
		for (k = 0; k < 2; k++)
			w->vgpr[4 * k][l] = bits_of_half(v[k][0]) | bits_of_half(v[k][1]) << 16;
		w->vgpr[8][l] = bits_of_float((float)c);
		want = side(v, p->sel, p->neg) + side(v, p->sel_hi, p->neg_hi) +
		       (p->neg >> 2 ? -c : c);
		w->vgpr[12][l] = bits_of_float((float)want);
	}
	stage_step(&f->stage, text);
	for (l = 0; l < WAVE_LANES; l++) {
		u32 got = w->vgpr[40][l];

		/* 0 may have either sign. */
		if (got != w->vgpr[12][l] && (got | w->vgpr[12][l]) << 1)
			fail_msg("%s: %08x, not %08x", text, got, w->vgpr[12][l]);
	}
}

/* All that modifiers of v_dot2_f32_f16 can say */
static void dot_product_of_halves(void **state)
{
	static struct isa_words words[512];
	static const char *lines[512];
	static char text[512][140];
	struct fixture *f = *state;
	unsigned int n;

	for (n = 0; n < 512; n++) {
		lines[n] = text[n];
		sprintf(text[n], HALVES_TEXT, n & 1, n >> 1 & 1, n >> 2 & 1, n >> 3 & 1,
			n >> 4 & 1, n >> 5 & 1, n >> 6 & 1, n >> 7 & 1, n >> 8 & 1);
	}
	assert_int_equal(isa_assemble(lines, n, words), n);
	for (n = 0; n < 512; n++) {
		const struct pair p = { n & 3, n >> 2 & 3, n >> 4 & 7, n >> 7 & 3 };

		stage_load(&f->stage, &words[n], 0xf0);
		check_pair(f, &p, text[n]);
	}
}

/* Sources of v_dot2_f32_f16 that are not small, as bits; 1.0 is in the low half. */
static void edges_of_halves(void **state)
{
	static const struct {
		const char *text;
		u32 mode, a, b, c, d;
	} rows[] = {
		/* The largest products, and a sum that is rounded once. */
		{ "v_dot2_f32_f16 v40, v0, v4, v8", 0xf0, 0x7bff7bff, 0x7bff7bff, 0, 0x4fffc004 },
		{ "v_dot2_f32_f16 v40, v0, v4, v8", 0xf0, 0x3c003c00, 0x0001bc00, 0x3f800000,
		  0x33800000 },
		{ "v_dot2_f32_f16 v40, v0, v4, v8", 0x30, 0x3c003c00, 0x0001bc00, 0x3f800000, 0 },
		{ "v_dot2_f32_f16 v40, v0, v4, v8", 0xf0, 0x7c000000, 0x00003c00, 0, 0x7fc00000 },
		{ "v_dot2_f32_f16 v40, v0, v4, v8", 0xf0, 0x7c000000, 0x3c003c00, 0, 0x7f800000 },
		{ "v_dot2_f32_f16 v40, v0, v4, v8 clamp", 0xf0, 0x40004000, 0x40004000, 0,
		  0x3f800000 },
		{ "v_dot2_f32_f16 v40, v0, v4, v8 clamp", 0xf0, 0x40004000, 0xc000c000, 0, 0 },
		{ "v_dot2_f32_f16 v40, v0, 2.0, v8", 0xf0, 0x42003c00, 0, 0x3f800000, 0x40400000 },
	};
	struct fixture *f = *state;
	struct wave *w = f->stage.w;
	struct isa_words words;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(isa_assemble(&rows[i].text, 1, &words), 1);
		stage_load(&f->stage, &words, rows[i].mode);
		w->vgpr[0][7] = rows[i].a;
		w->vgpr[4][7] = rows[i].b;
		w->vgpr[8][7] = rows[i].c;
		stage_step(&f->stage, rows[i].text);
		if ((w->vgpr[40][7] & 0x7fffffff) != rows[i].d)
			fail_msg("%s, row %u: %08x", rows[i].text, i, w->vgpr[40][7]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matrices),
		cmocka_unit_test(one_matrix_for_several),
		cmocka_unit_test(lanes_of_b),
		cmocka_unit_test(modifiers_that_cannot_be),
		cmocka_unit_test(special_numbers),
		cmocka_unit_test(dot_products),
		cmocka_unit_test(dot_product_of_halves),
		cmocka_unit_test(edges_of_halves),
	};

	if (!isa_assembler()) {
		printf("1..1\nok 1 - matrix # SKIP no llvm-mc\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
