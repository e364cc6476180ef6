/* SPDX-License-Identifier: MIT */
/*
 * A second opinion on what instructions do: one lane at a time, one rule a name,
 * values as bits.  It has nothing of gpu/isa in it: it knows instructions by their
 * text, and its rules are those of the instruction set's manual.
 */
#ifndef TESTS_ISA_SLOW_H
#define TESTS_ISA_SLOW_H

#include "../types.h"

#define SLOW_LANES	64
#define SLOW_VGPRS	40
#define SLOW_MEMORY	8192	/* bytes of global memory, of LDS */

/* Scalar registers as operands. */
#define SLOW_VCC	106
#define SLOW_M0		124
#define SLOW_EXEC	126

/* What a rule sees of a lane: sources after modifiers, zero-extended. */
struct slow_lane {
	u64 a, b, c;
	u64 old;		/* the destination before */
	bool carry;		/* in and out: of the lane, or SCC */
	bool clamp;
	bool ieee;		/* MODE.IEEE */
	u32 mode;
	unsigned int lane;
	int set;		/* of a comparison: the orders for which it holds */
};

/*
 * Types of operands are a letter and a number of bytes: f real, i and u integers;
 * F and I are results of 16 bits that keep the other half of the register, p is a
 * pair of halves in 4 bytes, k the constant of 16 bits of SOPK.  The first one is the
 * result, "-" if there is none but the carry.  Flags behind them:
 *	+ carry out		? carry in (of vector instructions)
 *	= the old destination is a source
 *	~ a few units in the last place are no error
 *	x writes EXEC, too	p has two halves (VOP3P)
 *	3 there is no other form than that of 64 bits (VOP3)
 *	c clamp has a meaning for integers
 *	m sources of 4 bytes may be a half of 2 (the mixed ones of VOP3P); h the result
 *	  goes to the upper half
 */
struct slow_rule {
	const char *name;
	const char *types;
	u64 (*value)(struct slow_lane *x);
	int set;
	struct slow_rule *next;
};

extern struct slow_rule *slow_rules;

/** slow_type() - type @i of a rule as two characters, or NULL: there is none */
const char *slow_type(const struct slow_rule *rule, int i);

/** slow_flag() - the rule has this flag */
bool slow_flag(const struct slow_rule *rule, char flag);

struct slow_operand {
	bool vector;
	bool constant;		/* inline, by its number as a source */
	bool literal;
	unsigned int number;
	u32 word;		/* of a literal */
	bool abs, neg, sext;
	u8 sel;			/* SDWA: 0-3 byte, 4-5 word, 6 all */
	bool half;		/* op_sel */
	bool half_hi, neg_hi;	/* VOP3P; half_hi: mixed, it is a half */
};

enum slow_form { SLOW_SCALAR, SLOW_E32, SLOW_E64, SLOW_SDWA, SLOW_DPP, SLOW_PACKED,
		 SLOW_MIXED };

struct slow_inst {
	const struct slow_rule *rule;
	enum slow_form form;
	struct slow_operand dst, src[3];
	unsigned int carry_out, carry_in;	/* scalar pairs */
	bool clamp;
	u8 omod;
	u8 dst_sel, dst_unused;
	unsigned int dpp;			/* control as encoded */
	u8 row_mask, bank_mask;
	bool bound_ctrl;
};

struct slow {
	u32 s[128];
	u32 v[SLOW_VGPRS][SLOW_LANES];
	u32 scc;
	u32 mode;
};

/** slow_step() - execute one instruction */
void slow_step(struct slow *m, const struct slow_inst *in);

/* Bits to numbers and back; results are rounded in the host's mode. */
float slow_f4(u64 bits);
double slow_f8(u64 bits);
double slow_f2(u64 bits);
u64 slow_r4(float v);
u64 slow_r8(double v);
u64 slow_r2(long double v);

#endif
