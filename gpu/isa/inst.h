/* SPDX-License-Identifier: MIT */
/*
 * Instructions: rows of the tables and the decoded form.
 */
#ifndef GPU_ISA_INST_H
#define GPU_ISA_INST_H

#include "wave.h"

struct inst;

typedef void (*isa_exec)(struct wave *w, const struct inst *in);

enum isa_format {
	ISA_SOP2,
	ISA_SOPK,
	ISA_SOP1,
	ISA_SOPC,
	ISA_SOPP,
	ISA_SMEM,
	ISA_VOP2,
	ISA_VOP1,
	ISA_VOPC,
	ISA_VOP3,
	ISA_VOP3P,
	ISA_DS,
	ISA_FLAT,
	ISA_GLOBAL,
	ISA_SCRATCH,
	ISA_MUBUF,
	ISA_MTBUF,
	ISA_FORMATS
};

/*
 * Letters of operands, with a number of dwords:
 *	D destination, G destination that is scalar in a vector instruction,
 *	d destination if the result is asked for, E second destination (scalar),
 *	A B C sources, c vcc by name, L literal, a address, x y data, S scalar
 *	address or off, R buffer resource, O offset, K immediate, J branch target,
 *	H hardware register, W counters, M message, I N X Y odd immediates
 */
struct isa_row {
	const char *name;
	isa_exec exec;
	const char *operands;
};

struct isa_table {
	const char *name;
	const struct isa_row *row;
	unsigned int rows;
};

extern const struct isa_table isa_tables[ISA_FORMATS];

/* Numbers of operands: 0-127 SGPR, 128-254 constants, then: */
#define OPERAND_LITERAL	255
#define OPERAND_VGPR	256
#define OPERAND_ACC	512

enum isa_variant { ISA_PLAIN, ISA_SDWA, ISA_DPP };

struct inst {
	const struct isa_row *row;
	isa_exec exec;
	u32 word[3];
	u32 literal;
	s32 offset;		/* of memory; simm16; branch, bytes */
	u16 dst;
	u16 sdst;		/* second or scalar destination, carry out */
	u16 src[3];
	u16 saddr;
	u8 format;
	u8 size;		/* bytes */
	u8 variant;
	u8 round;		/* 0: none, 1: round32 matters, 2: round64 */
	u8 vector;		/* w->mask is needed */
	u8 literal_signed;	/* a literal of 64 bits extends its sign */
	u8 keeps_half;		/* the half of the destination that is not written */
	u16 vgprs, accs;	/* registers v0.., a0.. that it names, at least */
	/* Bit i is about source i, bit 3 about the destination. */
	u8 abs, neg, neg_hi, op_sel, op_sel_hi;
	u8 omod, clamp;
	u8 glc, slc, offen, idxen, lds;
	/* SDWA */
	u8 dst_sel, dst_unused, src_sel[2], sext;
	/* DPP */
	u16 dpp;
	u8 row_mask, bank_mask, bound_ctrl;
	/* MFMA */
	u8 cbsz, abid, blgp;
};

/**
 * inst_decode() - decode one instruction
 * @in: result
 * @words: at least 3
 *
 * Return: bytes, or 0: there is no such instruction.
 */
unsigned int inst_decode(struct inst *in, const u32 *words);

/**
 * inst_registers() - find out how many registers must be there
 * @in: operands are decoded; vgprs and accs are set
 *
 * Return: false if a scalar operand ends outside of its file.
 */
bool inst_registers(struct inst *in);

/**
 * inst_print() - write an instruction as the assembler takes it
 * @in: decoded
 * @buf: result
 * @len: of @buf
 */
void inst_print(const struct inst *in, char *buf, size_t len);

/**
 * wave_illegal() - stop: this cannot be executed
 * @w: the wave; WAVE_ILLEGAL
 * @in: the instruction at hand
 * @why: what it is about it, or ""
 */
void wave_illegal(struct wave *w, const struct inst *in, const char *why);

/** wave_status_register() - STATUS */
u32 wave_status_register(const struct wave *w);

/**
 * wave_access() - what became of an access
 * @w: the wave; if it failed, WAVE_FAULT or WAVE_VIOLATION
 * @error: what the callback returned
 * @what: name of the access
 * @va: its address
 *
 * Return: it was done.
 */
bool wave_access(struct wave *w, int error, const char *what, u64 va);

#endif
