// SPDX-License-Identifier: MIT
/*
 * Loads and stores with a format, of every data and numeric format, beside a conversion
 * bit by bit with long doubles.  Where components lie is read from the assembler's names
 * of formats: the highest bits come first.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa_slow.h"
#include "isa_stage.h"
#include "random.h"

#define DATA_SIZE	2048
#define REGISTERS	8
#define INSIDE		60	/* elements that the buffer has */
#define VDATA		4	/* first register of data */

struct fixture {
	struct stage stage;
	u64 state;
	u8 fast[DATA_SIZE], slow[DATA_SIZE];
	u32 v[REGISTERS][WAVE_LANES];
};

static const char * const data_formats[16] = {
	"INVALID", "8", "16", "8_8", "32", "16_16", "10_11_11", "11_11_10", "10_10_10_2",
	"2_10_10_10", "8_8_8_8", "32_32", "16_16_16_16", "32_32_32", "32_32_32_32",
	"RESERVED_15",
};

static const char * const numeric_formats[8] = {
	"UNORM", "SNORM", "USCALED", "SSCALED", "UINT", "SINT", "RESERVED_6", "FLOAT",
};

enum { UNORM, SNORM, USCALED, SSCALED, UINT, SINT, RESERVED, FLOAT };

struct operation {
	const char *name;
	bool store;
	int parts;
	char packing;		/* d dwords, h halves, u the upper half */
};

static const struct operation operations[] = {
	{ "load_format_x", false, 1, 'd' }, { "load_format_xy", false, 2, 'd' },
	{ "load_format_xyz", false, 3, 'd' }, { "load_format_xyzw", false, 4, 'd' },
	{ "load_format_d16_x", false, 1, 'h' }, { "load_format_d16_xy", false, 2, 'h' },
	{ "load_format_d16_xyz", false, 3, 'h' }, { "load_format_d16_xyzw", false, 4, 'h' },
	{ "store_format_x", true, 1, 'd' }, { "store_format_xy", true, 2, 'd' },
	{ "store_format_xyz", true, 3, 'd' }, { "store_format_xyzw", true, 4, 'd' },
	{ "store_format_d16_x", true, 1, 'h' }, { "store_format_d16_xy", true, 2, 'h' },
	{ "store_format_d16_xyz", true, 3, 'h' }, { "store_format_d16_xyzw", true, 4, 'h' },
	/* Of MUBUF only. */
	{ "load_format_d16_hi_x", false, 1, 'u' }, { "store_format_d16_hi_x", true, 1, 'u' },
};

#define TYPED	16	/* operations of MTBUF */

/* An instruction with a format: select is that of the resource, or the identity. */
struct access {
	const struct operation *op;
	const char *text;
	int dfmt, nfmt;
	int parts, bits[4], first[4], bytes;
	int select[4];
};

static const struct wave_memory memory = {
	.fetch = stage_fetch, .read = stage_read, .write = stage_write,
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->state = random_start(random_seed());
	stage_open(&f->stage, &memory, REGISTERS);
	f->stage.data = f->fast;
	f->stage.data_size = sizeof(f->fast);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	stage_close(*state);
	return 0;
}

/* Component 0 is the last number of the name. */
static void parse_format(struct access *a)
{
	const char *name = data_formats[a->dfmt], *p = name + strlen(name);
	int bits = 0;

	a->parts = 0;
	if (name[0] > '9')
		return;
	while (p > name) {
		while (p > name && p[-1] != '_')
			p--;
		a->first[a->parts] = bits;
		a->bits[a->parts] = atoi(p);
		bits += a->bits[a->parts++];
		p -= p > name;
	}
	a->bytes = bits / 8;
}

/* Bytes and 10_10_10_2 are no real numbers, dwords nothing but what they are. */
static bool exists(const struct access *a)
{
	bool whole = a->bits[0] == 32, mixed = a->parts == 3 && !whole;

	if (!a->parts || a->nfmt == RESERVED)
		return false;
	if (a->nfmt == FLOAT)
		return whole || a->bits[0] == 16 || mixed;
	return !whole || a->nfmt == UINT || a->nfmt == SINT;
}

static bool integers(const struct access *a)
{
	return a->nfmt == UINT || a->nfmt == SINT;
}

static bool may_load(const struct access *a)
{
	int i;

	for (i = 0; i < a->op->parts; i++) {
		if (a->select[i] == 2 || a->select[i] == 3 || a->select[i] >= 4 + a->parts)
			return false;
	}
	return a->op->packing == 'd' || !integers(a) || a->bits[0] < 32;
}

