/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR MIT */
/*
 * Packets of PM4 compute queues and of indirect buffers, as gfx9's compute
 * microengine has them.  A packet is an array of dwords, little endian; an
 * address is two of them, low half first.  Indices into the ring count dwords;
 * the write index is 64 bits and only grows, the read index is 32 bits and wraps
 * at the ring's size.
 */
#ifndef PM4_PACKETS_H
#define PM4_PACKETS_H

#include <linux/types.h>

/* Dword 0 of every packet. */
#define PM4_HEADER_TYPE		0xc0000000
#define PM4_HEADER_COUNT	0x3fff0000	/* type 3: dwords that follow, - 1 */
#define PM4_HEADER_OPCODE	0x0000ff00	/* type 3: enum pm4_opcode */
#define PM4_HEADER_COMPUTE	0x00000002	/* type 3: shader type */
#define PM4_HEADER_PREDICATE	0x00000001	/* type 3: refused */

enum pm4_type {
	PM4_TYPE_FILLER		= 2,	/* one dword that nobody looks at */
	PM4_TYPE_3		= 3,
};

/* NOP with this count is one dword: 0xffff1002 pads. */
#define PM4_COUNT_FILLER	0x3fff

enum pm4_opcode {
	PM4_NOP			= 0x10,
	PM4_DISPATCH_DIRECT	= 0x15,
	PM4_DISPATCH_INDIRECT	= 0x16,
	PM4_ATOMIC_MEM		= 0x1e,
	PM4_COND_EXEC		= 0x22,
	PM4_WRITE_DATA		= 0x37,
	PM4_WAIT_REG_MEM	= 0x3c,
	PM4_INDIRECT_BUFFER	= 0x3f,
	PM4_COPY_DATA		= 0x40,
	PM4_COND_WRITE		= 0x45,
	PM4_EVENT_WRITE		= 0x46,
	PM4_RELEASE_MEM		= 0x49,
	PM4_DMA_DATA		= 0x50,
	PM4_ACQUIRE_MEM		= 0x58,
	PM4_SET_SH_REG		= 0x76,
	PM4_WAIT_REG_MEM64	= 0x93,
};

/* WRITE_DATA: the dwords follow the packet. */
#define PM4_WRITE_DATA_DST_SEL		0x00000f00	/* enum pm4_write_data_dst */
#define PM4_WRITE_DATA_ONE_ADDR		0x00010000	/* all to the same dword */
#define PM4_WRITE_DATA_CONFIRM		0x00100000
#define PM4_WRITE_DATA_CACHE_POLICY	0x06000000

enum pm4_write_data_dst {
	PM4_WRITE_DATA_REGISTER		= 0,	/* refused */
	PM4_WRITE_DATA_L2		= 2,
	PM4_WRITE_DATA_GDS		= 3,	/* refused */
	PM4_WRITE_DATA_MEMORY		= 5,
};

struct pm4_write_data {
	__le32 header;
	__le32 control;
	__le32 dst_lo;		/* a multiple of 4 */
	__le32 dst_hi;
};

/* WAIT_REG_MEM: wait until (memory & .mask) FUNCTION .reference. */
#define PM4_WAIT_FUNCTION	0x00000007	/* enum pm4_function */
#define PM4_WAIT_SPACE		0x00000030	/* 1: memory; registers are refused */
#define PM4_WAIT_OPERATION	0x000000c0	/* 0, or 3: may be preempted; others refused */
#define PM4_WAIT_INTERVAL	0x0000ffff	/* .interval: least clocks between two looks */
#define PM4_SPACE_MEMORY	1
#define PM4_WAIT_PLAIN		0
#define PM4_WAIT_PREEMPTABLE	3

/* Unsigned comparisons, of WAIT_REG_MEM, WAIT_REG_MEM64 and COND_WRITE. */
enum pm4_function {
	PM4_ALWAYS,
	PM4_LESS,
	PM4_LESS_EQUAL,
	PM4_EQUAL,
	PM4_NOT_EQUAL,
	PM4_GREATER_EQUAL,
	PM4_GREATER,
};

struct pm4_wait_reg_mem {
	__le32 header;
	__le32 control;
	__le32 addr_lo;		/* a multiple of 4 */
	__le32 addr_hi;
	__le32 reference;
	__le32 mask;
	__le32 interval;
};

struct pm4_wait_reg_mem64 {
	__le32 header;
	__le32 control;		/* as WAIT_REG_MEM */
	__le32 addr_lo;		/* a multiple of 8 */
	__le32 addr_hi;
	__le32 reference_lo;
	__le32 reference_hi;
	__le32 mask_lo;
	__le32 mask_hi;
	__le32 interval;
};

