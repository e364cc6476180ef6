/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR MIT */
/*
 * Packets of SDMA queues, as gfx9 has them.  A packet is an array of dwords,
 * little endian; an address is two of them, low half first.  Indices into the
 * ring are 64-bit byte counts that only grow.  Dwords of 0 are packets, too:
 * NOPs that pad.
 */
#ifndef SDMA_PACKETS_H
#define SDMA_PACKETS_H

#include <linux/types.h>

/* Dword 0 of every packet. */
#define SDMA_HEADER_OP		0x000000ff
#define SDMA_HEADER_SUB_OP	0x0000ff00

enum sdma_op {
	SDMA_OP_NOP		= 0,
	SDMA_OP_COPY		= 1,
	SDMA_OP_WRITE		= 2,
	SDMA_OP_INDIRECT	= 4,
	SDMA_OP_FENCE		= 5,
	SDMA_OP_TRAP		= 6,
	SDMA_OP_SEM		= 7,
	SDMA_OP_POLL_REGMEM	= 8,
	SDMA_OP_COND_EXE	= 9,
	SDMA_OP_ATOMIC		= 10,
	SDMA_OP_CONST_FILL	= 11,
	SDMA_OP_PTEPDE		= 12,
	SDMA_OP_TIMESTAMP	= 13,
	SDMA_OP_SRBM_WRITE	= 14,
	SDMA_OP_PRE_EXE		= 15,
	SDMA_OP_DUMMY_TRAP	= 16,
};

enum sdma_sub_op_copy {
	SDMA_SUB_OP_COPY_LINEAR		= 0,
	SDMA_SUB_OP_COPY_LINEAR_RECT	= 4,
};

enum sdma_sub_op_write {
	SDMA_SUB_OP_WRITE_LINEAR	= 0,
};

enum sdma_sub_op_timestamp {
	SDMA_SUB_OP_TIMESTAMP_SET	 = 0,	/* the queue's own clock */
	SDMA_SUB_OP_TIMESTAMP_GET	 = 1,	/* the queue's own clock */
	SDMA_SUB_OP_TIMESTAMP_GET_GLOBAL = 2,	/* the GPU's clock, 100 MHz */
};

/* NOP: the header and COUNT dwords that nobody looks at. */
#define SDMA_NOP_COUNT		0x3fff0000

struct sdma_nop {
	__le32 header;
};

/* COPY_LINEAR; with BROADCAST struct sdma_copy_broadcast. */
#define SDMA_COPY_ENCRYPT	0x00010000	/* refused */
#define SDMA_COPY_TMZ		0x00040000	/* refused */
#define SDMA_COPY_BROADCAST	0x08000000
#define SDMA_COPY_COUNT		0x003fffff	/* .count: bytes - 1 */
#define SDMA_COPY_DST2_SWAP	0x00000300	/* .parameter: 0, broadcast only */
#define SDMA_COPY_DST_SWAP	0x00030000	/* .parameter: 0 */
#define SDMA_COPY_SRC_SWAP	0x03000000	/* .parameter: 0 */

struct sdma_copy_linear {
	__le32 header;
	__le32 count;
	__le32 parameter;
	__le32 src_lo;
	__le32 src_hi;
	__le32 dst_lo;
	__le32 dst_hi;
};

struct sdma_copy_broadcast {
	__le32 header;
	__le32 count;
	__le32 parameter;
	__le32 src_lo;
	__le32 src_hi;
	__le32 dst1_lo;
	__le32 dst1_hi;
	__le32 dst2_lo;
	__le32 dst2_hi;
};

/*
 * COPY_LINEAR_RECT: a box out of one volume into another.  Coordinates and
 * pitches count elements of 1 << ELEMENT bytes.
 */
#define SDMA_RECT_TMZ		0x00040000	/* refused */
#define SDMA_RECT_ELEMENT	0xe0000000	/* header: 0 .. 4 */
#define SDMA_RECT_X		0x00003fff	/* .*_xy; of .rect_xy: width - 1 */
#define SDMA_RECT_Y		0x3fff0000	/* .*_xy; of .rect_xy: height - 1 */
#define SDMA_RECT_Z		0x000007ff	/* .*_z; of .rect_z: depth - 1 */
#define SDMA_RECT_PITCH		0xffffe000	/* .src_z, .dst_z: row to row, - 1 */
#define SDMA_RECT_SLICE		0x0fffffff	/* .*_slice: plane to plane, - 1 */
#define SDMA_RECT_DST_SWAP	0x00030000	/* .rect_z: 0 */
#define SDMA_RECT_SRC_SWAP	0x03000000	/* .rect_z: 0 */