/* Each component has one source, and a rounding that is known. */
static bool may_store(const struct access *a)
{
	int i, k, n;

	for (i = 0; i < a->parts; i++) {
		for (k = 0, n = 0; k < 4; k++)
			n += a->select[k] == 4 + i;
		if (n != 1)
			return false;
	}
	if (a->nfmt == FLOAT)
		return a->bits[0] == 16 || a->bits[0] == 32;
	return a->nfmt != USCALED && a->nfmt != SSCALED;
}

static u64 gather(const u8 *p, int first, int n)
{
	u64 v = 0;
	int i;

	for (i = 0; i < n; i++)
		v |= (u64)(p[(first + i) / 8] >> (first + i) % 8 & 1) << i;
	return v;
}

static void scatter(u8 *p, int first, int n, u64 v)
{
	int i;

	for (i = 0; i < n; i++) {
		u8 bit = 1 << (first + i) % 8;

		p[(first + i) / 8] = (p[(first + i) / 8] & ~bit) | (v >> i & 1 ? bit : 0);
	}
}

static s64 sign_extended(u64 v, int bits)
{
	return v >> (bits - 1) & 1 ? (s64)v - (1LL << bits) : (s64)v;
}

/* Five bits of exponent; 16 bits have a sign. */
static long double small_real(u64 v, int bits)
{
	long double sign = bits == 16 && v >> 15 ? -1 : 1, fraction;
	int fraction_bits = bits == 16 ? 10 : bits - 5;
	int exponent = v >> fraction_bits & 31;

	fraction = v & ((1 << fraction_bits) - 1);

	if (exponent == 31)
		return fraction != 0 ? NAN : sign * INFINITY;
	if (exponent == 0)
		return sign * ldexpl(fraction, -14 - fraction_bits);
	return sign * ldexpl(fraction + (1 << fraction_bits), exponent - 15 - fraction_bits);
}

static long double real_of(const struct access *a, u64 v, int bits)
{
	switch (a->nfmt) {
	case UNORM:
		return v / (long double)((1LL << bits) - 1);
	case SNORM:
		return fmaxl(sign_extended(v, bits) / (long double)((1LL << (bits - 1)) - 1), -1);
	case USCALED:
		return v;
	case SSCALED:
		return sign_extended(v, bits);
	default:
		return bits == 32 ? slow_f4(v) : small_real(v, bits);
	}
}

static u64 expected_part(const struct access *a, const u8 *p, bool inside, int i)
{
	long double real;
	bool half = a->op->packing != 'd';
	int select = a->select[i], k = select - 4;
	u64 v;

	if (select == 1)
		return integers(a) ? 1 : half ? 0x3c00 : 0x3f800000;
	if (select == 0 || !inside)
		return 0;
	v = gather(p, a->first[k], a->bits[k]);
	if (integers(a))
		return a->nfmt == SINT ? (u64)sign_extended(v, a->bits[k]) : v;
	if (a->nfmt == FLOAT && a->bits[k] == 32 && !half)
		return v;
	real = real_of(a, v, a->bits[k]);
	return half ? slow_r2(real) : slow_r4((float)real);
}

static u64 stored(const struct access *a, u64 v, int bits)
{
	bool half = a->op->packing != 'd';
	double real = half ? slow_f2(v) : slow_f4(v);
	s64 top = (1LL << bits) - 1, high = (1LL << (bits - 1)) - 1;
	s64 s = half ? (s16)v : (s32)v;

	if (a->nfmt == UINT)
		return (s64)v > top ? top : (s64)v;
	if (a->nfmt == SINT)
		return s > high ? high : s < -high - 1 ? -high - 1 : s;
	if (a->nfmt == FLOAT)
		return bits == 16 ? slow_r2(real) : half ? slow_r4(real) : v;
	if (isnan(real))
		return 0;
	if (a->nfmt == UNORM)
		return rint(fmin(fmax(real, 0), 1) * top);
	return (s64)rint(fmin(fmax(real, -1), 1) * high);
}

/* Register and first bit of component @i. */
static u32 *place(struct fixture *f, const struct access *a, int lane, int i, int *shift)
{
	*shift = a->op->packing == 'u' || (a->op->packing == 'h' && i % 2) ? 16 : 0;
	return &f->v[VDATA + (a->op->packing == 'h' ? i / 2 : i)][lane];
}

static void slow_load(struct fixture *f, const struct access *a, int lane, const u8 *p,
		      bool inside)
{
	u32 mask = a->op->packing == 'd' ? ~0u : 0xffff, *reg;
	int i, shift;

	for (i = 0; i < a->op->parts; i++) {
		reg = place(f, a, lane, i, &shift);
		*reg = (*reg & ~(mask << shift)) |
		       ((u32)expected_part(a, p, inside, i) & mask) << shift;
	}
}

