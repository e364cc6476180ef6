// SPDX-License-Identifier: MIT
/*
 * Programs of random instructions, step by step beside the slow evaluator, and
 * every rule of that on edge values.  SEED in the environment is where random
 * numbers start; a failure names it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../isa/inst.h"
#include "isa_slow.h"
#include "isa_text.h"
#include "random.h"

#define CODE		0x10000ULL
#define REGISTERS	32	/* v0, s0 and on are used */
#define PROGRAMS	400
#define LENGTH		20
#define MAX_INSTS	(PROGRAMS * LENGTH)

struct line {
	struct slow_inst in;
	char text[160];
	struct isa_words words;
};

struct fixture {
	struct wave *w;
	struct slow m;
	struct line *lines;
	unsigned int n;
	u32 code[4];
	u64 seed, state;
};

static unsigned int below(struct fixture *f, unsigned int n)
{
	return random_below(&f->state, n);
}

static bool chance(struct fixture *f, unsigned int percent)
{
	return below(f, 100) < percent;
}

static const u32 edges[] = {
	0, 1, 2, 31, 32, 33, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffff, 0x800000,
	0xffffff, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff,
	/* f32: denormals, 1, halves, limits of integers, inf, NaNs */
	0x007fffff, 0x807fffff, 0x00800000, 0x3f800000, 0xbf800000, 0x3f000000,
	0x3fc00000, 0x40200000, 0x4b800000, 0x4f000000, 0xcf000000, 0x4f800000,
	0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001,
	/* f16 in both halves */
	0x3c003c00, 0x00018001, 0x03ff83ff, 0x7bfffbff, 0x7c00fc00, 0x7e007c01,
	0x04008400, 0x38003e00,
	/* upper halves of f64 */
	0x3ff00000, 0x7ff00000, 0x7ff80000, 0x7fefffff, 0x000fffff, 0x00100000,
	0x41dfffff, 0x41efffff, 0xc1e00000, 0x3fe00000,
};

static u32 value(struct fixture *f)
{
	if (chance(f, 60))
		return edges[below(f, ARRAY_SIZE(edges))];
	if (chance(f, 20))
		return below(f, 128) - 64;
	return random_bits(&f->state);
}

/* Text of a part of an instruction is added to the line. */
static void __printf(2, 3) add(struct line *line, const char *format, ...)
{
	size_t used = strlen(line->text);
	va_list args;

	va_start(args, format);
	vsnprintf(line->text + used, sizeof(line->text) - used, format, args);
	va_end(args);
}

static void add_register(struct line *line, const char *file, unsigned int number,
			 bool pair)
{
	if (number == SLOW_VCC && pair)
		add(line, "vcc");
	else if (pair)
		add(line, "%s[%u:%u]", file, number, number + 1);
	else
		add(line, "%s%u", file, number);
}

static void add_constant(struct line *line, unsigned int number, bool pair)
{
	static const char * const real[] = {
		"0.5", "-0.5", "1.0", "-1.0", "2.0", "-2.0", "4.0", "-4.0",
	};

	if (number <= 192)
		add(line, "%u", number - 128);
	else if (number <= 208)
		add(line, "-%u", number - 192);
	else if (number == 248)
		add(line, pair ? "0.15915494309189532" : "0.15915494");
	else
		add(line, "%s", real[number - 240]);
}

static void add_operand(struct line *line, const struct slow_operand *o, bool pair,
			bool modifiers)
{
	if (modifiers && o->neg)
		add(line, "-");
	if (modifiers && o->abs)
		add(line, "|");
	if (o->sext)
		add(line, "sext(");
	if (o->literal)
		add(line, "0x%x", o->word);
	else if (o->constant)
		add_constant(line, o->number, pair);
	else
		add_register(line, o->vector ? "v" : "s", o->number, pair);
	if (o->sext)
		add(line, ")");
	if (modifiers && o->abs)
		add(line, "|");
}

