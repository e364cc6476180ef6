// SPDX-License-Identifier: MIT
/*
 * Instructions as the assembler takes them.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "inst.h"

struct text {
	char *buf;
	size_t len, used;
};

static void __printf(2, 3) add(struct text *t, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->buf + t->used, t->len - t->used, format, args);
	va_end(args);
	if (n > 0)
		t->used += (size_t)n < t->len - t->used ? (size_t)n :
							  t->len - t->used - 1;
}

static void add_range(struct text *t, const char *file, unsigned int first,
		      unsigned int dwords)
{
	if (dwords > 1)
		add(t, "%s[%u:%u]", file, first, first + dwords - 1);
	else
		add(t, "%s%u", file, first);
}

/* Registers with names; pairs have one, halves have _lo and _hi. */
static bool add_named(struct text *t, unsigned int operand, unsigned int dwords)
{
	static const char * const name[] = {
		[51] = "flat_scratch", [52] = "xnack_mask", [53] = "vcc",
		[63] = "exec",
	};
	const char *n = operand < 128 ? name[operand / 2] : NULL;

	if (operand == SGPR_M0) {
		add(t, "m0");
		return true;
	}
	if (!n)
		return false;
	add(t, dwords > 1 ? "%s" : operand & 1 ? "%s_hi" : "%s_lo", n);
	return true;
}

static const char *constant(unsigned int operand)
{
	static const char * const real[9] = {
		"0.5", "-0.5", "1.0", "-1.0", "2.0", "-2.0", "4.0", "-4.0",
		"0.15915494",
	};

	switch (operand) {
	case 235:
		return "src_shared_base";
	case 236:
		return "src_shared_limit";
	case 237:
		return "src_private_base";
	case 238:
		return "src_private_limit";
	case 240 ... 248:
		return real[operand - 240];
	case 251:
		return "src_vccz";
	case 252:
		return "src_execz";
	case 253:
		return "src_scc";
	default:
		return NULL;
	}
}

static void add_operand(struct text *t, const struct inst *in,
			unsigned int operand, unsigned int dwords)
{
	if (operand >= OPERAND_ACC)
		add_range(t, "a", operand - OPERAND_ACC, dwords);
	else if (operand >= OPERAND_VGPR)
		add_range(t, "v", operand - OPERAND_VGPR, dwords);
	else if (operand == OPERAND_LITERAL)
		add(t, "0x%x", in->literal);
	else if (add_named(t, operand, dwords))
		return;
	else if (operand >= SGPR_TTMP && operand < SGPR_M0)
		add_range(t, "ttmp", operand - SGPR_TTMP, dwords);
	else if (operand < SGPR_TTMP)
		add_range(t, "s", operand, dwords);
	else if (operand >= 128 && operand <= 192)
		add(t, "%u", operand - 128);
	else if (operand >= 193 && operand <= 208)
		add(t, "-%u", operand - 192);
	else if (operand == 248 && dwords == 2)
		add(t, "0.15915494309189532");
	else
		add(t, "%s", constant(operand) ?: "?");
}

/* VOP3P whose sources are single numbers: with signs, and abs in place of neg_hi. */
static bool mixes(const struct inst *in)
{
	return in->format == ISA_VOP3P && !strncmp(in->row->name, "v_fma_mix", 9);
}

static void add_source(struct text *t, const struct inst *in, int i,
		       unsigned int dwords)
{
	bool packed = in->format == ISA_VOP3P && !mixes(in);
	bool absolute = (mixes(in) ? in->neg_hi : in->abs) >> i & 1;
	bool sext = in->variant == ISA_SDWA && in->sext >> i & 1;

	if (in->neg >> i & 1 && !packed)
		add(t, "-");
	if (sext)
		add(t, "sext(");
	if (absolute)
		add(t, "|");
	add_operand(t, in, in->src[i], dwords);
	if (absolute)
		add(t, "|");
	if (sext)
		add(t, ")");
}

static void add_offset(struct text *t, const struct inst *in)
{
	if (in->saddr != 0xffff)
		add_operand(t, in, in->saddr, 1);
	else
		add(t, in->offset < 0 ? "-0x%x" : "0x%x", abs(in->offset));
}

static void add_address(struct text *t, const struct inst *in,
			unsigned int dwords)
{
	if (in->format == ISA_MUBUF || in->format == ISA_MTBUF) {
		if (in->offen || in->idxen)
			add_operand(t, in, in->src[0],
				    in->offen && in->idxen ? 2 : 1);
		else
			add(t, "off");
	} else if (in->format == ISA_SCRATCH && in->saddr != 0x7f) {
		add(t, "off");
	} else {
		if (in->format == ISA_GLOBAL && in->saddr != 0x7f)
			dwords = 1;
		add_operand(t, in, in->src[0], dwords);
	}
}

