// SPDX-License-Identifier: MIT
/*
 * From words to struct inst.
 */
#include <stdlib.h>

#include "inst.h"

static u32 bits(u32 word, unsigned int first, unsigned int count)
{
	return word >> first & ((1u << count) - 1);
}

static s32 sign_extend(u32 v, unsigned int width)
{
	return (s32)(v << (32 - width)) >> (32 - width);
}

static const struct isa_row *find(struct inst *in, enum isa_format format,
				  unsigned int op)
{
	const struct isa_table *t = &isa_tables[format];

	in->format = format;
	if (op >= t->rows || !t->row[op].name)
		return NULL;
	in->row = &t->row[op];
	in->exec = in->row->exec;
	return in->row;
}

/* A literal follows the first @size bytes; it cannot follow a literal. */
static void literal(struct inst *in, const u32 *words)
{
	in->literal = words[in->size / 4];
	in->literal_signed = !!strstr(in->row->name, "_i64");
	in->size += 4;
}

static bool sources_literal(const struct inst *in)
{
	return in->src[0] == OPERAND_LITERAL || in->src[1] == OPERAND_LITERAL;
}

static bool decode_sop2(struct inst *in, const u32 *words)
{
	u32 w = words[0];

	in->dst = bits(w, 16, 7);
	in->src[0] = bits(w, 0, 8);
	in->src[1] = bits(w, 8, 8);
	if (!find(in, ISA_SOP2, bits(w, 23, 7)))
		return false;
	if (sources_literal(in))
		literal(in, words);
	return true;
}

static bool decode_sopk(struct inst *in, const u32 *words)
{
	u32 w = words[0];

	in->dst = bits(w, 16, 7);
	in->offset = sign_extend(w & 0xffff, 16);
	if (!find(in, ISA_SOPK, bits(w, 23, 5)))
		return false;
	if (strchr(in->row->operands, 'L'))
		literal(in, words);
	return true;
}

static bool decode_sop1(struct inst *in, const u32 *words)
{
	u32 w = words[0];

	in->dst = bits(w, 16, 7);
	in->src[0] = bits(w, 0, 8);
	if (!find(in, ISA_SOP1, bits(w, 8, 8)))
		return false;
	if (in->src[0] == OPERAND_LITERAL && strchr(in->row->operands, 'A'))
		literal(in, words);
	return true;
}

static bool decode_sopc(struct inst *in, const u32 *words)
{
	u32 w = words[0];

	in->src[0] = bits(w, 0, 8);
	in->src[1] = bits(w, 8, 8);
	if (!find(in, ISA_SOPC, bits(w, 16, 7)))
		return false;
	if (strchr(in->row->operands, 'B') && sources_literal(in))
		literal(in, words);
	return true;
}

static bool decode_sopp(struct inst *in, const u32 *words)
{
	in->offset = sign_extend(words[0] & 0xffff, 16);
	return find(in, ISA_SOPP, bits(words[0], 16, 7));
}

static bool decode_smem(struct inst *in, const u32 *words)
{
	u32 w = words[0];

	in->size = 8;
	in->src[0] = bits(w, 0, 6) * 2;
	in->dst = bits(w, 6, 7);
	in->glc = bits(w, 16, 1);
	in->saddr = 0xffff;
	if (bits(w, 17, 1))
		in->offset = sign_extend(bits(words[1], 0, 21), 21);
	else
		in->saddr = bits(words[1], 0, 7);
	if (bits(w, 14, 1)) {
		/* soffset_en: both */
		in->saddr = bits(words[1], 25, 7);
	}
	return find(in, ISA_SMEM, bits(w, 18, 8));
}

/* Sources 249 and 250 of VOP1, VOP2 and VOPC: another dword has the operand. */
static void decode_sdwa(struct inst *in, u32 w)
{
	in->size = 8;
	in->variant = ISA_SDWA;
	in->src[0] = bits(w, 0, 8) + (bits(w, 23, 1) ? 0 : OPERAND_VGPR);
	if (bits(w, 31, 1))
		in->src[1] -= OPERAND_VGPR;
	in->src_sel[0] = bits(w, 16, 3);
	in->src_sel[1] = bits(w, 24, 3);
	in->sext = bits(w, 19, 1) | bits(w, 27, 1) << 1;
	in->neg = bits(w, 20, 1) | bits(w, 28, 1) << 1;
	in->abs = bits(w, 21, 1) | bits(w, 29, 1) << 1;
	if (in->format == ISA_VOPC) {
		in->dst_sel = 6;
		if (bits(w, 15, 1))
			in->sdst = bits(w, 8, 7);
		return;
	}
	in->dst_sel = bits(w, 8, 3);
	in->dst_unused = bits(w, 11, 2);
	in->clamp = bits(w, 13, 1);
	in->omod = bits(w, 14, 2);
}