static unsigned int any_register(struct fixture *f, bool pair)
{
	return pair ? 2 * below(f, REGISTERS / 2) : below(f, REGISTERS);
}

static void pick_vector(struct fixture *f, struct slow_operand *o, const char *type)
{
	o->vector = true;
	o->number = any_register(f, type[1] == '8');
}

static void pick_scalar(struct fixture *f, struct slow_operand *o, const char *type)
{
	o->number = any_register(f, type[1] == '8');
}

static void pick_constant(struct fixture *f, struct slow_operand *o)
{
	o->constant = true;
	o->number = chance(f, 70) ? 128 + below(f, 81) : 240 + below(f, 9);
}

static void pick_literal(struct fixture *f, struct slow_operand *o, const char *type)
{
	o->literal = true;
	o->word = random_bits(&f->state);
	if (type[1] == '2')
		o->word = (o->word & 0x7fff) | 0x100;
	else
		o->word |= 0x10000000;
}

/* Anything; one scalar at most is read in a vector instruction. */
static void pick_any(struct fixture *f, struct slow_operand *o, const char *type,
		     bool *scalar, bool literals)
{
	unsigned int n = below(f, 100);

	if (n < 60 || *scalar) {
		pick_vector(f, o, type);
	} else if (n < 75) {
		pick_scalar(f, o, type);
		*scalar = true;
	} else if (n < 90 || !literals) {
		pick_constant(f, o);
	} else {
		pick_literal(f, o, type);
		*scalar = true;
	}
}

static bool is_real(const char *type)
{
	return *type == 'f' || *type == 'F';
}

static int sources(const struct slow_rule *rule)
{
	int n = 0;

	while (n < 3 && slow_type(rule, n + 1))
		n++;
	return n;
}

static bool has_result(const struct slow_rule *rule)
{
	return *rule->types != '-';
}

static void pick_carries(struct fixture *f, struct slow_inst *in, bool vcc)
{
	in->carry_out = vcc ? SLOW_VCC : any_register(f, true);
	in->carry_in = vcc ? SLOW_VCC : any_register(f, true);
}

/* D, carry out, sources, carry in. */
static void add_operands(struct line *line, bool modifiers)
{
	const struct slow_inst *in = &line->in;
	const char *separator = " ";
	int i;

	if (has_result(in->rule)) {
		add(line, " ");
		add_operand(line, &in->dst, in->rule->types[1] == '8', false);
		separator = ", ";
	}
	if (slow_flag(in->rule, '+')) {
		add(line, "%s", separator);
		add_register(line, "s", in->carry_out, true);
		separator = ", ";
	}
	for (i = 0; i < sources(in->rule); i++) {
		const char *type = slow_type(in->rule, i + 1);

		add(line, "%s", i ? ", " : separator);
		add_operand(line, &in->src[i], type[1] == '8',
			    modifiers && is_real(type));
	}
	if (slow_flag(in->rule, '?')) {
		add(line, ", ");
		add_register(line, "s", in->carry_in, true);
	}
}

static void pick_immediate(struct fixture *f, struct slow_operand *o)
{
	o->literal = true;
	o->word = value(f) >> (chance(f, 30) ? 16 : 0) & 0xffff;
}

/* SOPK: a register, and the constant. */
static void make_constant(struct fixture *f, struct line *line)
{
	struct slow_inst *in = &line->in;
	int i, last = sources(in->rule) - 1;

	in->form = SLOW_SCALAR;
	pick_scalar(f, &in->dst, in->rule->types);
	for (i = 0; i < last; i++)
		pick_scalar(f, &in->src[i], slow_type(in->rule, i + 1));
	pick_immediate(f, &in->src[last]);
	add(line, "%s", in->rule->name);
	add_operands(line, false);
}

