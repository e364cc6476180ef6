// SPDX-License-Identifier: MIT
#include <fenv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "isa_slow.h"

struct slow_rule *slow_rules;

const char *slow_type(const struct slow_rule *rule, int i)
{
	const char *p = rule->types;

	for (; i > 0; i--) {
		p += strcspn(p, " ");
		p += strspn(p, " ");
	}
	return strchr("fiuFIpk-", *p) && *p ? p : NULL;
}

bool slow_flag(const struct slow_rule *rule, char flag)
{
	const char *p = strrchr(rule->types, ',');

	return p && strchr(p, flag);
}

float slow_f4(u64 bits)
{
	u32 word = bits;
	float v;

	memcpy(&v, &word, sizeof(v));
	return v;
}

double slow_f8(u64 bits)
{
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

u64 slow_r4(float v)
{
	u32 word;

	memcpy(&word, &v, sizeof(word));
	return word;
}

u64 slow_r8(double v)
{
	u64 bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

double slow_f2(u64 bits)
{
	int exponent = bits >> 10 & 31, fraction = bits & 0x3ff;
	double sign = bits & 0x8000 ? -1 : 1;

	if (exponent == 31)
		return fraction ? NAN : sign * INFINITY;
	if (!exponent)
		return sign * ldexp(fraction, -24);
	return sign * ldexp(fraction + 1024, exponent - 25);
}

/* The greatest half that is not above a positive number, by bisection. */
static unsigned int half_below(long double v)
{
	unsigned int low = 0, high = 0x7c00, middle;

	while (high - low > 1) {
		middle = (low + high) / 2;
		if (slow_f2(middle) <= v)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static bool rounds_up(unsigned int low, long double v, bool negative)
{
	long double below = slow_f2(low), above = slow_f2(low + 1);

	/* What would come next if there were no end. */
	if (low == 0x7bff)
		above = 65536;
	if (v == below)
		return false;
	switch (fegetround()) {
	case FE_UPWARD:
		return !negative;
	case FE_DOWNWARD:
		return negative;
	case FE_TOWARDZERO:
		return false;
	default:
		if (v - below == above - v)
			return low & 1;
		return v - below > above - v;
	}
}

u64 slow_r2(long double v)
{
	bool negative = signbit(v);
	unsigned int low;

	if (isnan(v))
		return 0x7e00;
	if (isinf(v))
		return negative ? 0xfc00 : 0x7c00;
	v = fabsl(v);
	low = half_below(v);
	return (low + rounds_up(low, v, negative)) | (negative ? 0x8000 : 0);
}

static const u32 real4[] = {
	0x3f000000, 0xbf000000, 0x3f800000, 0xbf800000, 0x40000000, 0xc0000000,
	0x40800000, 0xc0800000, 0x3e22f983,
};

static const u64 real8[] = {
	0x3fe0000000000000, 0xbfe0000000000000, 0x3ff0000000000000,
	0xbff0000000000000, 0x4000000000000000, 0xc000000000000000,
	0x4010000000000000, 0xc010000000000000, 0x3fc45f306dc9c882,
};

static const u16 real2[] = {
	0x3800, 0xb800, 0x3c00, 0xbc00, 0x4000, 0xc000, 0x4400, 0xc400, 0x3118,
};

static u64 inline_constant(unsigned int number, char bytes)
{
	if (number <= 192)
		return number - 128;
	if (number <= 208)
		return (s64)192 - number;
	switch (bytes) {
	case '2':
		return real2[number - 240];
	case '8':
		return real8[number - 240];
	default:
		return real4[number - 240];
	}
}

static u64 literal(const struct slow_operand *o, const char *type)
{
	if (type[1] == '8' && *type == 'f')
		return (u64)o->word << 32;
	if (type[1] == '8' && *type == 'i')
		return (u64)(s64)(s32)o->word;
	return o->word;
}

static u64 raw(const struct slow *m, const struct slow_operand *o, const char *type,
	       unsigned int lane)
{
	bool wide = type[1] == '8';

	if (o->literal)
		return literal(o, type);
	if (o->constant)
		return inline_constant(o->number, *type == 'p' ? '2' : type[1]);
	if (o->vector)
		return m->v[o->number][lane] |
		       (wide ? (u64)m->v[o->number + 1][lane] << 32 : 0);
	return m->s[o->number] | (wide ? (u64)m->s[o->number + 1] << 32 : 0);
}

/* A part of a register as SDWA selects it. */
static u64 selected(u64 v, unsigned int sel, bool sext)
{
	unsigned int width = sel < 4 ? 8 : 16;
	unsigned int first = sel < 4 ? 8 * sel : 16 * (sel - 4);

	if (sel == 6)
		return v;
	v = v >> first & ((1u << width) - 1);
	if (sext && v >> (width - 1))
		v |= ~0ULL << width;
	return (u32)v;
}

static u64 sign_of(const char *type)
{
	return 1ULL << (8 * (type[1] - '0') - 1);
}

/* Exponent bits; without any it is 0 or a denormal. */
static u64 exponent_of(const char *type)
{
	return type[1] == '2' ? 0x7c00 : type[1] == '4' ? 0x7f800000 :
	       0x7ff0000000000000;
}

static bool denormals(const struct slow *m, const char *type, bool out)
{
	unsigned int first = type[1] == '4' ? 4 : 6;

	return m->mode >> (first + out) & 1;
}

static u64 modified(const struct slow *m, const struct slow_operand *o,
		    const char *type, u64 v, bool neg)
{
	if (*type != 'f' && *type != 'F')
		return v;
	if (o->abs)
		v &= ~sign_of(type);
	if (neg)
		v ^= sign_of(type);
	if (!denormals(m, type, false) && !(v & exponent_of(type)))
		v &= sign_of(type);
	return v;
}

static u64 cut(u64 v, const char *type)
{
	unsigned int bits = 8 * (type[1] - '0');

	return bits == 64 ? v : v & ((1ULL << bits) - 1);
}

/* The lane that DPP reads, or -1. */
static int dpp_lane(unsigned int control, int lane)
{
	int row = lane / 16 * 16, i = lane % 16, n = control % 16;
	int from = -1;

	switch (control >> 4) {
	case 0 ... 15:
		return lane / 4 * 4 + (control >> 2 * (lane % 4)) % 4;
	case 0x10:
		from = i + n < 16 ? lane + n : -1;
		break;
	case 0x11:
		from = i - n >= 0 ? lane - n : -1;
		break;
	case 0x12:
		from = row + (i + 16 - n) % 16;
		break;
	case 0x14:
		from = n ? lane / 8 * 8 + 7 - lane % 8 : row + 15 - i;
		if (n == 2)
			from = lane >= 16 ? row - 1 : -1;
		else if (n == 3)
			from = lane >= 32 ? 31 : -1;
		break;
	case 0x15:
		from = row + n;
		break;
	case 0x13:
		if (n == 0 || n == 8)
			from = n ? lane - 1 : lane + 1;
		else
			from = (n == 4 ? lane + 1 : lane + 63) % 64;
		break;
	}
	return from > 63 ? -1 : from;
}

static u64 exec_of(const struct slow *m)
{
	return m->s[SLOW_EXEC] | (u64)m->s[SLOW_EXEC + 1] << 32;
}

/* Does the lane write, and which lane does it read? */
static bool dpp_on(const struct slow *m, const struct slow_inst *in, int lane,
		   int *from, bool *zero)
{
	*from = dpp_lane(in->dpp, lane);
	*zero = *from < 0 || !(exec_of(m) >> *from & 1);
	if (!(in->row_mask >> lane / 16 & 1) || !(in->bank_mask >> lane / 4 % 4 & 1))
		return false;
	return !*zero || in->bound_ctrl;
}

static u64 source(const struct slow *m, const struct slow_inst *in, int i, int lane)
{
	const struct slow_operand *o = &in->src[i];
	const char *type = slow_type(in->rule, i + 1);
	bool zero = false;
	int from = lane;
	u64 v;

	if (in->form == SLOW_DPP && i == 0)
		dpp_on(m, in, lane, &from, &zero);
	v = zero ? 0 : raw(m, o, type, from);
	if (in->form == SLOW_SDWA && i < 2)
		v = selected(v, o->sel, o->sext);
	if (o->half && *type != 'p')
		v >>= 16;
	return modified(m, o, type, cut(v, type), o->neg);
}

/* Inputs of a packed instruction for one half of the result. */
static u64 packed_source(const struct slow *m, const struct slow_inst *in, int i,
			 int lane, bool high)
{
	const struct slow_operand *o = &in->src[i];
	const char *type = slow_type(in->rule, i + 1);
	bool upper = high ? o->half_hi : o->half;

	return modified(m, o, type, cut(raw(m, o, "p4", lane) >> (upper ? 16 : 0), type),
			high ? o->neg_hi : o->neg);
}

/* A source that is f32 or one half, with all of its bits as f32. */
static u64 mixed_source(const struct slow *m, const struct slow_inst *in, int i, int lane)
{
	const struct slow_operand *o = &in->src[i];
	u64 v;

	if (!o->half_hi)
		return modified(m, o, "f4", raw(m, o, "f4", lane), o->neg);
	v = raw(m, o, o->constant ? "f2" : "u4", lane) >> (o->half ? 16 : 0);
	return slow_r4(slow_f2(modified(m, o, "f2", cut(v, "f2"), o->neg)));
}

static u64 clamped(const struct slow *m, const char *type, u64 v)
{
	double n = type[1] == '2' ? slow_f2(v) : type[1] == '4' ? slow_f4(v) : slow_f8(v);

	if (isnan(n))
		return m->mode & 0x100 ? 0 : v;
	if (n > 1)
		return type[1] == '2' ? 0x3c00 : type[1] == '4' ? 0x3f800000 :
		       0x3ff0000000000000;
	return n > 0 ? v : 0;
}

static u64 scaled(const char *type, u64 v, unsigned int omod)
{
	static const double factor[4] = { 1, 2, 4, 0.5 };

	if (type[1] == '2')
		return slow_r2(slow_f2(v) * factor[omod]);
	if (type[1] == '4')
		return slow_r4(slow_f4(v) * (float)factor[omod]);
	return slow_r8(slow_f8(v) * factor[omod]);
}

/* Output modifiers of real results. */
static u64 finished(const struct slow *m, const struct slow_inst *in,
		    const char *type, u64 v)
{
	v = cut(v, type);
	if (*type != 'f' && *type != 'F')
		return v;
	if (in->omod && !(m->mode & 0x200) && !denormals(m, type, true))
		v = scaled(type, v, in->omod);
	if (in->clamp)
		v = clamped(m, type, v);
	if (!denormals(m, type, true) && !(v & exponent_of(type)))
		v &= sign_of(type);
	return v;
}

static u32 inserted(const struct slow_inst *in, u32 old, u32 v)
{
	unsigned int width = in->dst_sel < 4 ? 8 : 16, i;
	unsigned int first = in->dst_sel < 4 ? 8 * in->dst_sel : 16 * (in->dst_sel - 4);
	u32 d = in->dst_unused == 2 ? old : 0;

	if (in->dst_sel == 6)
		return v;
	for (i = 0; i < 32; i++) {
		bool inside = i >= first && i < first + width;
		bool bit = inside ? v >> (i - first) & 1 :
			   in->dst_unused == 1 && i > first ? v >> (width - 1) & 1 :
			   d >> i & 1;

		d = (d & ~(1u << i)) | (u32)bit << i;
	}
	return d;
}

static void put(struct slow *m, const struct slow_inst *in, const char *type,
		int lane, u64 v)
{
	u32 *d = &m->v[in->dst.number][lane];

	if (type[1] == '8')
		m->v[in->dst.number + 1][lane] = v >> 32;
	if (in->dst.half)
		v = (*d & 0xffff) | v << 16;
	else if (*type == 'F' || *type == 'I')
		v |= *d & 0xffff0000;
	*d = in->form == SLOW_SDWA ? inserted(in, *d, v) : v;
}

static u64 pair(const struct slow *m, unsigned int number)
{
	return m->s[number] | (u64)m->s[number + 1] << 32;
}

static void set_pair(struct slow *m, unsigned int number, u64 v)
{
	m->s[number] = v;
	m->s[number + 1] = v >> 32;
}

static void set_rounding(const struct slow *m, const char *type)
{
	static const int modes[4] = {
		FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO
	};

	fesetround(modes[m->mode >> (type[1] == '4' && *type != 'p' ? 0 : 2) & 3]);
}

static struct slow_lane lane_of(const struct slow *m, const struct slow_inst *in,
				int lane)
{
	return (struct slow_lane){
		.clamp = in->clamp,
		.ieee = m->mode >> 9 & 1,
		.mode = m->mode,
		.lane = lane,
		.set = in->rule->set,
	};
}

static u64 packed_value(const struct slow *m, const struct slow_inst *in, int lane,
			const char *type)
{
	u64 d = 0;
	int half;

	for (half = 0; half < 2; half++) {
		struct slow_lane x = lane_of(m, in, lane);
		u64 *v[3] = { &x.a, &x.b, &x.c };
		int i;

		for (i = 0; i < 3 && slow_type(in->rule, i + 1); i++)
			*v[i] = packed_source(m, in, i, lane, half);
		d |= finished(m, in, type, in->rule->value(&x)) << 16 * half;
	}
	return d;
}

static void vector_lane(struct slow *m, const struct slow_inst *in, int lane,
			u64 carries, u64 *out)
{
	const char *type = slow_type(in->rule, 0);
	struct slow_lane x = lane_of(m, in, lane);
	u64 *v[3] = { &x.a, &x.b, &x.c }, d;
	int i;

	if (in->form == SLOW_PACKED) {
		put(m, in, "p4", lane, packed_value(m, in, lane, type));
		return;
	}
	for (i = 0; i < 3 && slow_type(in->rule, i + 1); i++)
		*v[i] = in->form == SLOW_MIXED ? mixed_source(m, in, i, lane) :
						 source(m, in, i, lane);
	x.carry = carries >> lane & 1;
	if (in->dst.vector)
		x.old = raw(m, &in->dst, type, lane);
	if (slow_flag(in->rule, '='))
		x.old = modified(m, &(struct slow_operand){ 0 }, type, x.old, false);
	d = in->rule->value(&x);
	*out |= (u64)x.carry << lane;
	if (*type != '-')
		put(m, in, type, lane, finished(m, in, type, d));
}

static void vector_step(struct slow *m, const struct slow_inst *in)
{
	u64 exec = exec_of(m), carries = pair(m, in->carry_in), out = 0;
	struct slow before = *m;
	bool zero;
	int lane, from;

	for (lane = 0; lane < SLOW_LANES; lane++) {
		struct slow one = before;

		if (!(exec >> lane & 1))
			continue;
		if (in->form == SLOW_DPP && !dpp_on(m, in, lane, &from, &zero))
			continue;
		vector_lane(&one, in, lane, carries, &out);
		m->v[in->dst.number][lane] = one.v[in->dst.number][lane];
		m->v[in->dst.number + 1][lane] = one.v[in->dst.number + 1][lane];
	}
	if (slow_flag(in->rule, '+'))
		set_pair(m, in->carry_out, out);
	if (slow_flag(in->rule, 'x'))
		set_pair(m, SLOW_EXEC, out);
}

static void scalar_step(struct slow *m, const struct slow_inst *in)
{
	const char *type = slow_type(in->rule, 0);
	struct slow_lane x = { .carry = m->scc };
	u64 *v[3] = { &x.a, &x.b, &x.c }, d;
	int i;

	for (i = 0; i < 3 && slow_type(in->rule, i + 1); i++)
		*v[i] = cut(raw(m, &in->src[i], slow_type(in->rule, i + 1), 0),
			    slow_type(in->rule, i + 1));
	x.old = type[1] == '8' ? pair(m, in->dst.number) : m->s[in->dst.number];
	if (slow_flag(in->rule, 'x'))
		x.b = exec_of(m);
	d = in->rule->value(&x);
	m->scc = x.carry;
	/* *_saveexec: the result is EXEC, the old one goes to the destination. */
	if (slow_flag(in->rule, 'x')) {
		set_pair(m, in->dst.number, x.b);
		set_pair(m, SLOW_EXEC, d);
		return;
	}
	if (type[1] == '8')
		set_pair(m, in->dst.number, d);
	else if (*type != '-')
		m->s[in->dst.number] = d;
}

void slow_step(struct slow *m, const struct slow_inst *in)
{
	if (!slow_flag(in->rule, '~'))
		set_rounding(m, slow_type(in->rule, 0));
	if (in->form == SLOW_SCALAR)
		scalar_step(m, in);
	else
		vector_step(m, in);
	fesetround(FE_TONEAREST);
}
