/* SPDX-License-Identifier: MIT */
/*
 * A wave: 64 lanes, their registers, and the memory that they see.
 *
 * Who makes a wave fills the fields that say so, calls wave_reset(), puts the
 * initial values into registers, and calls wave_run() until the wave has ended.
 * wave_run() returns early for all that others have to know of or to help with.
 *
 * An instruction either is done as a whole and the pc moves on, or it faults and
 * nothing but completed stores and atomics is visible; those are not repeated
 * when wave_run() is called again.
 *
 * Nothing here sleeps or takes locks.  A wave, the LDS of its work-group and the
 * cache of code that it uses belong to one thread at a time.
 */
#ifndef GPU_ISA_WAVE_H
#define GPU_ISA_WAVE_H

#include <string.h>

#include "../types.h"

#define WAVE_LANES	64
#define WAVE_VGPRS	512	/* v0-v255, then a0-a255 */
#define WAVE_ACC	256

/* Scalar registers by their number as an operand. */
enum {
	SGPR_FLAT_SCRATCH = 102,
	SGPR_XNACK_MASK = 104,
	SGPR_VCC = 106,
	SGPR_TTMP = 108,
	SGPR_M0 = 124,
	SGPR_EXEC = 126,
	SGPR_COUNT = 128,
};

/* Fields of MODE. */
#define MODE_ROUND32		0x3
#define MODE_ROUND64		0xc
#define MODE_DENORM32_IN	0x10
#define MODE_DENORM32_OUT	0x20
#define MODE_DENORM64_IN	0x40
#define MODE_DENORM64_OUT	0x80
#define MODE_DX10_CLAMP		0x100
#define MODE_IEEE		0x200
#define MODE_FP16_OVFL		0x800000
#define MODE_GPR_IDX		0x8000000
#define MODE_VSKIP		0x10000000	/* vector instructions do nothing */
#define MODE_CSP_SHIFT		29		/* entries on the branch stack */

/* Bits of TRAPSTS. */
#define TRAPSTS_MEM_VIOL	0x100
#define TRAPSTS_ILLEGAL_INST	0x800

/* How wave_run() ended. */
enum wave_status {
	WAVE_RUNNING,	/* the budget is used up */
	WAVE_FAULT,	/* a callback returned -EFAULT: call again when answered */
	WAVE_BARRIER,	/* s_barrier: call again when all waves are there */
	WAVE_SLEEP,	/* s_sleep: let others run first */
	WAVE_MESSAGE,	/* s_sendmsg: wave.message */
	WAVE_TRAP,	/* s_trap: wave.message is its number, pc behind it */
	WAVE_HALT,	/* s_sethalt 1 */
	WAVE_END,	/* s_endpgm */
	WAVE_ILLEGAL,	/* for good; wave.why says what is at the pc */
	WAVE_VIOLATION,	/* for good: an access that cannot be; see wave.why */
};

enum wave_atomic {
	WAVE_SWAP,
	WAVE_CMPSWAP,	/* old == cmp ? src : old */
	WAVE_ADD,
	WAVE_SUB,
	WAVE_SMIN,
	WAVE_UMIN,
	WAVE_SMAX,
	WAVE_UMAX,
	WAVE_AND,
	WAVE_OR,
	WAVE_XOR,
	WAVE_INC,	/* old >= src ? 0 : old + 1 */
	WAVE_DEC,	/* old == 0 || old > src ? src : old - 1 */
};

/**
 * struct wave_memory - device memory
 * @fetch: read code; @len is 4
 * @read: copy from memory, at most 1024 bytes
 * @write: copy to memory, at most 1024 bytes
 * @atomic: read, modify, write 4 or 8 bytes; @old gets the value before
 * @clock: ticks of s_memtime (core) or, with @real, 100 MHz
 *
 * Addresses are any 64-bit values.  All but @clock return 0, or an errno, and have
 * done nothing then; the buffer of @read is as it was.  At -EFAULT the wave stops
 * with WAVE_FAULT at this instruction and asks again when it is run next, at another
 * errno with WAVE_VIOLATION.
 */
struct wave_memory {
	int (*fetch)(void *ctx, u64 va, void *buf, size_t len);
	int (*read)(void *ctx, u64 va, void *buf, size_t len);
	int (*write)(void *ctx, u64 va, const void *buf, size_t len);
	int (*atomic)(void *ctx, u64 va, enum wave_atomic op, size_t size,
		      u64 src, u64 cmp, u64 *old);
	u64 (*clock)(void *ctx, bool real);
};