static void make_scalar(struct fixture *f, struct line *line)
{
	struct slow_inst *in = &line->in;
	bool literal = false;
	int i;

	in->form = SLOW_SCALAR;
	pick_scalar(f, &in->dst, in->rule->types);
	for (i = 0; i < sources(in->rule); i++) {
		const char *type = slow_type(in->rule, i + 1);
		unsigned int n = below(f, 100);

		if (n < 70)
			pick_scalar(f, &in->src[i], type);
		else if (n < 85 || literal)
			pick_constant(f, &in->src[i]);
		else
			pick_literal(f, &in->src[i], type);
		literal |= in->src[i].literal;
	}
	add(line, "%s", in->rule->name);
	add_operands(line, false);
}

static void make_e32(struct fixture *f, struct line *line)
{
	struct slow_inst *in = &line->in;
	bool scalar = slow_flag(in->rule, '?');

	in->form = SLOW_E32;
	pick_any(f, &in->src[0], slow_type(in->rule, 1), &scalar, true);
	if (sources(in->rule) > 1)
		pick_vector(f, &in->src[1], slow_type(in->rule, 2));
	pick_carries(f, in, true);
	add(line, "%s_e32", in->rule->name);
	add_operands(line, false);
}

static void pick_signs(struct fixture *f, struct slow_inst *in, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		/* The assembler takes the sign of a constant for a part of it. */
		if (!is_real(slow_type(in->rule, i + 1)) || in->src[i].constant)
			continue;
		in->src[i].neg = chance(f, 25);
		in->src[i].abs = chance(f, 25);
	}
}

static void pick_output(struct fixture *f, struct slow_inst *in, bool omod)
{
	bool real = is_real(in->rule->types);

	if (real || slow_flag(in->rule, 'c'))
		in->clamp = chance(f, 15);
	if (real && omod)
		in->omod = chance(f, 15) ? 1 + below(f, 3) : 0;
}

static void add_output(struct line *line)
{
	static const char * const omod[] = { "", " mul:2", " mul:4", " div:2" };

	add(line, "%s%s", line->in.clamp ? " clamp" : "", omod[line->in.omod]);
}

/* VOP3 only: 16 bits come from either half. */
static void pick_halves(struct fixture *f, struct line *line)
{
	struct slow_inst *in = &line->in;
	bool keeps = *in->rule->types == 'F' || *in->rule->types == 'I', any = false;
	int i, n = sources(in->rule);

	for (i = 0; i < n; i++) {
		if (slow_type(in->rule, i + 1)[1] == '2' && !in->src[i].constant)
			in->src[i].half = chance(f, 30);
		any |= in->src[i].half;
	}
	in->dst.half = keeps && chance(f, 30);
	if (!any && !in->dst.half)
		return;
	add(line, " op_sel:[");
	for (i = 0; i < n; i++)
		add(line, "%d,", in->src[i].half);
	add(line, "%d]", in->dst.half);
}

static void make_e64(struct fixture *f, struct line *line)
{
	struct slow_inst *in = &line->in;
	bool scalar = slow_flag(in->rule, '?'), only = slow_flag(in->rule, '3');
	int i;

	in->form = SLOW_E64;
	for (i = 0; i < sources(in->rule); i++)
		pick_any(f, &in->src[i], slow_type(in->rule, i + 1), &scalar, false);
	pick_signs(f, in, 3 < sources(in->rule) ? 3 : sources(in->rule));
	pick_carries(f, in, false);
	pick_output(f, in, true);
	add(line, "%s%s", in->rule->name, only ? "" : "_e64");
	add_operands(line, true);
	if (only)
		pick_halves(f, line);
	add_output(line);
}

static const char * const selections[] = {
	"BYTE_0", "BYTE_1", "BYTE_2", "BYTE_3", "WORD_0", "WORD_1", "DWORD",
};

static void pick_selection(struct fixture *f, struct slow_inst *in, int i)
{
	const char *type = slow_type(in->rule, i + 1);

	pick_vector(f, &in->src[i], type);
	in->src[i].sel = below(f, 7);
	in->src[i].sext = !is_real(type) && chance(f, 40);
}