static void add_letter(struct text *t, const struct inst *in, char letter,
		       unsigned int n)
{
	switch (letter) {
	case 'D':
	case 'G':
	case 'd':
		add_operand(t, in, in->dst, n);
		break;
	case 'E':
		add_operand(t, in, in->sdst, n);
		break;
	case 'A':
	case 'B':
	case 'C':
		add_source(t, in, letter - 'A', n);
		break;
	case 'c':
		add_operand(t, in, in->variant == ISA_SDWA ? in->sdst : SGPR_VCC, 2);
		break;
	case 'L':
		add(t, "0x%x", in->literal);
		break;
	case 'a':
		add_address(t, in, n);
		break;
	case 'x':
	case 'y':
		add_operand(t, in, in->src[letter - 'x' + 1], n);
		break;
	case 'S':
		if (in->saddr == 0x7f)
			add(t, "off");
		else
			add_operand(t, in, in->saddr, in->format == ISA_SCRATCH ? 1 : n);
		break;
	case 'R':
		add_operand(t, in, in->saddr, n);
		break;
	case 'O':
		if (in->format == ISA_SMEM)
			add_offset(t, in);
		else
			add_operand(t, in, in->src[2], 1);
		break;
	case 'I':
		add(t, "%u", in->dst);
		break;
	case 'J':
		add(t, "%d", in->offset);
		break;
	case 'H':
	case 'K':
	case 'W':
	case 'M':
	case 'N':
	case 'X':
		add(t, "0x%x", (u16)in->offset);
		break;
	case 'Y':
		add(t, "0x%x", in->src[1]);
		break;
	}
}

static void add_bits(struct text *t, const char *name, unsigned int v,
		     unsigned int n)
{
	unsigned int i;

	add(t, " %s:[", name);
	for (i = 0; i < n; i++)
		add(t, i ? ",%u" : "%u", v >> i & 1);
	add(t, "]");
}

static unsigned int sources(const struct inst *in)
{
	return strchr(in->row->operands, 'C') ? 3 :
	       strchr(in->row->operands, 'B') ? 2 : 1;
}

static void add_vop3(struct text *t, const struct inst *in)
{
	static const char * const omod[4] = { "", " mul:2", " mul:4", " div:2" };
	unsigned int n = sources(in), v = in->op_sel & ((1u << n) - 1);

	if (in->op_sel)
		add_bits(t, "op_sel", v | (in->op_sel >> 3 & 1) << n, n + 1);
	add(t, "%s%s", in->clamp ? " clamp" : "", omod[in->omod & 3]);
}

static void add_vop3p(struct text *t, const struct inst *in)
{
	unsigned int n = sources(in), all = (1u << n) - 1;

	if (!strncmp(in->row->name, "v_accvgpr", 9))
		return;
	if (!strncmp(in->row->name, "v_mfma", 6)) {
		if (in->cbsz)
			add(t, " cbsz:%u", in->cbsz);
		if (in->abid)
			add(t, " abid:%u", in->abid);
		if (in->blgp)
			add(t, " blgp:%u", in->blgp);
		return;
	}
	if (in->op_sel & all)
		add_bits(t, "op_sel", in->op_sel, n);
	if ((in->op_sel_hi & all) != (mixes(in) ? 0 : all))
		add_bits(t, "op_sel_hi", in->op_sel_hi, n);
	if (in->neg & all && !mixes(in))
		add_bits(t, "neg_lo", in->neg, n);
	if (in->neg_hi & all && !mixes(in))
		add_bits(t, "neg_hi", in->neg_hi, n);
	if (in->clamp)
		add(t, " clamp");
}

static const char *selection(unsigned int sel)
{
	static const char * const name[8] = {
		"BYTE_0", "BYTE_1", "BYTE_2", "BYTE_3", "WORD_0", "WORD_1", "DWORD", "?",
	};

	return name[sel & 7];
}