/*
 * INDIRECT_BUFFER: execute the dwords at .base, then go on here.  With CHAIN the
 * buffer at hand ends, and execution goes on there.
 */
#define PM4_IB_SIZE		0x000fffff	/* .control: dwords */
#define PM4_IB_CHAIN		0x00100000	/* .control */
#define PM4_IB_OFFLOAD		0x00200000	/* .control: not looked at */
#define PM4_IB_VALID		0x00800000	/* .control: not looked at */
#define PM4_IB_VMID		0x0f000000	/* .control: not looked at */
#define PM4_IB_CACHE_POLICY	0x30000000	/* .control: not looked at */

/* An indirect buffer that the ring calls may call another one; no deeper. */
#define PM4_IB_DEPTH		2

struct pm4_indirect_buffer {
	__le32 header;
	__le32 base_lo;		/* a multiple of 4 */
	__le32 base_hi;
	__le32 control;
};

/* EVENT_WRITE */
#define PM4_EVENT_TYPE		0x0000003f
#define PM4_EVENT_INDEX		0x00000f00	/* enum pm4_event_index */

enum pm4_event_index {
	PM4_EVENT_OTHER			= 0,
	PM4_EVENT_SAMPLE_STATISTICS	= 2,	/* refused */
	PM4_EVENT_CS_PARTIAL_FLUSH	= 4,
	PM4_EVENT_END_OF_PIPE		= 5,	/* RELEASE_MEM only */
	PM4_EVENT_SHADER_DONE		= 6,	/* RELEASE_MEM only */
};

struct pm4_event_write {
	__le32 header;
	__le32 event;
};

/*
 * RELEASE_MEM: when all before is done and seen by everybody, write .data or the
 * clock, then interrupt.
 */
#define PM4_RELEASE_TCL1_VOL	0x00001000	/* .event: cache actions */
#define PM4_RELEASE_TC_VOL	0x00002000
#define PM4_RELEASE_TC_WB	0x00008000
#define PM4_RELEASE_TCL1	0x00010000
#define PM4_RELEASE_TC		0x00020000
#define PM4_RELEASE_TC_NC	0x00080000
#define PM4_RELEASE_TC_WC	0x00100000
#define PM4_RELEASE_TC_MD	0x00200000
#define PM4_RELEASE_DST_SEL	0x00030000	/* .select: 0 or 1; others refused */
#define PM4_RELEASE_INT_SEL	0x07000000	/* .select: enum pm4_int_sel */
#define PM4_RELEASE_DATA_SEL	0xe0000000	/* .select: enum pm4_data_sel */

enum pm4_int_sel {
	PM4_INT_NONE		= 0,
	PM4_INT_ONLY		= 1,
	PM4_INT_AFTER_WRITE	= 2,
	PM4_INT_DATA_ONLY	= 3,	/* write confirmed, no interrupt */
	PM4_INT_ALWAYS		= 4,
};

enum pm4_data_sel {
	PM4_DATA_NONE		= 0,
	PM4_DATA_32		= 1,
	PM4_DATA_64		= 2,
	PM4_DATA_CLOCK		= 3,	/* 64 bits, 100 MHz */
};

struct pm4_release_mem {
	__le32 header;
	__le32 event;		/* PM4_EVENT_*, PM4_RELEASE_* */
	__le32 select;
	__le32 addr_lo;		/* a multiple of the data's size */
	__le32 addr_hi;
	__le32 data_lo;
	__le32 data_hi;
	__le32 context;
};

/* ACQUIRE_MEM: what others wrote before is seen after it. */
#define PM4_COHER_TC_NC		0x00000008	/* .coher_cntl: cache actions */
#define PM4_COHER_TC_WC		0x00000010
#define PM4_COHER_TC_METADATA	0x00000020
#define PM4_COHER_TCL1_VOL	0x00008000
#define PM4_COHER_TC_WB		0x00040000
#define PM4_COHER_TCL1		0x00400000
#define PM4_COHER_TC		0x00800000
#define PM4_COHER_CB		0x02000000
#define PM4_COHER_DB		0x04000000
#define PM4_COHER_SH_KCACHE	0x08000000
#define PM4_COHER_SH_KCACHE_VOL	0x10000000
#define PM4_COHER_SH_ICACHE	0x20000000
#define PM4_COHER_SH_KCACHE_WB	0x40000000

struct pm4_acquire_mem {
	__le32 header;
	__le32 coher_cntl;
	__le32 size;
	__le32 size_hi;
	__le32 base_lo;
	__le32 base_hi;
	__le32 interval;
};