static void make_sdwa(struct fixture *f, struct line *line)
{
	static const char * const unused[] = { "PAD", "SEXT", "PRESERVE" };
	struct slow_inst *in = &line->in;
	int i, n = sources(in->rule);

	in->form = SLOW_SDWA;
	for (i = 0; i < n; i++)
		pick_selection(f, in, i);
	pick_signs(f, in, n);
	pick_carries(f, in, true);
	if (is_real(in->rule->types))
		in->clamp = chance(f, 15);
	in->dst_sel = is_real(in->rule->types) ? 6 : below(f, 7);
	in->dst_unused = in->dst_sel == 6 ? 0 : below(f, 3);
	add(line, "%s_sdwa", in->rule->name);
	add_operands(line, true);
	add_output(line);
	if (has_result(in->rule))
		add(line, " dst_sel:%s dst_unused:UNUSED_%s", selections[in->dst_sel],
		    unused[in->dst_unused]);
	for (i = 0; i < n; i++)
		add(line, " src%d_sel:%s", i, selections[in->src[i].sel]);
}

static void add_dpp(struct fixture *f, struct line *line)
{
	static const struct {
		const char *name;
		unsigned int control;
		unsigned int values;
	} controls[] = {
		{ "row_shl:", 0x100, 15 }, { "row_shr:", 0x110, 15 },
		{ "row_ror:", 0x120, 15 }, { "wave_shl:1", 0x130, 0 },
		{ "wave_rol:1", 0x134, 0 }, { "wave_shr:1", 0x138, 0 },
		{ "wave_ror:1", 0x13c, 0 }, { "row_mirror", 0x140, 0 },
		{ "row_half_mirror", 0x141, 0 }, { "row_bcast:15", 0x142, 0 },
		{ "row_bcast:31", 0x143, 0 }, { "row_newbcast:", 0x150, 15 },
	};
	unsigned int i = below(f, ARRAY_SIZE(controls) + 2), n = 0;
	unsigned int quad = below(f, 256);

	if (i >= ARRAY_SIZE(controls)) {
		line->in.dpp = quad;
		add(line, " quad_perm:[%u,%u,%u,%u]", quad & 3, quad >> 2 & 3,
		    quad >> 4 & 3, quad >> 6);
		return;
	}
	if (controls[i].values)
		n = 1 + below(f, controls[i].values);
	line->in.dpp = controls[i].control + n;
	add(line, " %s", controls[i].name);
	if (n)
		add(line, "%u", n);
}

static void make_dpp(struct fixture *f, struct line *line)
{
	struct slow_inst *in = &line->in;
	int i, n = sources(in->rule);

	in->form = SLOW_DPP;
	for (i = 0; i < n; i++)
		pick_vector(f, &in->src[i], slow_type(in->rule, i + 1));
	pick_signs(f, in, n);
	pick_carries(f, in, true);
	in->row_mask = chance(f, 50) ? 15 : below(f, 16);
	in->bank_mask = chance(f, 50) ? 15 : below(f, 16);
	in->bound_ctrl = chance(f, 50);
	add(line, "%s_dpp", in->rule->name);
	add_operands(line, true);
	add_dpp(f, line);
	add(line, " row_mask:0x%x bank_mask:0x%x%s", in->row_mask, in->bank_mask,
	    in->bound_ctrl ? " bound_ctrl:0" : "");
}