struct code;

/*
 * FLAT_SCRATCH is an address in memory; code computes it from what the kernel
 * descriptor asks for.  Private memory of a wave has dword i of lane l at
 * FLAT_SCRATCH + 256 * i + 4 * l.
 */
struct wave {
	u32 vgpr[WAVE_VGPRS][WAVE_LANES] __attribute__((aligned(64)));
	u32 sgpr[SGPR_COUNT];
	u64 pc;
	u32 mode;
	u32 scc;
	u32 trapsts;	/* TRAPSTS: what the trap handler is told */
	u32 message;
	bool privileged;	/* in the trap handler */
	bool halted;		/* STATUS.HALT: stop when the handler returns */
	enum wave_status status;
	char why[96];		/* WAVE_ILLEGAL, WAVE_VIOLATION: a line of text */
	u32 word[2];		/* WAVE_ILLEGAL: the code at the pc */

	/* Set by who makes the wave. */
	const struct wave_memory *memory;
	void *ctx;
	struct code *code;	/* decoded instructions; one thread at a time */
	u8 *lds;		/* of the work-group; its waves share a thread */
	u32 lds_size;
	u32 hw_id;
	u64 shared_base;	/* apertures: 4 GiB each, multiples of 2^48 */
	u64 private_base;
	u16 vgprs;		/* allocated: v0 and on, at most 256 */
	u16 accs;		/* allocated: a0 and on, at most 256 */

	/* Of the instruction at hand. */
	u64 mask;		/* lanes whose results are written */
	u64 done;		/* lanes whose atomic was done before a fault */
	u64 result[WAVE_LANES];	/* and what it returned */
};

static inline u64 sgpr64(const struct wave *w, unsigned int i)
{
	return w->sgpr[i] | (u64)w->sgpr[i + 1] << 32;
}

static inline void set_sgpr64(struct wave *w, unsigned int i, u64 v)
{
	w->sgpr[i] = v;
	w->sgpr[i + 1] = v >> 32;
}

static inline u64 wave_exec(const struct wave *w)
{
	return sgpr64(w, SGPR_EXEC);
}

static inline u64 wave_vcc(const struct wave *w)
{
	return sgpr64(w, SGPR_VCC);
}

/**
 * wave_reset() - registers 0, all lanes on, MODE as given
 * @w: the wave; what its maker sets is kept
 * @pc: first instruction
 * @mode: FLOAT_MODE of compute_pgm_rsrc1 and the bits MODE_DX10_CLAMP, MODE_IEEE,
 *	MODE_FP16_OVFL
 *
 * Vector registers that are not allocated are not cleared: instructions that name
 * one are illegal.
 */
void wave_reset(struct wave *w, u64 pc, u32 mode);

/**
 * wave_run() - execute instructions
 * @w: the wave
 * @budget: at most so many
 *
 * At WAVE_FAULT, WAVE_ILLEGAL and WAVE_VIOLATION the pc is that of the instruction;
 * else it is behind it.  Floating point uses the calling thread's environment: round
 * to nearest when called and when it returns; flags are not kept.
 *
 * Return: why it ended, w->status, too.
 */
enum wave_status wave_run(struct wave *w, unsigned int budget);

/**
 * wave_enter_trap() - go on in the trap handler
 * @w: has stopped with WAVE_TRAP, WAVE_ILLEGAL or WAVE_VIOLATION, and is not in the
 *	handler
 * @code: where the handler begins
 * @data: what it gets as TMA
 *
 * As gfx9's first-level handler calls the second one: ttmp0 and ttmp1 are the pc of
 * the instruction and the number of the trap, ttmp12 is STATUS, ttmp14 and ttmp15
 * are @data; the other ttmps are kept.  s_rfe_b64 returns.
 */
void wave_enter_trap(struct wave *w, u64 code, u64 data);

/** wave_new() - a wave of zeros, aligned for vectors, for free(); NULL: no memory */
struct wave *wave_new(void);

/** code_new() - an empty cache of decoded instructions, or NULL: no memory */
struct code *code_new(void);

/**
 * code_flush() - forget what was decoded
 * @code: not used by a wave_run() at the same time
 *
 * To be called when code may have changed or have other rights: an instruction
 * cache invalidation, another address space, an invalidated translation.  The
 * next instruction is fetched.
 */
void code_flush(struct code *code);

/** code_free() - free a cache; NULL is nothing */
void code_free(struct code *code);

#endif
