/* SPDX-License-Identifier: MIT */
/*
 * Memory as lanes see it: global, of the work-group (LDS), of the lane (private).
 *
 * Functions return false if an access faulted: w->status is WAVE_FAULT then, and
 * the instruction ends without any other effect.
 */
#ifndef GPU_ISA_MEMORY_H
#define GPU_ISA_MEMORY_H

#include "operand.h"

enum space { SPACE_GLOBAL, SPACE_LDS, SPACE_PRIVATE, SPACE_MIXED };

/* Dwords of private memory are interleaved: 64 lanes' first, 64 lanes' second... */
struct lanes {
	u64 mask;		/* lanes that access */
	u64 private_base;	/* of the wave */
	u64 addr[WAVE_LANES];	/* or offset */
	enum space all;		/* of all lanes, or SPACE_MIXED: see space[] */
	u8 space[WAVE_LANES];
};

/* What becomes of loaded bytes; where stored ones come from. */
enum conversion {
	CONVERT_U8, CONVERT_S8, CONVERT_U16, CONVERT_S16, CONVERT_DWORDS,
	CONVERT_U8_LO, CONVERT_U8_HI, CONVERT_S8_LO, CONVERT_S8_HI,
	CONVERT_16_LO, CONVERT_16_HI,
};

/* Operations besides enum wave_atomic. */
enum {
	ATOMIC_ADD_F32 = 0x100, ATOMIC_ADD_F64, ATOMIC_MIN_F32, ATOMIC_MAX_F32,
	ATOMIC_MIN_F64, ATOMIC_MAX_F64, ATOMIC_PK_ADD_F16, ATOMIC_RSUB,
	ATOMIC_MSKOR,	/* (old & ~src) | cmp */
	ATOMIC_CMPST_F32, ATOMIC_CMPST_F64, ATOMIC_WRAP,
	ATOMIC_CONDXCHG,	/* dwords whose bit 31 is set, without it */
};

bool lanes_read(struct wave *w, const struct lanes *a, u8 *buf, u32 bytes);
bool lanes_write(struct wave *w, const struct lanes *a, const u8 *buf, u32 bytes);

/* The values before go to w->result. */
bool lanes_atomic(struct wave *w, const struct lanes *a, int op, u32 size,
		  const u64 *src, const u64 *cmp);

/** lanes_load() - read and put into registers from operand @dst on */
void lanes_load(struct wave *w, const struct lanes *a, unsigned int dst,
		enum conversion how, u32 bytes);

/** lanes_store() - write registers from operand @src on */
void lanes_store(struct wave *w, const struct lanes *a, unsigned int src,
		 u32 bytes, bool upper_half);

/** lanes_update() - atomic with data from @src on, result to in->dst if @returns */
void lanes_update(struct wave *w, const struct inst *in, const struct lanes *a,
		  int op, u32 size, bool returns);

/** lanes_put() - write 4 or 8 bytes of w->result to registers */
void lanes_put(struct wave *w, unsigned int dst, u32 size);

/** lanes_get() - registers as numbers of 4 or 8 bytes */
void lanes_get(struct wave *w, unsigned int src, u32 size, u64 *v);

/** lanes_in_registers() - false: the LDS bit is set, which makes this illegal */
bool lanes_in_registers(struct wave *w, const struct inst *in);

/**
 * lanes_load_lds() - read and put each lane's value into its own dword of LDS
 * @w: M0 is where they begin
 * @in: its offset is added to both addresses
 * @a: lanes that have no place in LDS are left out
 * @how: and @bytes: what registers could get as one dword; else it is illegal
 */
bool lanes_load_lds(struct wave *w, const struct inst *in, struct lanes *a,
		    enum conversion how, u32 bytes);

/** lanes_in_lds() - lanes that have a place in LDS; others shall not access memory */
u64 lanes_in_lds(const struct wave *w, const struct inst *in);

/** lanes_put_lds() - the same with values that have been read */
bool lanes_put_lds(struct wave *w, const struct inst *in, const u32 *v);

/** lanes_store_lds() - write each lane's own dword of LDS to memory */
bool lanes_store_lds(struct wave *w, const struct inst *in, struct lanes *a);

#endif