static void make_packed(struct fixture *f, struct line *line)
{
	static const char * const names[] = { "op_sel", "op_sel_hi", "neg_lo", "neg_hi" };
	struct slow_inst *in = &line->in;
	bool scalar = false, bit;
	int i, k, n = sources(in->rule);

	in->form = SLOW_PACKED;
	for (i = 0; i < n; i++) {
		pick_any(f, &in->src[i], "p4", &scalar, false);
		in->src[i].half = chance(f, 30);
		in->src[i].half_hi = chance(f, 70);
		in->src[i].neg = is_real(in->rule->types) && chance(f, 25);
		in->src[i].neg_hi = is_real(in->rule->types) && chance(f, 25);
	}
	pick_output(f, in, false);
	add(line, "%s", in->rule->name);
	add_operands(line, false);
	for (k = 0; k < (is_real(in->rule->types) ? 4 : 2); k++) {
		add(line, " %s:[", names[k]);
		for (i = 0; i < n; i++) {
			const struct slow_operand *o = &in->src[i];

			bit = k == 0 ? o->half : k == 1 ? o->half_hi :
			      k == 2 ? o->neg : o->neg_hi;
			add(line, "%s%d", i ? "," : "", bit);
		}
		add(line, "]");
	}
	add_output(line);
}

/* op_sel_hi says which sources are halves, op_sel which half. */
static void make_mixed(struct fixture *f, struct line *line)
{
	struct slow_inst *in = &line->in;
	bool scalar = false;
	int i;

	in->form = SLOW_MIXED;
	for (i = 0; i < 3; i++) {
		pick_any(f, &in->src[i], "f4", &scalar, false);
		in->src[i].half = chance(f, 50);
		in->src[i].half_hi = chance(f, 60);
	}
	pick_signs(f, in, 3);
	in->dst.half = slow_flag(in->rule, 'h');
	in->clamp = chance(f, 15);
	add(line, "%s", in->rule->name);
	add_operands(line, true);
	add(line, " op_sel:[%d,%d,%d] op_sel_hi:[%d,%d,%d]", in->src[0].half,
	    in->src[1].half, in->src[2].half, in->src[0].half_hi, in->src[1].half_hi,
	    in->src[2].half_hi);
	add_output(line);
}

static void make_line(struct fixture *f, struct line *line,
		      const struct slow_rule *rule)
{
	unsigned int n = below(f, 100);

	memset(line, 0, sizeof(*line));
	line->in.rule = rule;
	line->in.dst_sel = 6;
	if (rule->name[0] == 's') {
		if (*slow_type(rule, sources(rule)) == 'k')
			make_constant(f, line);
		else
			make_scalar(f, line);
		return;
	}
	if (has_result(rule))
		pick_vector(f, &line->in.dst, rule->types);
	if (slow_flag(rule, 'p'))
		make_packed(f, line);
	else if (slow_flag(rule, 'm'))
		make_mixed(f, line);
	else if (slow_flag(rule, '3') || n < 35)
		make_e64(f, line);
	else if (n < 65)
		make_e32(f, line);
	else if (n < 85)
		make_sdwa(f, line);
	else
		make_dpp(f, line);
}

static int do_fetch(void *ctx, u64 va, void *buf, size_t len)
{
	struct fixture *f = ctx;

	if (va < CODE || va + len > CODE + sizeof(f->code))
		return -EFAULT;
	memcpy(buf, (u8 *)f->code + (va - CODE), len);
	return 0;
}

static const struct wave_memory memory = { .fetch = do_fetch };

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->seed = random_seed();
	f->state = random_start(f->seed);
	f->lines = calloc(MAX_INSTS, sizeof(*f->lines));
	f->w = wave_new();
	f->w->memory = &memory;
	f->w->ctx = f;
	f->w->code = code_new();
	f->w->vgprs = SLOW_VGPRS;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	code_free(f->w->code);
	free(f->w);
	free(f->lines);
	free(f);
	return 0;
}

/* Lines that the assembler refuses have no bytes: not every form exists. */
static void assemble(struct fixture *f)
{
	const char **text = calloc(f->n, sizeof(*text));
	struct isa_words *words = calloc(f->n, sizeof(*words));
	unsigned int i;

	for (i = 0; i < f->n; i++)
		text[i] = f->lines[i].text;
	isa_assemble_some(text, f->n, words);
	for (i = 0; i < f->n; i++)
		f->lines[i].words = words[i];
	free(words);
	free(text);
}