static void decode_dpp(struct inst *in, u32 w)
{
	in->size = 8;
	in->variant = ISA_DPP;
	in->src[0] = bits(w, 0, 8) + OPERAND_VGPR;
	in->dpp = bits(w, 8, 9);
	in->bound_ctrl = bits(w, 19, 1);
	in->neg = bits(w, 20, 1) | bits(w, 22, 1) << 1;
	in->abs = bits(w, 21, 1) | bits(w, 23, 1) << 1;
	in->bank_mask = bits(w, 24, 4);
	in->row_mask = bits(w, 28, 4);
}

/* v_accvgpr_mov_b32 is the only one of 32 bits that names a registers. */
static void registers_acc(struct inst *in)
{
	if (!strcmp(in->row->name, "v_accvgpr_mov_b32")) {
		in->dst += OPERAND_ACC - OPERAND_VGPR;
		in->src[0] += OPERAND_ACC - OPERAND_VGPR;
	}
}

static bool decode_vop_tail(struct inst *in, const u32 *words)
{
	u32 src0 = bits(words[0], 0, 9);

	in->src[0] = src0;
	if (strchr(in->row->operands, 'G'))
		in->dst -= OPERAND_VGPR;
	if (src0 == 249)
		decode_sdwa(in, words[1]);
	else if (src0 == 250)
		decode_dpp(in, words[1]);
	else if (src0 == OPERAND_LITERAL || strchr(in->row->operands, 'L'))
		literal(in, words);
	registers_acc(in);
	return true;
}

static bool decode_vop1(struct inst *in, const u32 *words)
{
	in->dst = bits(words[0], 17, 8) + OPERAND_VGPR;
	return find(in, ISA_VOP1, bits(words[0], 9, 8)) &&
	       decode_vop_tail(in, words);
}

static bool decode_vopc(struct inst *in, const u32 *words)
{
	in->src[1] = bits(words[0], 9, 8) + OPERAND_VGPR;
	in->sdst = SGPR_VCC;
	return find(in, ISA_VOPC, bits(words[0], 17, 8)) &&
	       decode_vop_tail(in, words);
}

static bool decode_vop2(struct inst *in, const u32 *words)
{
	in->dst = bits(words[0], 17, 8) + OPERAND_VGPR;
	in->src[1] = bits(words[0], 9, 8) + OPERAND_VGPR;
	in->src[2] = SGPR_VCC;
	in->sdst = SGPR_VCC;
	return find(in, ISA_VOP2, bits(words[0], 25, 6)) &&
	       decode_vop_tail(in, words);
}

static void sources3(struct inst *in, u32 w)
{
	in->size = 8;
	in->src[0] = bits(w, 0, 9);
	in->src[1] = bits(w, 9, 9);
	in->src[2] = bits(w, 18, 9);
}

static bool decode_vop3(struct inst *in, const u32 *words)
{
	u32 w = words[0];

	sources3(in, words[1]);
	if (!find(in, ISA_VOP3, bits(w, 16, 10)))
		return false;
	/* Below are VOPC, VOP2 and VOP1 in this encoding. */
	in->keeps_half = bits(w, 16, 10) >= 0x1c0 && !strstr(in->row->name, "_legacy");
	in->clamp = bits(w, 15, 1);
	in->omod = bits(words[1], 27, 2);
	in->neg = bits(words[1], 29, 3);
	in->dst = bits(w, 0, 8);
	if (strchr(in->row->operands, 'G')) {
		in->sdst = in->dst;
		if (bits(w, 16, 10) >= 0x100)	/* v_readlane_b32 */
			in->sdst = 0;
	} else {
		in->dst += OPERAND_VGPR;
	}
	if (strchr(in->row->operands, 'E')) {
		in->sdst = bits(w, 8, 7);
	} else {
		in->abs = bits(w, 8, 3);
		in->op_sel = bits(w, 11, 4);
	}
	/* No literals: 255 is reserved. */
	return in->src[0] != 255 && in->src[1] != 255 && in->src[2] != 255;
}

static bool is_mfma(const struct inst *in)
{
	return !strncmp(in->row->name, "v_mfma", 6);
}

