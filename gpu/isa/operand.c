// SPDX-License-Identifier: MIT
/*
 * Sources and destinations.
 */
#include <math.h>

#include "half.h"
#include "operand.h"

/* 240-248: +-0.5, +-1, +-2, +-4, 1/(2*pi), in three widths. */
static const u32 inline_f32[9] = {
	0x3f000000, 0xbf000000, 0x3f800000, 0xbf800000, 0x40000000, 0xc0000000,
	0x40800000, 0xc0800000, 0x3e22f983,
};

static const u64 inline_f64[9] = {
	0x3fe0000000000000, 0xbfe0000000000000, 0x3ff0000000000000,
	0xbff0000000000000, 0x4000000000000000, 0xc000000000000000,
	0x4010000000000000, 0xc010000000000000, 0x3fc45f306dc9c882,
};

static const u16 inline_f16[9] = {
	0x3800, 0xb800, 0x3c00, 0xbc00, 0x4000, 0xc000, 0x4400, 0xc400, 0x3118,
};

/* What is a constant of any width: integers and the wave's own state. */
static bool special(const struct wave *w, unsigned int operand, u64 *v)
{
	switch (operand) {
	case 128 ... 192:
		*v = operand - 128;
		return true;
	case 193 ... 208:
		*v = (s64)192 - operand;
		return true;
	case 235:
		*v = w->shared_base;
		return true;
	case 236:
		*v = w->shared_base + 0xffffffff;
		return true;
	case 237:
		*v = w->private_base;
		return true;
	case 238:
		*v = w->private_base + 0xffffffff;
		return true;
	case 251:
		*v = !wave_vcc(w);
		return true;
	case 252:
		*v = !wave_exec(w);
		return true;
	case 253:
		*v = w->scc;
		return true;
	default:
		return false;
	}
}

/* Of 32 bits, an aperture is its upper half. */
static u32 special32(unsigned int operand, u64 v)
{
	return operand >= 235 && operand <= 238 ? v >> 32 : v;
}

u32 scalar32(const struct wave *w, const struct inst *in, unsigned int operand)
{
	u64 v;

	if (operand < SGPR_COUNT)
		return w->sgpr[operand];
	if (operand == OPERAND_LITERAL)
		return in->literal;
	if (operand >= 240 && operand <= 248)
		return inline_f32[operand - 240];
	if (special(w, operand, &v))
		return special32(operand, v);
	return 0;
}

/* A literal of 64 bits: signed sources extend the sign, others have 0 above. */
u64 scalar64(const struct wave *w, const struct inst *in, unsigned int operand)
{
	u64 v;

	if (operand < SGPR_COUNT - 1)
		return sgpr64(w, operand);
	if (operand == OPERAND_LITERAL)
		return in->literal_signed ? (u64)(s64)(s32)in->literal : in->literal;
	if (operand >= 240 && operand <= 248)
		return inline_f64[operand - 240];
	return special(w, operand, &v) ? v : 0;
}

static u16 scalar16(const struct wave *w, const struct inst *in,
		    unsigned int operand)
{
	if (operand >= 240 && operand <= 248)
		return inline_f16[operand - 240];
	return scalar32(w, in, operand);
}

/*
 * dpp_source() - the lane that lane l reads, or -1: there is none
 *
 * 0x00-0xff quad_perm, 0x101 row_shl, 0x111 row_shr, 0x121 row_ror, 0x130
 * wave_shl, 0x134 wave_rol, 0x138 wave_shr, 0x13c wave_ror, 0x140 row_mirror,
 * 0x141 row_half_mirror, 0x142 row_bcast:15, 0x143 row_bcast:31, 0x151
 * row_newbcast.
 */
static int dpp_source(u32 ctrl, int l)
{
	int row = l & ~15, i = l & 15, n = ctrl & 15;

	if (ctrl < 0x100)
		return (l & ~3) | (ctrl >> (2 * (l & 3)) & 3);
	if (ctrl >= 0x101 && ctrl <= 0x10f)
		return i + n < 16 ? l + n : -1;
	if (ctrl >= 0x111 && ctrl <= 0x11f)
		return i >= n ? l - n : -1;
	if (ctrl >= 0x121 && ctrl <= 0x12f)
		return row | ((i - n) & 15);
	if (ctrl >= 0x150 && ctrl <= 0x15f)
		return row | n;
	switch (ctrl) {
	case 0x130:
		return l < 63 ? l + 1 : -1;
	case 0x134:
		return (l + 1) & 63;
	case 0x138:
		return l - 1;
	case 0x13c:
		return (l - 1) & 63;
	case 0x140:
		return row | (15 - i);
	case 0x141:
		return (l & ~7) | (7 - (l & 7));
	case 0x142:
		return l >= 16 ? row - 1 : -1;
	case 0x143:
		return l >= 32 ? 31 : -1;
	default:
		return -1;
	}
}