static void slow_store(struct fixture *f, const struct access *a, int lane, u8 *p)
{
	int i, from, shift;
	u32 *reg;
	u64 v;

	for (i = 0; i < a->parts; i++) {
		for (from = 0; a->select[from] != 4 + i; from++)
			;
		reg = place(f, a, lane, from, &shift);
		v = from < a->op->parts ? *reg >> shift : 0;
		if (a->op->packing != 'd')
			v &= 0xffff;
		scatter(p, a->first[i], a->bits[i], stored(a, v, a->bits[i]));
	}
}

static const u32 edges[] = {
	0, 1, 0xff, 0x7f, 0x80, 0x100, 0x1ff, 0x200, 0x3ff, 0x400, 0x7fff, 0x8000, 0xffff,
	0xffffffff, 0x80000000, 0x7fffffff, 0x3f800000, 0xbf800000, 0x3f000000, 0x40000000,
	0x3b008081, 0x7f800000, 0xff800000, 0x7fc00000, 0x80000001, 0x38003c00, 0xbc00b800,
	0x7c007bff, 0x00018001, 0x04000001, 0x477ff000, 0x33000000, 0xfffffffe, 0xffffff80,
	0xffff8000,
};

static u32 edge(struct fixture *f)
{
	if (random_below(&f->state, 2))
		return edges[random_below(&f->state, ARRAY_SIZE(edges))];
	return random_bits(&f->state);
}

/* Lane l has element 63 - l; the buffer ends behind element INSIDE - 1. */
static void fill(struct fixture *f, const struct access *a, u64 exec)
{
	struct wave *w = f->stage.w;
	u32 v;
	int i, l;

	for (i = 0; i < DATA_SIZE; i += 4) {
		v = edge(f);
		memcpy(f->fast + i, &v, 4);
	}
	memcpy(f->slow, f->fast, DATA_SIZE);
	for (i = 0; i < REGISTERS * WAVE_LANES; i++)
		w->vgpr[i / WAVE_LANES][i % WAVE_LANES] = edge(f);
	for (l = 0; l < WAVE_LANES; l++)
		w->vgpr[0][l] = (63 - l) * a->bytes;
	memcpy(f->v, w->vgpr, sizeof(f->v));
	set_sgpr64(w, SGPR_EXEC, exec);
	set_sgpr64(w, 4, STAGE_DATA);
	w->sgpr[6] = INSIDE * a->bytes;
	w->sgpr[7] = 0;
	for (i = 0; i < 4; i++)
		w->sgpr[7] |= (u32)a->select[i] << 3 * i;
	w->sgpr[7] |= (u32)a->nfmt << 12 | (u32)a->dfmt << 15;
}

/* NaNs have any payload. */
static bool same(const struct access *a, u32 got, u32 want)
{
	if (got == want)
		return true;
	if (a->op->packing == 'd')
		return isnan(slow_f4(got)) && isnan(slow_f4(want));
	return ((got & 0xffff) == (want & 0xffff) ||
		(isnan(slow_f2(got)) && isnan(slow_f2(want)))) &&
	       (got >> 16 == want >> 16 ||
		(isnan(slow_f2(got >> 16)) && isnan(slow_f2(want >> 16))));
}

static bool same_stored(const struct access *a, const u8 *got, const u8 *want)
{
	int i;

	for (i = 0; i < a->parts; i++) {
		u64 x = gather(got, a->first[i], a->bits[i]);
		u64 y = gather(want, a->first[i], a->bits[i]);

		if (x != y && !(a->nfmt == FLOAT && isnan(real_of(a, x, a->bits[i])) &&
				isnan(real_of(a, y, a->bits[i]))))
			return false;
	}
	return true;
}

static void compare(struct fixture *f, const struct access *a)
{
	int i, l, element;

	for (i = 0; i < REGISTERS * WAVE_LANES; i++) {
		u32 got = f->stage.w->vgpr[i / WAVE_LANES][i % WAVE_LANES];
		u32 want = f->v[i / WAVE_LANES][i % WAVE_LANES];

		if (got != want && (a->op->store || !same(a, got, want)))
			fail_msg("%s, dfmt %d, nfmt %d: v%d lane %d is %08x, not %08x", a->text,
				 a->dfmt, a->nfmt, i / WAVE_LANES, i % WAVE_LANES, got, want);
	}
	for (l = 0; l < WAVE_LANES; l++) {
		element = l * a->bytes;
		if (!same_stored(a, f->fast + element, f->slow + element))
			fail_msg("%s, dfmt %d, nfmt %d: element %d", a->text, a->dfmt, a->nfmt,
				 l);
	}
	assert_memory_equal(f->fast + 64 * a->bytes, f->slow + 64 * a->bytes,
			    DATA_SIZE - 64 * a->bytes);
}