static u64 masks(struct fixture *f)
{
	switch (below(f, 6)) {
	case 0:
		return 0;
	case 1:
		return 1ULL << below(f, 64);
	case 2:
	case 3:
		return ~0ULL;
	default:
		return random_bits(&f->state);
	}
}

static const u32 modes[] = { 0x3f0, 0x3f0, 0x1f0, 0x3c0, 0x330, 0x300, 0x100, 0x3f5,
			     0x3fa, 0x3ff, 0xf0, 0x2f0 };

static void fill(struct fixture *f, u32 mode, u64 exec)
{
	unsigned int i, l;

	for (i = 0; i < SLOW_EXEC; i++)
		f->m.s[i] = value(f);
	f->m.s[SLOW_EXEC] = exec;
	f->m.s[SLOW_EXEC + 1] = exec >> 32;
	for (i = 0; i < SLOW_VGPRS; i++) {
		for (l = 0; l < SLOW_LANES; l++)
			f->m.v[i][l] = value(f);
	}
	f->m.scc = below(f, 2);
	f->m.mode = mode;
	wave_reset(f->w, CODE, mode);
	memcpy(f->w->sgpr, f->m.s, sizeof(f->m.s));
	memcpy(f->w->vgpr, f->m.v, sizeof(f->m.v));
	f->w->scc = f->m.scc;
}

/* Results that differ in a NaN's payload, or a little where that is allowed. */
static bool same_real(const char *type, bool about, u64 a, u64 b)
{
	double x, y;
	s64 apart = (s64)(a - b);

	if (type[1] == '2') {
		x = slow_f2(a & 0xffff);
		y = slow_f2(b & 0xffff);
		if ((a ^ b) >> 16)
			return false;
	} else {
		x = type[1] == '4' ? slow_f4(a) : slow_f8(a);
		y = type[1] == '4' ? slow_f4(b) : slow_f8(b);
	}
	if (x != x || y != y)
		return x != x && y != y;
	return about && (x == y || (apart >= -2 && apart <= 2));
}

static u64 result(const struct slow *m, const struct slow_inst *in, int lane)
{
	u64 v = m->v[in->dst.number][lane];

	if (in->rule->types[1] == '8')
		v |= (u64)m->v[in->dst.number + 1][lane] << 32;
	return in->dst.half ? v >> 16 | v << 48 >> 32 : v;
}

static bool same_pair(u64 a, u64 b)
{
	int i;

	for (i = 0; i < 32; i += 16) {
		if ((a ^ b) >> i & 0xffff &&
		    !same_real("f2", false, a >> i & 0xffff, b >> i & 0xffff))
			return false;
	}
	return true;
}

/* Where the wave may differ, the evaluator takes over what it has. */
static void forgive(struct fixture *f, const struct slow_inst *in, struct slow *got)
{
	const char *type = in->rule->types;
	bool pair = in->form == SLOW_PACKED || *type == 'p';
	int l, wide = type[1] == '8';

	if (in->form == SLOW_SCALAR || (!is_real(type) && !pair))
		return;
	for (l = 0; l < SLOW_LANES; l++) {
		u64 a = result(got, in, l), b = result(&f->m, in, l);
		bool same = pair ? same_pair(a, b) :
			    same_real(type, slow_flag(in->rule, '~'), a, b);

		if (!same)
			continue;
		f->m.v[in->dst.number][l] = got->v[in->dst.number][l];
		if (wide)
			f->m.v[in->dst.number + 1][l] = got->v[in->dst.number + 1][l];
	}
}