/* SET_SH_REG: the values follow the packet. */
#define PM4_SH_REG_BASE		0x2c00		/* dword address of register 0 */
#define PM4_SH_REG_COUNT	0x0400
#define PM4_SH_REG_OFFSET	0x0000ffff
#define PM4_SH_REG_VMID_SHIFT	0x0f800000	/* 0 */
#define PM4_SH_REG_INDEX	0xf0000000	/* 0 */

struct pm4_set_sh_reg {
	__le32 header;
	__le32 offset;
};

/* COPY_DATA: one value from here to there. */
#define PM4_COPY_SRC_SEL	0x0000000f	/* enum pm4_copy_src */
#define PM4_COPY_DST_SEL	0x00000f00	/* enum pm4_copy_dst */
#define PM4_COPY_SRC_POLICY	0x00006000
#define PM4_COPY_64		0x00010000	/* 64 bits */
#define PM4_COPY_CONFIRM	0x00100000
#define PM4_COPY_DST_POLICY	0x06000000

enum pm4_copy_src {
	PM4_COPY_SRC_MEMORY	= 1,
	PM4_COPY_SRC_L2		= 2,
	PM4_COPY_SRC_IMMEDIATE	= 5,	/* .src_lo, .src_hi */
	PM4_COPY_SRC_ATOMIC	= 6,	/* what ATOMIC_MEM returned last */
	PM4_COPY_SRC_CLOCK	= 9,	/* 64 bits, 100 MHz */
};

enum pm4_copy_dst {
	PM4_COPY_DST_L2		= 2,
	PM4_COPY_DST_MEMORY	= 5,
};

struct pm4_copy_data {
	__le32 header;
	__le32 control;
	__le32 src_lo;		/* a multiple of the value's size */
	__le32 src_hi;
	__le32 dst_lo;		/* a multiple of the value's size */
	__le32 dst_hi;
};

/* DMA_DATA: copy bytes, or fill with the dword .src_lo. */
#define PM4_DMA_SRC_POLICY	0x00006000	/* .control */
#define PM4_DMA_DST_SEL		0x00300000	/* .control: enum pm4_dma_dst */
#define PM4_DMA_DST_POLICY	0x06000000	/* .control */
#define PM4_DMA_SRC_SEL		0x60000000	/* .control: enum pm4_dma_src */
#define PM4_DMA_SYNC		0x80000000	/* .control */
#define PM4_DMA_COUNT		0x03ffffff	/* .command: bytes */
#define PM4_DMA_SAS		0x04000000	/* .command: source is a register: refused */
#define PM4_DMA_DAS		0x08000000	/* .command: target is a register: refused */
#define PM4_DMA_SRC_FIXED	0x10000000	/* .command: source stays: refused */
#define PM4_DMA_DST_FIXED	0x20000000	/* .command: target stays: refused */
#define PM4_DMA_RAW_WAIT	0x40000000	/* .command */
#define PM4_DMA_NO_CONFIRM	0x80000000	/* .command */

enum pm4_dma_src {
	PM4_DMA_SRC_MEMORY	= 0,
	PM4_DMA_SRC_GDS		= 1,	/* refused */
	PM4_DMA_SRC_DATA	= 2,
	PM4_DMA_SRC_L2		= 3,
};

enum pm4_dma_dst {
	PM4_DMA_DST_MEMORY	= 0,
	PM4_DMA_DST_GDS		= 1,	/* refused */
	PM4_DMA_DST_NOWHERE	= 2,	/* the source is read */
	PM4_DMA_DST_L2		= 3,
};

struct pm4_dma_data {
	__le32 header;
	__le32 control;
	__le32 src_lo;
	__le32 src_hi;
	__le32 dst_lo;
	__le32 dst_hi;
	__le32 command;
};

/* ATOMIC_MEM */
#define PM4_ATOMIC_OPERATION	0x0000007f	/* enum gfx9_atomic, sdma_packets.h */
#define PM4_ATOMIC_COMMAND	0x00000f00	/* enum pm4_atomic_command */
#define PM4_ATOMIC_CACHE_POLICY	0x06000000
#define PM4_ATOMIC_INTERVAL	0x00001fff	/* .interval: least clocks between two tries */

enum pm4_atomic_command {
	PM4_ATOMIC_ONCE		= 0,
	PM4_ATOMIC_LOOP		= 1,	/* compare and swap until it succeeds */
};

struct pm4_atomic_mem {
	__le32 header;
	__le32 control;
	__le32 addr_lo;		/* a multiple of the operand's size */
	__le32 addr_hi;
	__le32 src_lo;
	__le32 src_hi;
	__le32 cmp_lo;
	__le32 cmp_hi;
	__le32 interval;
};

/* COND_EXEC: if the dword in memory is 0, pass over the next dwords. */
#define PM4_COND_EXEC_COUNT	0x00003fff	/* .exec_count: dwords */