static void acc_if(u16 *operand, bool acc)
{
	if (acc && *operand >= OPERAND_VGPR)
		*operand += OPERAND_ACC - OPERAND_VGPR;
}

static bool decode_vop3p(struct inst *in, const u32 *words)
{
	u32 w = words[0], op = bits(w, 16, 7);

	sources3(in, words[1]);
	if (!find(in, ISA_VOP3P, op))
		return false;
	in->dst = bits(w, 0, 8) + OPERAND_VGPR;
	if (is_mfma(in)) {
		in->cbsz = bits(w, 8, 3);
		in->abid = bits(w, 11, 4);
		in->blgp = bits(words[1], 29, 3);
		acc_if(&in->dst, bits(w, 15, 1));
		acc_if(&in->src[2], bits(w, 15, 1));
		acc_if(&in->src[0], bits(words[1], 27, 1));
		acc_if(&in->src[1], bits(words[1], 28, 1));
	} else if (!strncmp(in->row->name, "v_accvgpr_read", 14)) {
		acc_if(&in->src[0], true);
	} else if (!strncmp(in->row->name, "v_accvgpr_write", 15)) {
		in->dst += OPERAND_ACC - OPERAND_VGPR;
	} else {
		in->neg_hi = bits(w, 8, 3);
		in->op_sel = bits(w, 11, 3);
		in->op_sel_hi = bits(words[1], 27, 2) | bits(w, 14, 1) << 2;
		in->clamp = bits(w, 15, 1);
		in->neg = bits(words[1], 29, 3);
	}
	return in->src[0] != 255 && in->src[1] != 255 && in->src[2] != 255;
}

/* Data registers of memory instructions, all a if the bit is set. */
static u16 data(u32 w, unsigned int first, bool acc)
{
	return bits(w, first, 8) + (acc ? OPERAND_ACC : OPERAND_VGPR);
}

static bool decode_ds(struct inst *in, const u32 *words)
{
	u32 w = words[0], v = words[1];
	bool acc = bits(w, 25, 1);

	in->size = 8;
	in->offset = bits(w, 0, 16);
	in->lds = bits(w, 16, 1);	/* GDS */
	in->src[0] = data(v, 0, false);
	in->src[1] = data(v, 8, acc);
	in->src[2] = data(v, 16, acc);
	in->dst = data(v, 24, acc);
	return find(in, ISA_DS, bits(w, 17, 8));
}

static bool decode_flat(struct inst *in, const u32 *words)
{
	static const u8 format[4] = { ISA_FLAT, ISA_SCRATCH, ISA_GLOBAL, 0 };
	u32 w = words[0], v = words[1], segment = bits(w, 14, 2);
	bool acc = bits(v, 23, 1);

	in->size = 8;
	if (segment == 3)
		return false;
	/* 13 bits, signed; FLAT takes 12, unsigned. */
	in->offset = segment ? sign_extend(bits(w, 0, 13), 13) :
			       (s32)bits(w, 0, 12);
	in->lds = bits(w, 13, 1);
	in->glc = bits(w, 16, 1);
	in->slc = bits(w, 17, 1);
	in->src[0] = data(v, 0, false);
	in->src[1] = data(v, 8, acc);
	in->saddr = segment ? bits(v, 16, 7) : 0x7f;
	in->dst = data(v, 24, acc);
	return find(in, format[segment], bits(w, 18, 7));
}

static bool decode_buffer(struct inst *in, const u32 *words,
			  enum isa_format format, u32 op)
{
	u32 w = words[0], v = words[1];
	bool acc = bits(v, 23, 1);

	in->size = 8;
	in->offset = bits(w, 0, 12);
	in->offen = bits(w, 12, 1);
	in->idxen = bits(w, 13, 1);
	in->glc = bits(w, 14, 1);
	in->src[0] = data(v, 0, false);
	in->src[1] = data(v, 8, acc);
	in->dst = in->src[1];
	in->saddr = bits(v, 16, 5) * 4;
	in->src[2] = bits(v, 24, 8);
	if (format == ISA_MUBUF) {
		in->lds = bits(w, 16, 1);
		in->slc = bits(w, 17, 1);
	} else {
		in->slc = bits(v, 22, 1);
		in->dpp = bits(w, 19, 7);	/* format */
	}
	return find(in, format, op);
}