/*
 * A lane is written only if its row and bank are on, and if it has a source, or
 * reads 0 instead because of bound_ctrl.  Lanes that are off are no source.
 */
static const u32 *dpp(struct wave *w, const struct inst *in, const u32 *reg,
		      u32 *buf)
{
	u64 exec = wave_exec(w);
	int l, from;

	for (l = 0; l < WAVE_LANES; l++) {
		from = dpp_source(in->dpp, l);
		if (from >= 0 && !(exec >> from & 1))
			from = -1;
		buf[l] = from >= 0 ? reg[from] : 0;
		if (!(in->row_mask >> (l / 16) & 1) ||
		    !(in->bank_mask >> (l / 4 % 4) & 1) ||
		    (from < 0 && !in->bound_ctrl))
			w->mask &= ~(1ULL << l);
	}
	return buf;
}

/* Selections of SDWA: 0-3 byte, 4-5 word, 6 all. */
static u32 sdwa_select(u32 v, unsigned int sel, bool sext)
{
	if (sel < 4) {
		v = v >> (8 * sel) & 0xff;
		return sext ? (u32)(s8)v : v;
	}
	if (sel < 6) {
		v = v >> (16 * (sel - 4)) & 0xffff;
		return sext ? (u32)(s16)v : v;
	}
	return v;
}

static const u32 *sdwa(const struct inst *in, int i, const u32 *reg, u32 *buf)
{
	int l;

	for (l = 0; l < WAVE_LANES; l++)
		buf[l] = sdwa_select(reg[l], in->src_sel[i], in->sext >> i & 1);
	return buf;
}

FOR_LANES static const u32 *broadcast(u32 v, u32 *buf)
{
	int l;

	for (l = 0; l < WAVE_LANES; l++)
		buf[l] = v;
	return buf;
}

const u32 *src_u32(struct wave *w, const struct inst *in, int i, u32 *buf)
{
	unsigned int operand = in->src[i];
	const u32 *v;

	if (operand >= OPERAND_VGPR)
		v = reg32(w, operand);
	else
		v = broadcast(scalar32(w, in, operand), buf);
	if (in->variant == ISA_DPP && i == 0)
		return dpp(w, in, v, buf);
	if (in->variant == ISA_SDWA && i < 2 && in->src_sel[i] < 6)
		return sdwa(in, i, v, buf);
	return v;
}

const s32 *src_s32(struct wave *w, const struct inst *in, int i, s32 *buf)
{
	return (const s32 *)src_u32(w, in, i, (u32 *)buf);
}

/* abs and neg on bit patterns of which @sign is the sign. */
static u32 modify32(const struct inst *in, int i, u32 v, u32 sign)
{
	if (in->abs >> i & 1)
		v &= ~sign;
	if (in->neg >> i & 1)
		v ^= sign;
	return v;
}

static u32 flush32(u32 v)
{
	return v & 0x7f800000 ? v : v & 0x80000000;
}

FOR_LANES const float *src_f32(struct wave *w, const struct inst *in, int i, float *buf)
{
	bool flush = !(w->mode & MODE_DENORM32_IN);
	const u32 *v = src_u32(w, in, i, (u32 *)buf);
	u32 *out = (u32 *)buf;
	int l;

	if (!((in->abs | in->neg) >> i & 1) && !flush)
		return (const float *)v;
	for (l = 0; l < WAVE_LANES; l++)
		out[l] = modify32(in, i, v[l], 0x80000000);
	for (l = 0; flush && l < WAVE_LANES; l++)
		out[l] = flush32(out[l]);
	return buf;
}

FOR_LANES const u64 *src_u64(struct wave *w, const struct inst *in, int i, u64 *buf)
{
	unsigned int operand = in->src[i];
	u32 lo[WAVE_LANES], hi[WAVE_LANES];
	const u32 *a, *b;
	u64 v;
	int l;

	if (operand < OPERAND_VGPR) {
		v = scalar64(w, in, operand);
		for (l = 0; l < WAVE_LANES; l++)
			buf[l] = v;
		return buf;
	}
	a = reg32(w, operand);
	b = reg32(w, operand + 1);
	if (in->variant == ISA_DPP && i == 0) {
		a = dpp(w, in, a, lo);
		b = dpp(w, in, b, hi);
	}
	for (l = 0; l < WAVE_LANES; l++)
		buf[l] = a[l] | (u64)b[l] << 32;
	return buf;
}

const s64 *src_s64(struct wave *w, const struct inst *in, int i, s64 *buf)
{
	return (const s64 *)src_u64(w, in, i, (u64 *)buf);
}