static void run_access(struct fixture *f, const struct access *a,
		       const struct isa_words *words)
{
	u64 exec = random_below(&f->state, 2) ? ~0ULL : random_bits(&f->state);
	bool may = exists(a) && (a->op->store ? may_store(a) : may_load(a));
	int l, element;

	stage_load(&f->stage, words, 0xf0);
	fill(f, a, exec);
	if (!may) {
		if (wave_run(f->stage.w, 1) != WAVE_ILLEGAL)
			fail_msg("%s, dfmt %d, nfmt %d: executed", a->text, a->dfmt, a->nfmt);
		assert_non_null(strstr(f->stage.w->why, a->op->name));
		assert_non_null(strstr(f->stage.w->why, "format"));
		return;
	}
	stage_step(&f->stage, a->text);
	for (l = 0; l < WAVE_LANES; l++) {
		element = 63 - l;
		if (!(exec >> l & 1))
			continue;
		if (!a->op->store)
			slow_load(f, a, l, f->slow + element * a->bytes, element < INSIDE);
		else if (element < INSIDE)
			slow_store(f, a, l, f->slow + element * a->bytes);
	}
	compare(f, a);
}

static void add_data(char *text, const struct operation *op)
{
	int n = op->packing == 'h' ? (op->parts + 1) / 2 : op->parts;

	if (n > 1)
		sprintf(text, "v[%d:%d]", VDATA, VDATA + n - 1);
	else
		sprintf(text, "v%d", VDATA);
}

#define TYPED_TEXT	"tbuffer_%s %s, v0, s[4:7], 0 " \
			"format:[BUF_DATA_FORMAT_%s,BUF_NUM_FORMAT_%s] offen"

/* The format is in the instruction; what the resource says is no matter. */
static void formats_of_instructions(void **state)
{
	static char text[16 * 8][140];
	const char *lines[ARRAY_SIZE(text)];
	static struct isa_words words[ARRAY_SIZE(text)];
	struct fixture *f = *state;
	unsigned int i, k, done = 0;
	char data[20];
	int part;

	for (i = 0; i < TYPED; i++) {
		add_data(data, &operations[i]);
		for (k = 0; k < ARRAY_SIZE(text); k++) {
			lines[k] = text[k];
			sprintf(text[k], TYPED_TEXT, operations[i].name, data, data_formats[k / 8],
				numeric_formats[k % 8]);
		}
		assert_int_equal(isa_assemble(lines, k, words), k);
		for (k = 0; k < ARRAY_SIZE(text); k++) {
			struct access a = { .op = &operations[i], .dfmt = k / 8, .nfmt = k % 8,
					    .text = text[k] };

			parse_format(&a);
			for (part = 0; part < a.parts; part++)
				a.select[part] = 4 + part;
			done += exists(&a);
			run_access(f, &a, &words[k]);
		}
	}
	/* Dwords; 8, 10 and 2 bits; 16 bits, 10 and 11. */
	assert_int_equal(done, TYPED * (4 * 3 + 5 * 6 + 5 * 7));
}

/* The format and the places of components are in the resource. */
static void formats_of_resources(void **state)
{
	static const int usual[][4] = {
		{ 4, 5, 6, 7 }, { 6, 5, 4, 7 }, { 4, 0, 0, 1 }, { 4, 5, 0, 1 }, { 7, 6, 5, 4 },
		{ 4, 4, 4, 1 }, { 0, 1, 1, 0 }, { 4, 2, 3, 0 }, { 5, 4, 1, 1 },
	};
	struct fixture *f = *state;
	struct isa_words words;
	unsigned int i, k, n;
	char text[80], data[20];
	const char *line = text;

	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		add_data(data, &operations[i]);
		sprintf(text, "buffer_%s %s, v0, s[4:7], 0 offen", operations[i].name, data);
		assert_int_equal(isa_assemble(&line, 1, &words), 1);
		for (k = 0; k < 16 * 8 * ARRAY_SIZE(usual); k++) {
			struct access a = { .op = &operations[i], .dfmt = k / 8 % 16,
					    .nfmt = k % 8, .text = text };

			for (n = 0; n < 4; n++)
				a.select[n] = usual[k / 128][n];
			parse_format(&a);
			run_access(f, &a, &words);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_of_instructions),
		cmocka_unit_test(formats_of_resources),
	};

	if (!isa_assembler()) {
		printf("1..1\nok 1 - formats # SKIP no llvm-mc\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