static void add_sdwa(struct text *t, const struct inst *in)
{
	static const char * const unused[4] = {
		"UNUSED_PAD", "UNUSED_SEXT", "UNUSED_PRESERVE", "?",
	};
	static const char * const omod[4] = { "", " mul:2", " mul:4", " div:2" };

	add(t, "%s%s", in->clamp ? " clamp" : "", omod[in->omod & 3]);
	if (in->format != ISA_VOPC)
		add(t, " dst_sel:%s dst_unused:%s", selection(in->dst_sel),
		    unused[in->dst_unused & 3]);
	add(t, " src0_sel:%s", selection(in->src_sel[0]));
	if (strchr(in->row->operands, 'B'))
		add(t, " src1_sel:%s", selection(in->src_sel[1]));
}

static void add_dpp(struct text *t, const struct inst *in)
{
	unsigned int c = in->dpp, n = c & 15;

	if (c < 0x100)
		add(t, " quad_perm:[%u,%u,%u,%u]", c & 3, c >> 2 & 3, c >> 4 & 3,
		    c >> 6 & 3);
	else if (c >= 0x150)
		add(t, " row_newbcast:%u", n);
	else if (c < 0x110)
		add(t, " row_shl:%u", n);
	else if (c < 0x120)
		add(t, " row_shr:%u", n);
	else if (c < 0x130)
		add(t, " row_ror:%u", n);
	else if (c < 0x140)
		add(t, " wave_%s:1", c == 0x130 ? "shl" : c == 0x134 ? "rol" :
		    c == 0x138 ? "shr" : "ror");
	else if (c < 0x142)
		add(t, c == 0x140 ? " row_mirror" : " row_half_mirror");
	else
		add(t, " row_bcast:%u", c == 0x142 ? 15 : 31);
	add(t, " row_mask:0x%x bank_mask:0x%x%s", in->row_mask, in->bank_mask,
	    in->bound_ctrl ? " bound_ctrl:0" : "");
}

static void add_memory(struct text *t, const struct inst *in)
{
	bool buffer = in->format == ISA_MUBUF || in->format == ISA_MTBUF;
	bool two = in->format == ISA_DS && (strstr(in->row->name, "2_") ||
		   strstr(in->row->name, "2st64") || strstr(in->row->name, "xchg2")) &&
		   !strstr(in->row->name, "swizzle");

	if (in->format == ISA_MTBUF)
		add(t, " format:%u", in->dpp);
	if (buffer)
		add(t, "%s%s", in->idxen ? " idxen" : "", in->offen ? " offen" : "");
	if (two && strncmp(in->row->name, "ds_condxchg32", 13)) {
		if (in->offset & 0xff)
			add(t, " offset0:%u", in->offset & 0xff);
		if (in->offset >> 8)
			add(t, " offset1:%u", in->offset >> 8);
	} else if (in->format != ISA_SMEM && in->offset) {
		add(t, " offset:%d", in->offset);
	}
	if (in->format == ISA_DS && in->lds)
		add(t, " gds");
	add(t, "%s%s%s", in->glc ? " glc" : "", in->slc ? " slc" : "",
	    in->lds && in->format != ISA_DS ? " lds" : "");
}

/* Forms that the assembler would else not choose. */
static const char *suffix(const struct inst *in)
{
	if (in->format == ISA_VOP3 &&
	    (in->word[0] >> 16 & 0x3ff) < 0x1c0)
		return "_e64";
	if (in->format >= ISA_VOP2 && in->format <= ISA_VOPC)
		return in->variant == ISA_SDWA ? "_sdwa" :
		       in->variant == ISA_DPP ? "_dpp" : "";
	return "";
}

static void add_operands(struct text *t, const struct inst *in)
{
	const char *p = in->row->operands;
	const char *separator = " ";

	for (; *p; p += strcspn(p, " "), p += strspn(p, " ")) {
		if (*p == 'd' && !in->glc)
			continue;
		/* What goes to LDS has no register. */
		if (in->lds && in->format != ISA_DS && (*p == 'D' || *p == 'x'))
			continue;
		add(t, "%s", separator);
		add_letter(t, in, *p, strtoul(p + 1, NULL, 10));
		separator = ", ";
	}
}

void inst_print(const struct inst *in, char *buf, size_t len)
{
	struct text t = { .buf = buf, .len = len };

	add(&t, "%s%s", in->row->name, suffix(in));
	add_operands(&t, in);
	if (in->variant == ISA_SDWA)
		add_sdwa(&t, in);
	else if (in->variant == ISA_DPP)
		add_dpp(&t, in);
	else if (in->format == ISA_VOP3)
		add_vop3(&t, in);
	else if (in->format == ISA_VOP3P)
		add_vop3p(&t, in);
	else if (in->format >= ISA_DS || in->format == ISA_SMEM)
		add_memory(&t, in);
}