struct sdma_copy_rect {
	__le32 header;
	__le32 src_lo;
	__le32 src_hi;
	__le32 src_xy;
	__le32 src_z;
	__le32 src_slice;
	__le32 dst_lo;
	__le32 dst_hi;
	__le32 dst_xy;
	__le32 dst_z;
	__le32 dst_slice;
	__le32 rect_xy;
	__le32 rect_z;
};

/* WRITE_LINEAR: the dwords follow the packet. */
#define SDMA_WRITE_ENCRYPT	0x00010000	/* refused */
#define SDMA_WRITE_TMZ		0x00040000	/* refused */
#define SDMA_WRITE_COUNT	0x000fffff	/* .count: dwords - 1 */
#define SDMA_WRITE_SWAP		0x03000000	/* .count: 0 */

struct sdma_write {
	__le32 header;
	__le32 dst_lo;		/* a multiple of 4 */
	__le32 dst_hi;
	__le32 count;
};

/* INDIRECT: execute the dwords at .base, which hold no INDIRECT themselves. */
#define SDMA_INDIRECT_VMID	0x000f0000	/* header: not looked at */
#define SDMA_INDIRECT_BASE_LO	0xffffffe0	/* .base_lo */
#define SDMA_INDIRECT_SIZE	0x000fffff	/* .size: dwords */

struct sdma_indirect {
	__le32 header;
	__le32 base_lo;
	__le32 base_hi;
	__le32 size;
	__le32 csa_lo;		/* where gfx9 saves state: not used */
	__le32 csa_hi;
};

/* FENCE: write .data. */
struct sdma_fence {
	__le32 header;
	__le32 addr_lo;		/* a multiple of 4 */
	__le32 addr_hi;
	__le32 data;
};

/* TRAP: raise an interrupt; DUMMY_TRAP has the same form and raises none. */
#define SDMA_TRAP_CONTEXT	0x0fffffff

struct sdma_trap {
	__le32 header;
	__le32 context;
};

/*
 * POLL_REGMEM: wait until (memory & .mask) FUNC .value.  With HDP_FLUSH, or
 * without MEM_POLL and FUNC 0, it does nothing; other polls of registers are
 * refused.
 */
#define SDMA_POLL_HDP_FLUSH	0x04000000
#define SDMA_POLL_FUNC		0x70000000	/* enum sdma_poll_func */
#define SDMA_POLL_MEM		0x80000000
#define SDMA_POLL_INTERVAL	0x0000ffff	/* .retry: least clocks between two looks */
#define SDMA_POLL_RETRY		0x0fff0000	/* .retry: looks after the first */
#define SDMA_POLL_RETRY_FOREVER	0xfff

enum sdma_poll_func {
	SDMA_POLL_ALWAYS,
	SDMA_POLL_LESS,
	SDMA_POLL_LESS_EQUAL,
	SDMA_POLL_EQUAL,
	SDMA_POLL_NOT_EQUAL,
	SDMA_POLL_GREATER_EQUAL,
	SDMA_POLL_GREATER,
};

struct sdma_poll_regmem {
	__le32 header;
	__le32 addr_lo;		/* a multiple of 4 */
	__le32 addr_hi;
	__le32 value;
	__le32 mask;
	__le32 retry;
};

/* COND_EXE: unless memory is .reference, pass over the next dwords. */
#define SDMA_EXEC_COUNT		0x00003fff	/* .exec_count: dwords */

struct sdma_cond_exe {
	__le32 header;
	__le32 addr_lo;		/* a multiple of 4 */
	__le32 addr_hi;
	__le32 reference;
	__le32 exec_count;
};

/* PRE_EXE: unless DEVICES names this device, pass over the next dwords. */
#define SDMA_PRE_EXE_DEVICES	0x00ff0000	/* bit 0: this device */

struct sdma_pre_exe {
	__le32 header;
	__le32 exec_count;	/* SDMA_EXEC_COUNT */
};

/* ATOMIC: see enum gfx9_atomic. */
#define SDMA_ATOMIC_LOOP	0x00010000	/* compare and swap until it succeeds */
#define SDMA_ATOMIC_TMZ		0x00040000	/* refused */
#define SDMA_ATOMIC_OPERATION	0xfe000000
#define SDMA_ATOMIC_INTERVAL	0x00001fff	/* .loop: least clocks between two tries */

struct sdma_atomic {
	__le32 header;
	__le32 addr_lo;		/* a multiple of the operand's size */
	__le32 addr_hi;
	__le32 src_lo;
	__le32 src_hi;
	__le32 cmp_lo;
	__le32 cmp_hi;
	__le32 loop;
};

/*
 * Operations of ATOMIC, and of PM4's ATOMIC_MEM: those that return the old value,
 * of 32 bits; with GFX9_ATOMIC_64 of 64 bits; with GFX9_ATOMIC_NO_RETURN they
 * return nothing.  Floating point is refused.
 */