/* A literal of a 64-bit float source is its upper half. */
FOR_LANES const double *src_f64(struct wave *w, const struct inst *in, int i, double *buf)
{
	const u64 sign = 1ULL << 63;
	u64 *v = (u64 *)buf;
	int l;

	src_u64(w, in, i, v);
	for (l = 0; in->src[i] == OPERAND_LITERAL && l < WAVE_LANES; l++)
		v[l] = (u64)in->literal << 32;
	for (l = 0; in->abs >> i & 1 && l < WAVE_LANES; l++)
		v[l] &= ~sign;
	for (l = 0; in->neg >> i & 1 && l < WAVE_LANES; l++)
		v[l] ^= sign;
	for (l = 0; !(w->mode & MODE_DENORM64_IN) && l < WAVE_LANES; l++) {
		if (!(v[l] & 0x7ff0000000000000))
			v[l] &= sign;
	}
	return buf;
}

const u16 *src_u16(struct wave *w, const struct inst *in, int i, u16 *buf)
{
	unsigned int shift = in->format == ISA_VOP3 && in->op_sel >> i & 1 ? 16 : 0;
	u32 lanes[WAVE_LANES];
	const u32 *v;
	u16 s;
	int l;

	if (in->src[i] < OPERAND_VGPR && in->variant == ISA_PLAIN) {
		s = in->src[i] < SGPR_COUNT || in->src[i] == OPERAND_LITERAL ?
			scalar32(w, in, in->src[i]) >> shift :
			scalar16(w, in, in->src[i]);
		for (l = 0; l < WAVE_LANES; l++)
			buf[l] = s;
		return buf;
	}
	v = src_u32(w, in, i, lanes);
	for (l = 0; l < WAVE_LANES; l++)
		buf[l] = v[l] >> shift;
	return buf;
}

const s16 *src_s16(struct wave *w, const struct inst *in, int i, s16 *buf)
{
	return (const s16 *)src_u16(w, in, i, (u16 *)buf);
}

const float *src_f16(struct wave *w, const struct inst *in, int i, float *buf)
{
	bool flush = !(w->mode & MODE_DENORM64_IN);
	u16 h[WAVE_LANES];
	u32 v;
	int l;

	src_u16(w, in, i, h);
	for (l = 0; l < WAVE_LANES; l++) {
		v = modify32(in, i, h[l], 0x8000);
		if (flush && !(v & 0x7c00))
			v &= 0x8000;
		buf[l] = half_to_float(v);
	}
	return buf;
}

const u32 *old_u32(struct wave *w, const struct inst *in)
{
	return reg32(w, in->dst);
}

/* 64 dwords, in steps that need no call. */
typedef u32 quarter __attribute__((vector_size(64), aligned(4), may_alias));

FOR_LANES static void copy_lanes(u32 *to, const u32 *from)
{
	int i;

	for (i = 0; i < WAVE_LANES; i += 16)
		*(quarter *)(to + i) = *(const quarter *)(from + i);
}

FOR_LANES static void write_lanes(struct wave *w, unsigned int operand, const u32 *d)
{
	u32 *reg = reg32(w, operand);
	u64 mask = w->mask;
	u32 half;
	int l;

	if (mask == ~0ULL) {
		copy_lanes(reg, d);
		return;
	}
	half = mask;
	for (l = 0; l < 32; l++)
		reg[l] = half >> l & 1 ? d[l] : reg[l];
	half = mask >> 32;
	for (l = 0; l < 32; l++)
		reg[l + 32] = half >> l & 1 ? d[l + 32] : reg[l + 32];
}

/* dst_unused: 0 pad with 0, 1 with the sign, 2 keep. */
static u32 sdwa_insert(const struct inst *in, u32 old, u32 v)
{
	unsigned int width = in->dst_sel < 4 ? 8 : 16;
	unsigned int first = in->dst_sel < 4 ? 8 * in->dst_sel :
					       16 * (in->dst_sel - 4);
	u32 field = ((1u << width) - 1) << first;
	u32 placed = v << first & field;

	if (in->dst_unused == 2)
		return (old & ~field) | placed;
	if (in->dst_unused == 1 && v >> (width - 1) & 1)
		placed |= ~(field | ((1u << first) - 1));
	return placed;
}

void dst_u32(struct wave *w, const struct inst *in, const u32 *d)
{
	const u32 *old = reg32(w, in->dst);
	u32 out[WAVE_LANES];
	int l;

	if (in->variant != ISA_SDWA || in->dst_sel == 6) {
		write_lanes(w, in->dst, d);
		return;
	}
	for (l = 0; l < WAVE_LANES; l++)
		out[l] = sdwa_insert(in, old[l], d[l]);
	write_lanes(w, in->dst, out);
}