static void explain(struct fixture *f, const struct line *line, const struct slow *was,
		    const struct slow *got)
{
	unsigned int i, l;

	for (i = 0; i < 128; i++) {
		if (got->s[i] != f->m.s[i])
			print_message("s%u: %08x, not %08x (was %08x)\n", i, got->s[i],
				      f->m.s[i], was->s[i]);
	}
	for (i = 0; i < SLOW_VGPRS * SLOW_LANES; i++) {
		l = i % SLOW_LANES;
		if (got->v[i / SLOW_LANES][l] != f->m.v[i / SLOW_LANES][l]) {
			print_message("v%u lane %u: %08x, not %08x (was %08x); sources",
				      i / SLOW_LANES, l, got->v[i / SLOW_LANES][l],
				      f->m.v[i / SLOW_LANES][l],
				      was->v[i / SLOW_LANES][l]);
			for (i = 0; i < 3; i++)
				print_message(" %08x", line->in.src[i].vector ?
					      was->v[line->in.src[i].number][l] :
					      was->s[line->in.src[i].number % 128]);
			print_message("\n");
			break;
		}
	}
	fail_msg("%s: SEED=%llu, mode %x, scc %u not %u", line->text,
		 (unsigned long long)f->seed, f->m.mode, got->scc, f->m.scc);
}

static void step(struct fixture *f, const struct line *line)
{
	static struct slow got, was;
	enum wave_status status;

	was = f->m;
	memset(f->code, 0, sizeof(f->code));
	memcpy(f->code, line->words.word, line->words.bytes);
	code_flush(f->w->code);
	f->w->pc = CODE;
	status = wave_run(f->w, 1);
	if (status != WAVE_RUNNING)
		fail_msg("%s: status %d: %s", line->text, status, f->w->why);
	slow_step(&f->m, &line->in);
	memcpy(got.s, f->w->sgpr, sizeof(got.s));
	memcpy(got.v, f->w->vgpr, sizeof(got.v));
	got.scc = f->w->scc;
	forgive(f, &line->in, &got);
	if (memcmp(got.s, f->m.s, sizeof(got.s)) || got.scc != f->m.scc ||
	    memcmp(got.v, f->m.v, sizeof(got.v)))
		explain(f, line, &was, &got);
}

/* Every rule, in forms by chance, often enough to see edges of both sources. */
static void every_rule_on_edge_values(void **state)
{
	struct fixture *f = *state;
	struct slow_rule *rule;
	unsigned int i, k, rules = 0, bare = 0;
	bool done;

	f->n = 0;
	for (rule = slow_rules; rule; rule = rule->next) {
		for (i = 0; i < 12; i++)
			make_line(f, &f->lines[f->n++], rule);
	}
	assert_true(f->n <= MAX_INSTS);
	assemble(f);
	for (i = 0, rule = slow_rules; rule; rule = rule->next, rules++) {
		for (k = 0, done = false; k < 12; k++, i++) {
			if (!f->lines[i].words.bytes)
				continue;
			fill(f, modes[k], k % 4 ? ~0ULL : masks(f));
			step(f, &f->lines[i]);
			done = true;
		}
		if (!done) {
			print_message("%s: never assembled\n", rule->name);
			bare++;
		}
	}
	assert_true(rules > 400);
	assert_int_equal(bare, 0);
}

static void random_programs(void **state)
{
	struct fixture *f = *state;
	unsigned int i, rules = 0, done = 0;
	struct slow_rule *rule;

	for (rule = slow_rules; rule; rule = rule->next)
		rules++;
	for (f->n = 0; f->n < MAX_INSTS; f->n++) {
		rule = slow_rules;
		for (i = below(f, rules); i; i--)
			rule = rule->next;
		make_line(f, &f->lines[f->n], rule);
	}
	assemble(f);
	for (i = 0; i < f->n; i++) {
		if (i % LENGTH == 0)
			fill(f, modes[below(f, ARRAY_SIZE(modes))], masks(f));
		if (!f->lines[i].words.bytes)
			continue;
		step(f, &f->lines[i]);
		done++;
	}
	/* Most forms exist. */
	assert_true(done > f->n / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_on_edge_values),
		cmocka_unit_test(random_programs),
	};

	if (!isa_assembler()) {
		printf("1..1\nok 1 - random programs # SKIP no llvm-mc\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