enum gfx9_atomic {
	GFX9_ATOMIC_SWAP	= 0x07,
	GFX9_ATOMIC_CMPSWAP	= 0x08,
	GFX9_ATOMIC_ADD		= 0x0f,
	GFX9_ATOMIC_SUB		= 0x10,
	GFX9_ATOMIC_SMIN	= 0x11,
	GFX9_ATOMIC_UMIN	= 0x12,
	GFX9_ATOMIC_SMAX	= 0x13,
	GFX9_ATOMIC_UMAX	= 0x14,
	GFX9_ATOMIC_AND		= 0x15,
	GFX9_ATOMIC_OR		= 0x16,
	GFX9_ATOMIC_XOR		= 0x17,
	GFX9_ATOMIC_INC		= 0x18,	/* old >= src ? 0 : old + 1 */
	GFX9_ATOMIC_DEC		= 0x19,	/* old == 0 || old > src ? src : old - 1 */
	GFX9_ATOMIC_64		= 0x20,
	GFX9_ATOMIC_NO_RETURN	= 0x40,
};

/* CONST_FILL */
#define SDMA_FILL_SWAP		0x00030000	/* header: 0 */
#define SDMA_FILL_SIZE		0xc0000000	/* header: enum sdma_fill_size */
#define SDMA_FILL_COUNT		0x003fffff	/* .count */

enum sdma_fill_size {
	SDMA_FILL_BYTES		= 0,	/* COUNT + 1 bytes, each .data's lowest */
	SDMA_FILL_DWORDS	= 2,	/* (COUNT >> 2) + 1 dwords */
};

struct sdma_const_fill {
	__le32 header;
	__le32 dst_lo;		/* a multiple of the fill size */
	__le32 dst_hi;
	__le32 data;
	__le32 count;
};

/* TIMESTAMP_SET */
struct sdma_timestamp_set {
	__le32 header;
	__le32 data_lo;
	__le32 data_hi;
};

/* TIMESTAMP_GET, TIMESTAMP_GET_GLOBAL: write 64 bits. */
#define SDMA_TIMESTAMP_ADDR_LO	0xfffffff8

struct sdma_timestamp_get {
	__le32 header;
	__le32 addr_lo;
	__le32 addr_hi;
};

/* SRBM_WRITE: registers are not for users; refused. */
struct sdma_srbm_write {
	__le32 header;
	__le32 addr;
	__le32 data;
};

_Static_assert(sizeof(struct sdma_nop) == 4, "NOP");
_Static_assert(sizeof(struct sdma_copy_linear) == 28, "COPY_LINEAR");
_Static_assert(__builtin_offsetof(struct sdma_copy_linear, dst_lo) == 20,
	       "COPY_LINEAR");
_Static_assert(sizeof(struct sdma_copy_broadcast) == 36, "COPY_LINEAR, BROADCAST");
_Static_assert(__builtin_offsetof(struct sdma_copy_broadcast, dst2_lo) == 28,
	       "COPY_LINEAR, BROADCAST");
_Static_assert(sizeof(struct sdma_copy_rect) == 52, "COPY_LINEAR_RECT");
_Static_assert(__builtin_offsetof(struct sdma_copy_rect, dst_lo) == 24,
	       "COPY_LINEAR_RECT");
_Static_assert(__builtin_offsetof(struct sdma_copy_rect, rect_xy) == 44,
	       "COPY_LINEAR_RECT");
_Static_assert(sizeof(struct sdma_write) == 16, "WRITE_LINEAR");
_Static_assert(sizeof(struct sdma_indirect) == 24, "INDIRECT");
_Static_assert(__builtin_offsetof(struct sdma_indirect, size) == 12, "INDIRECT");
_Static_assert(sizeof(struct sdma_fence) == 16, "FENCE");
_Static_assert(sizeof(struct sdma_trap) == 8, "TRAP");
_Static_assert(sizeof(struct sdma_poll_regmem) == 24, "POLL_REGMEM");
_Static_assert(__builtin_offsetof(struct sdma_poll_regmem, retry) == 20,
	       "POLL_REGMEM");
_Static_assert(sizeof(struct sdma_cond_exe) == 20, "COND_EXE");
_Static_assert(sizeof(struct sdma_pre_exe) == 8, "PRE_EXE");
_Static_assert(sizeof(struct sdma_atomic) == 32, "ATOMIC");
_Static_assert(__builtin_offsetof(struct sdma_atomic, cmp_lo) == 20, "ATOMIC");
_Static_assert(sizeof(struct sdma_const_fill) == 20, "CONST_FILL");
_Static_assert(sizeof(struct sdma_timestamp_set) == 12, "TIMESTAMP_SET");
_Static_assert(sizeof(struct sdma_timestamp_get) == 12, "TIMESTAMP_GET");
_Static_assert(sizeof(struct sdma_srbm_write) == 12, "SRBM_WRITE");

#endif