static bool decode(struct inst *in, const u32 *words)
{
	u32 w = words[0];

	if (w >> 31 == 0) {
		if (w >> 25 == 0x3f)
			return decode_vop1(in, words);
		if (w >> 25 == 0x3e)
			return decode_vopc(in, words);
		return decode_vop2(in, words);
	}
	if (w >> 23 == 0x17d)
		return decode_sop1(in, words);
	if (w >> 23 == 0x17e)
		return decode_sopc(in, words);
	if (w >> 23 == 0x17f)
		return decode_sopp(in, words);
	if (w >> 28 == 0xb)
		return decode_sopk(in, words);
	if (w >> 30 == 2)
		return decode_sop2(in, words);
	switch (w >> 26) {
	case 0x30:
		return decode_smem(in, words);
	case 0x34:
		if (w >> 23 == 0x1a7)
			return decode_vop3p(in, words);
		return decode_vop3(in, words);
	case 0x36:
		return decode_ds(in, words);
	case 0x37:
		return decode_flat(in, words);
	case 0x38:
		return decode_buffer(in, words, ISA_MUBUF, bits(w, 18, 7));
	case 0x3a:
		return decode_buffer(in, words, ISA_MTBUF, bits(w, 15, 4));
	default:
		return false;
	}
}

/* Approximations know no rounding mode. */
static bool approximates(const char *name)
{
	static const char * const names[] = {
		"v_exp_", "v_log_", "v_rcp_", "v_rsq_", "v_sqrt_", "v_sin_", "v_cos_",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strncmp(name, names[i], strlen(names[i])))
			return true;
	}
	return false;
}

/* Which half of the rounding mode counts: that of the result's type. */
static u8 rounding(const char *name)
{
	const char *p = strstr(name, "_f");

	if (approximates(name))
		return 0;
	for (; p; p = strstr(p + 1, "_f")) {
		if (!strncmp(p, "_f32", 4))
			return 1;
		if (!strncmp(p, "_f64", 4) || !strncmp(p, "_f16", 4))
			return 2;
	}
	return 0;
}

/* The first register of an operand by its letter, or -1: it is none. */
static int operand_of(const struct inst *in, char letter)
{
	bool buffer = in->format == ISA_MUBUF || in->format == ISA_MTBUF;

	switch (letter) {
	case 'D':
	case 'G':
	case 'd':
		return in->dst;
	case 'E':
	case 'c':
		return in->sdst;
	case 'A':
		return in->src[0];
	case 'a':
		return buffer && !in->offen && !in->idxen ? -1 : in->src[0];
	case 'B':
	case 'x':
		return in->src[1];
	case 'C':
	case 'y':
		return in->src[2];
	case 'R':
		return in->saddr;
	default:
		return -1;
	}
}

static unsigned int dwords_of(const struct inst *in, const char *p)
{
	unsigned int n = p[1] >= '0' && p[1] <= '9' ? strtoul(p + 1, NULL, 10) : 1;

	if (*p == 'c')
		return 2;
	if (*p != 'a')
		return n;
	if (in->format == ISA_MUBUF || in->format == ISA_MTBUF)
		return in->offen && in->idxen ? 2 : 1;
	return in->format == ISA_GLOBAL && in->saddr != 0x7f ? 1 : n;
}

static void at_least(u16 *limit, unsigned int n)
{
	if (*limit < n)
		*limit = n;
}

bool inst_registers(struct inst *in)
{
	const char *p;

	in->vgprs = 0;
	in->accs = 0;
	for (p = in->row->operands; *p; p++) {
		unsigned int n = dwords_of(in, p);
		int first = operand_of(in, *p);

		if (first >= OPERAND_ACC)
			at_least(&in->accs, first - OPERAND_ACC + n);
		else if (first >= OPERAND_VGPR)
			at_least(&in->vgprs, first - OPERAND_VGPR + n);
		else if (first >= 0 && first < SGPR_COUNT && first + n > SGPR_COUNT)
			return false;
		else if (first >= SGPR_COUNT && strchr("DGdEc", *p))
			return false;
	}
	return true;
}

unsigned int inst_decode(struct inst *in, const u32 *words)
{
	*in = (struct inst){ .size = 4 };
	in->dst_sel = 6;
	in->src_sel[0] = 6;
	in->src_sel[1] = 6;
	if (!decode(in, words) || !inst_registers(in))
		return 0;
	memcpy(in->word, words, in->size < 12 ? in->size : 12);
	if (in->format >= ISA_VOP2 && in->format <= ISA_VOP3P)
		in->round = rounding(in->row->name);
	in->vector = in->format >= ISA_VOP2;
	return in->size;
}