void dst_s32(struct wave *w, const struct inst *in, const s32 *d)
{
	dst_u32(w, in, (const u32 *)d);
}

FOR_LANES void dst_u64(struct wave *w, const struct inst *in, const u64 *d)
{
	u32 lo[WAVE_LANES], hi[WAVE_LANES];
	int l;

	for (l = 0; l < WAVE_LANES; l++) {
		lo[l] = d[l];
		hi[l] = d[l] >> 32;
	}
	write_lanes(w, in->dst, lo);
	write_lanes(w, in->dst + 1, hi);
}

void dst_s64(struct wave *w, const struct inst *in, const s64 *d)
{
	dst_u64(w, in, (const u64 *)d);
}

/* omod: 1 times 2, 2 times 4, 3 half; not with IEEE or denormal results. */
static double omod_factor(const struct wave *w, const struct inst *in, u32 denorm)
{
	static const double factor[4] = { 1, 2, 4, 0.5 };

	return w->mode & (MODE_IEEE | denorm) ? 1 : factor[in->omod];
}

/* Clamped to 0..1; NaN becomes 0 with DX10_CLAMP. */
static double clamp_unit(const struct wave *w, double v)
{
	if (isnan(v))
		return w->mode & MODE_DX10_CLAMP ? 0 : v;
	return v > 1 ? 1 : v > 0 ? v : 0;
}

FOR_LANES void dst_f32(struct wave *w, const struct inst *in, float *d)
{
	float factor = omod_factor(w, in, MODE_DENORM32_OUT);
	u32 *v = (u32 *)d;
	int l;

	for (l = 0; factor != 1 && l < WAVE_LANES; l++)
		d[l] *= factor;
	for (l = 0; in->clamp && l < WAVE_LANES; l++) {
		if (!isnan(d[l]) || w->mode & MODE_DX10_CLAMP)
			d[l] = clamp_unit(w, d[l]);
	}
	for (l = 0; !(w->mode & MODE_DENORM32_OUT) && l < WAVE_LANES; l++)
		v[l] = flush32(v[l]);
	dst_u32(w, in, v);
}

FOR_LANES void dst_f64(struct wave *w, const struct inst *in, double *d)
{
	double factor = omod_factor(w, in, MODE_DENORM64_OUT);
	u64 *v = (u64 *)d;
	int l;

	for (l = 0; factor != 1 && l < WAVE_LANES; l++)
		d[l] *= factor;
	for (l = 0; in->clamp && l < WAVE_LANES; l++)
		d[l] = clamp_unit(w, d[l]);
	for (l = 0; !(w->mode & MODE_DENORM64_OUT) && l < WAVE_LANES; l++) {
		if (!(v[l] & 0x7ff0000000000000))
			v[l] &= 1ULL << 63;
	}
	dst_u64(w, in, v);
}

/*
 * dst_u16() - 16 bits
 *
 * What came with GFX9 in VOP3 writes the half that op_sel names and keeps the other
 * one.  All else clears the upper half of the register.
 */
void dst_u16(struct wave *w, const struct inst *in, const u16 *d)
{
	const u32 *old = reg32(w, in->dst);
	u32 out[WAVE_LANES];
	int l;

	for (l = 0; l < WAVE_LANES; l++) {
		if (in->format == ISA_VOP3 && in->op_sel & 8)
			out[l] = (old[l] & 0xffff) | (u32)d[l] << 16;
		else if (in->keeps_half)
			out[l] = (old[l] & 0xffff0000) | d[l];
		else
			out[l] = d[l];
	}
	dst_u32(w, in, out);
}

void dst_s16(struct wave *w, const struct inst *in, const s16 *d)
{
	dst_u16(w, in, (const u16 *)d);
}

void dst_h16(struct wave *w, const struct inst *in, const u16 *d)
{
	double factor = omod_factor(w, in, MODE_DENORM64_OUT);
	u16 out[WAVE_LANES];
	int l;

	for (l = 0; l < WAVE_LANES; l++) {
		out[l] = d[l];
		if (factor != 1)
			out[l] = half_from(half_to_float(out[l]) * factor);
		if (in->clamp)
			out[l] = half_from(clamp_unit(w, half_to_float(out[l])));
		if (!(w->mode & MODE_DENORM64_OUT) && !(out[l] & 0x7c00))
			out[l] &= 0x8000;
	}
	dst_u16(w, in, out);
}

void dst_f16(struct wave *w, const struct inst *in, float *d)
{
	u16 h[WAVE_LANES];
	int l;

	for (l = 0; l < WAVE_LANES; l++) {
		h[l] = half_from(d[l]);
		if (w->mode & MODE_FP16_OVFL && (h[l] & 0x7fff) == 0x7c00 &&
		    !isinf(d[l]))
			h[l]--;
	}
	dst_h16(w, in, h);
}