struct pm4_cond_exec {
	__le32 header;
	__le32 addr_lo;		/* a multiple of 4 */
	__le32 addr_hi;
	__le32 reserved;
	__le32 exec_count;
};

/* COND_WRITE: if (memory & .mask) FUNCTION .reference, write .data. */
#define PM4_COND_WRITE_FUNCTION	0x00000007	/* enum pm4_function */
#define PM4_COND_WRITE_POLL	0x00000010	/* 1: memory; registers are refused */
#define PM4_COND_WRITE_SPACE	0x00000300	/* 1: memory; others are refused */

struct pm4_cond_write {
	__le32 header;
	__le32 control;
	__le32 poll_lo;		/* a multiple of 4 */
	__le32 poll_hi;
	__le32 reference;
	__le32 mask;
	__le32 write_lo;	/* a multiple of 4 */
	__le32 write_hi;
	__le32 data;
};

/*
 * DISPATCH_DIRECT: start work-groups with what SET_SH_REG has set, numbers of
 * registers counted from PM4_SH_REG_BASE.
 */
#define PM4_DISPATCH_ENABLE		0x00000001
#define PM4_DISPATCH_FORCE_START	0x00000004	/* the first group is 0 */
#define PM4_DISPATCH_THREAD_DIMS	0x00000020	/* x, y, z are work-items */

enum pm4_sh_reg {
	PM4_SH_START_X		= 0x204,	/* first work-group; y, z follow */
	PM4_SH_NUM_THREAD_X	= 0x207,	/* low half: work-items; y, z follow */
	PM4_SH_PGM_LO		= 0x20c,	/* address of the code >> 8 */
	PM4_SH_PGM_HI		= 0x20d,
	PM4_SH_PGM_RSRC1	= 0x212,
	PM4_SH_PGM_RSRC2	= 0x213,
	PM4_SH_TMPRING_SIZE	= 0x218,
	PM4_SH_PGM_RSRC3	= 0x22d,
	PM4_SH_USER_DATA_0	= 0x240,	/* 16 of them */
};

struct pm4_dispatch_direct {
	__le32 header;
	__le32 x;
	__le32 y;
	__le32 z;
	__le32 initiator;
};

_Static_assert(sizeof(struct pm4_write_data) == 16, "WRITE_DATA");
_Static_assert(sizeof(struct pm4_wait_reg_mem) == 28, "WAIT_REG_MEM");
_Static_assert(__builtin_offsetof(struct pm4_wait_reg_mem, reference) == 16,
	       "WAIT_REG_MEM");
_Static_assert(sizeof(struct pm4_wait_reg_mem64) == 36, "WAIT_REG_MEM64");
_Static_assert(__builtin_offsetof(struct pm4_wait_reg_mem64, mask_lo) == 24,
	       "WAIT_REG_MEM64");
_Static_assert(sizeof(struct pm4_indirect_buffer) == 16, "INDIRECT_BUFFER");
_Static_assert(sizeof(struct pm4_event_write) == 8, "EVENT_WRITE");
_Static_assert(sizeof(struct pm4_release_mem) == 32, "RELEASE_MEM");
_Static_assert(__builtin_offsetof(struct pm4_release_mem, addr_lo) == 12,
	       "RELEASE_MEM");
_Static_assert(__builtin_offsetof(struct pm4_release_mem, context) == 28,
	       "RELEASE_MEM");
_Static_assert(sizeof(struct pm4_acquire_mem) == 28, "ACQUIRE_MEM");
_Static_assert(sizeof(struct pm4_set_sh_reg) == 8, "SET_SH_REG");
_Static_assert(sizeof(struct pm4_copy_data) == 24, "COPY_DATA");
_Static_assert(__builtin_offsetof(struct pm4_copy_data, dst_lo) == 16, "COPY_DATA");
_Static_assert(sizeof(struct pm4_dma_data) == 28, "DMA_DATA");
_Static_assert(__builtin_offsetof(struct pm4_dma_data, command) == 24, "DMA_DATA");
_Static_assert(sizeof(struct pm4_atomic_mem) == 36, "ATOMIC_MEM");
_Static_assert(__builtin_offsetof(struct pm4_atomic_mem, cmp_lo) == 24, "ATOMIC_MEM");
_Static_assert(sizeof(struct pm4_cond_exec) == 20, "COND_EXEC");
_Static_assert(sizeof(struct pm4_cond_write) == 36, "COND_WRITE");
_Static_assert(__builtin_offsetof(struct pm4_cond_write, write_lo) == 24,
	       "COND_WRITE");
_Static_assert(sizeof(struct pm4_dispatch_direct) == 20, "DISPATCH_DIRECT");

#endif
