// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include "abi/sdma_packets.h"
#include "packets.h"

#define COPY_RECT	(SDMA_OP_COPY | SDMA_SUB_OP_COPY_LINEAR_RECT << 8)
#define GET_GLOBAL	(SDMA_OP_TIMESTAMP | SDMA_SUB_OP_TIMESTAMP_GET_GLOBAL << 8)
#define GET		(SDMA_OP_TIMESTAMP | SDMA_SUB_OP_TIMESTAMP_GET << 8)
#define SET		(SDMA_OP_TIMESTAMP | SDMA_SUB_OP_TIMESTAMP_SET << 8)
#define POLL(func)	(SDMA_OP_POLL_REGMEM | SDMA_POLL_MEM | FIELD(SDMA_POLL_FUNC, func))
#define FOREVER		FIELD(SDMA_POLL_RETRY, SDMA_POLL_RETRY_FOREVER)
#define ATOMIC(op)	(SDMA_OP_ATOMIC | FIELD(SDMA_ATOMIC_OPERATION, op))
#define FILL_BYTES	SDMA_OP_CONST_FILL
#define FILL_DWORDS	(SDMA_OP_CONST_FILL | FIELD(SDMA_FILL_SIZE, SDMA_FILL_DWORDS))

/* What packets do, said without packets. */
struct effect {
	enum { NOTHING, COPY, BYTES, DWORDS, WORD32, WORD64 } what;
	u32 dst;
	u32 src;
	u32 len;
	u64 value;
};

static void apply_effects(u8 *data, const void *arg)
{
	const struct effect *e = arg;
	u32 i;

	for (; e->what != NOTHING; e++) {
		switch (e->what) {
		case COPY:
			for (i = 0; i < e->len; i++)
				data[e->dst + i] = data[e->src + i];
			break;
		case BYTES:
			for (i = 0; i < e->len; i++)
				data[e->dst + i] = e->value;
			break;
		case DWORDS:
			for (i = 0; i < e->len; i++)
				put32(data + e->dst + i * 4, e->value);
			break;
		case WORD32:
			put32(data + e->dst, e->value);
			break;
		default:
			put64(data + e->dst, e->value);
		}
	}
}

#define WORDS(...) \
	.dwords = (const u32[]){ __VA_ARGS__ }, \
	.count = sizeof((const u32[]){ __VA_ARGS__ }) / 4
#define EFFECTS(...) \
	.apply = apply_effects, .arg = (const struct effect[]){ __VA_ARGS__, { 0 } }

static void check_rows(void **state, const struct packet_case *rows, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct packet_case c = rows[i];

		c.type = i & 1 ? SIMGPU_QUEUE_SDMA_XGMI : SIMGPU_QUEUE_SDMA;
		packet_check(*state, &c);
	}
}

static void simple_packets(void **state)
{
	const struct packet_case rows[] = {
		{ "NOP", 0, WORDS(0) },
		{ "padding", 0, WORDS(0, 0, 0, 0, 0, 0, 0) },
		{ "NOP with dwords", 0, WORDS(FIELD(SDMA_NOP_COUNT, 3), ~0U, ~0U, ~0U) },
		{ "FENCE", 0, WORDS(SDMA_OP_FENCE, AT(0x1ffc), 0xdeadbeef),
		  EFFECTS({ WORD32, 0x1ffc, .value = 0xdeadbeef }) },
		{ "two FENCEs", 0,
		  WORDS(SDMA_OP_FENCE, AT(0x1000), 1, SDMA_OP_FENCE, AT(0x1000), 2),
		  EFFECTS({ WORD32, 0x1000, .value = 2 }) },
		{ "TRAP", 0, WORDS(SDMA_OP_TRAP, 0x0abcdef1), NULL, NULL,
		  1, SIMGPU_INT_SDMA_TRAP, 0x0abcdef1 },
		{ "FENCE and TRAP", 0, WORDS(SDMA_OP_FENCE, AT(8), 17, SDMA_OP_TRAP, 17),
		  EFFECTS({ WORD32, 8, .value = 17 }), 1, SIMGPU_INT_SDMA_TRAP, 17 },
		{ "DUMMY_TRAP", 0, WORDS(SDMA_OP_DUMMY_TRAP, 5) },
		{ "flush of the HDP as ROCr does it", 0,
		  WORDS(0x00000008, 0, 0x80000000, 0, 0, 0) },
		{ "flush of the HDP", 0, WORDS(SDMA_OP_POLL_REGMEM | SDMA_POLL_HDP_FLUSH |
					       FIELD(SDMA_POLL_FUNC, SDMA_POLL_EQUAL),
					       4, 8, 1, ~0U, FOREVER) },
		{ "WRITE of one", 0, WORDS(SDMA_OP_WRITE, AT(0x2ffc), 0, 0x12345678),
		  EFFECTS({ WORD32, 0x2ffc, .value = 0x12345678 }) },
		{ "WRITE over a page's end", 0, WORDS(SDMA_OP_WRITE, AT(0x3ff8), 3, 1, 2, 3, 4),
		  EFFECTS({ WORD32, 0x3ff8, .value = 1 }, { WORD32, 0x3ffc, .value = 2 },
			  { WORD32, 0x4000, .value = 3 }, { WORD32, 0x4004, .value = 4 }) },
	};

	check_rows(state, rows, ARRAY_SIZE(rows));
}

static void copies(void **state)
{
	const struct packet_case rows[] = {
		{ "a byte", 0, WORDS(SDMA_OP_COPY, 0, 0, AT(0x17), AT(0x2fff)),
		  EFFECTS({ COPY, 0x2fff, 0x17, .len = 1 }) },
		{ "a page", 0, WORDS(SDMA_OP_COPY, 0xfff, 0, AT(0), AT(0x10000)),
		  EFFECTS({ COPY, 0x10000, 0, .len = 0x1000 }) },
		{ "many pages", 0, WORDS(SDMA_OP_COPY, 0x1ffff, 0, AT(1), AT(0x20000)),
		  EFFECTS({ COPY, 0x20000, 1, .len = 0x20000 }) },
		{ "onto itself", 0, WORDS(SDMA_OP_COPY, 0x1fff, 0, AT(0x5001), AT(0x5001)) },
		{ "broadcast", 0,
		  WORDS(SDMA_OP_COPY | SDMA_COPY_BROADCAST, 0xfffe, 0, AT(3),
			AT(0x18001), AT(0x2a0ff)),
		  EFFECTS({ COPY, 0x18001, 3, .len = 0xffff },
			  { COPY, 0x2a0ff, 3, .len = 0xffff }) },
		{ "one after the other", 0,
		  WORDS(SDMA_OP_COPY, 0x3fff, 0, AT(0), AT(0x10000),
			SDMA_OP_COPY, 0x3fff, 0, AT(0x10000), AT(0x20000)),
		  EFFECTS({ COPY, 0x10000, 0, .len = 0x4000 },
			  { COPY, 0x20000, 0, .len = 0x4000 }) },
	};

	check_rows(state, rows, ARRAY_SIZE(rows));
}

/* Source, target, length around words and pages. */
static void copies_of_every_alignment(void **state)
{
	static const u32 src[] = { 0, 1, 3, 4, 7, 8, 15, 63, 0xff8, 0xfff };
	static const u32 dst[] = { 0, 1, 2, 4, 5, 8, 31, 64, 0xffc, 0xfff };
	static const u32 len[] = { 1, 2, 3, 4, 7, 8, 9, 64, 0xfff, 0x1000, 0x2001 };
	struct engine_fixture *f = *state;
	size_t i, j, k;
	u8 *wanted;

	packet_new(f, SIMGPU_QUEUE_SDMA);
	wanted = malloc(DATA_USED);
	assert_non_null(wanted);
	packet_pattern(wanted, DATA_USED);
	for (i = 0; i < ARRAY_SIZE(src); i++) {
		for (j = 0; j < ARRAY_SIZE(dst); j++) {
			for (k = 0; k < ARRAY_SIZE(len); k++) {
				const u32 from = 0x2000 + src[i];
				const u32 to = 0x8000 + dst[j];
				const u32 packet[] = {
					SDMA_OP_COPY, len[k] - 1, 0, AT(from), AT(to),
				};

				engine_put(f, packet, ARRAY_SIZE(packet));
				memcpy(wanted + to, wanted + from, len[k]);
			}
			engine_ring(f);
			assert_int_equal(engine_run(f), STEP_IDLE);
			assert_memory_equal(engine_data(f, 0), wanted, DATA_USED);
		}
	}
	free(wanted);
}

/* The longest copy that there is, 4 MiB. */
static void longest_copy(void **state)
{
	const u32 packet[] = {
		SDMA_OP_COPY, SDMA_COPY_COUNT, 0, AT(0x1), AT(0x800000),
	};
	struct engine_fixture *f = *state;

	packet_new(f, SIMGPU_QUEUE_SDMA);
	packet_pattern(engine_data(f, 0), 0x400008);
	memset(engine_data(f, 0x800000), 0, 0x400001);
	engine_put(f, packet, ARRAY_SIZE(packet));
	engine_ring(f);
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_memory_equal(engine_data(f, 0x800000), engine_data(f, 1), 0x400000);
	assert_int_equal(*engine_data(f, 0xc00000), 0);
}

/* A box from one volume into another; elements of 1 << element bytes. */
struct box {
	const char *name;
	u32 element;
	u32 src_x, src_y, src_z, src_pitch, src_slice;
	u32 dst_x, dst_y, dst_z, dst_pitch, dst_slice;
	u32 width, height, depth;
};

#define BOX_SRC		0x1003
#define BOX_DST		0x20005

static void apply_box(u8 *data, const void *arg)
{
	const struct box *b = arg;
	u32 x, y, z, i, from, to;

	for (z = 0; z < b->depth; z++)
		for (y = 0; y < b->height; y++)
			for (x = 0; x < b->width; x++)
				for (i = 0; i < 1U << b->element; i++) {
					from = (b->src_z + z) * b->src_slice +
					       (b->src_y + y) * b->src_pitch +
					       b->src_x + x;
					to = (b->dst_z + z) * b->dst_slice +
					     (b->dst_y + y) * b->dst_pitch +
					     b->dst_x + x;
					data[BOX_DST + (to << b->element) + i] =
						data[BOX_SRC + (from << b->element) + i];
				}
}

static void rectangles(void **state)
{
	static const struct box rows[] = {
		{ "one element", 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1 },
		{ "bytes", 0, 3, 2, 1, 64, 64 * 32, 1, 1, 0, 100, 100 * 20, 50, 17, 3 },
		{ "words", 1, 3, 2, 1, 64, 64 * 32, 1, 1, 2, 100, 100 * 20, 50, 17, 3 },
		{ "dwords", 2, 5, 0, 0, 128, 4096, 0, 7, 0, 64, 4096, 60, 40, 2 },
		{ "8 bytes", 3, 0, 1, 0, 32, 512, 2, 0, 1, 16, 256, 13, 15, 4 },
		{ "16 bytes", 4, 1, 1, 1, 8, 64, 1, 1, 1, 16, 128, 7, 6, 5 },
		{ "a row over pages", 0, 0, 0, 0, 0x4000, 0x4000, 0, 0, 0, 0x4000, 0x4000,
		  0x4000, 1, 1 },
		{ "many rows", 0, 0, 0, 0, 8, 8 * 1024, 1, 0, 0, 8, 8 * 1024, 5, 1024, 2 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct box *b = &rows[i];
		const u32 packet[] = {
			COPY_RECT | FIELD(SDMA_RECT_ELEMENT, b->element),
			AT(BOX_SRC),
			FIELD(SDMA_RECT_X, b->src_x) | FIELD(SDMA_RECT_Y, b->src_y),
			FIELD(SDMA_RECT_Z, b->src_z) |
				FIELD(SDMA_RECT_PITCH, b->src_pitch - 1),
			b->src_slice - 1,
			AT(BOX_DST),
			FIELD(SDMA_RECT_X, b->dst_x) | FIELD(SDMA_RECT_Y, b->dst_y),
			FIELD(SDMA_RECT_Z, b->dst_z) |
				FIELD(SDMA_RECT_PITCH, b->dst_pitch - 1),
			b->dst_slice - 1,
			FIELD(SDMA_RECT_X, b->width - 1) |
				FIELD(SDMA_RECT_Y, b->height - 1),
			b->depth - 1,
		};
		const struct packet_case c = {
			.name = b->name, .type = SIMGPU_QUEUE_SDMA,
			.dwords = packet, .count = ARRAY_SIZE(packet),
			.apply = apply_box, .arg = b,
		};

		packet_check(*state, &c);
	}
}

/* As ROCr counts, (dwords - 1) * 4, and as kfdtest does, bytes - 1. */
static void fills(void **state)
{
	const struct packet_case rows[] = {
		{ "a dword, ROCr", 0, WORDS(FILL_DWORDS, AT(0x1ffc), 0xabcd1234, 0),
		  EFFECTS({ DWORDS, 0x1ffc, .len = 1, .value = 0xabcd1234 }) },
		{ "a dword, kfdtest", 0, WORDS(FILL_DWORDS, AT(0x1ffc), 0xabcd1234, 3),
		  EFFECTS({ DWORDS, 0x1ffc, .len = 1, .value = 0xabcd1234 }) },
		{ "2 KiB, ROCr", 0, WORDS(FILL_DWORDS, AT(0x2c04), 7, (0x200 - 1) * 4),
		  EFFECTS({ DWORDS, 0x2c04, .len = 0x200, .value = 7 }) },
		{ "2 KiB, kfdtest", 0, WORDS(FILL_DWORDS, AT(0x2c04), 7, 0x200 * 4 - 1),
		  EFFECTS({ DWORDS, 0x2c04, .len = 0x200, .value = 7 }) },
		{ "128 KiB", 0, WORDS(FILL_DWORDS, AT(0x10000), 0x80000001, 0x1ffff),
		  EFFECTS({ DWORDS, 0x10000, .len = 0x8000, .value = 0x80000001 }) },
		{ "a byte", 0, WORDS(FILL_BYTES, AT(0x3fff), 0xaabbcc5a, 0),
		  EFFECTS({ BYTES, 0x3fff, .len = 1, .value = 0x5a }) },
		{ "bytes over a page's end", 0, WORDS(FILL_BYTES, AT(0x3ffb), 0x5a, 10),
		  EFFECTS({ BYTES, 0x3ffb, .len = 11, .value = 0x5a }) },
		{ "128 KiB of bytes", 0, WORDS(FILL_BYTES, AT(0x10001), 0xff, 0x1fffe),
		  EFFECTS({ BYTES, 0x10001, .len = 0x1ffff, .value = 0xff }) },
	};

	check_rows(state, rows, ARRAY_SIZE(rows));
}

/* WRITE with a payload of several chunks. */
static void long_writes(void **state)
{
	static const u32 counts[] = { 255, 256, 257, 1000, 2044 };
	struct engine_fixture *f = *state;
	size_t i;
	u32 k;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		u32 head[] = { SDMA_OP_WRITE, AT(0x10ff4), counts[i] - 1 };

		packet_new(f, SIMGPU_QUEUE_SDMA);
		/* Wrap inside of the payload. */
		engine_start_at(f, f->q->ring_size - 64);
		engine_put(f, head, ARRAY_SIZE(head));
		for (k = 0; k < counts[i]; k++)
			engine_put(f, &(u32){ k * 3 + 1 }, 1);
		engine_ring(f);
		engine_map(f, ENGINE_DATA_VA, ENGINE_DATA_SIZE, 0);
		engine_flush(f);
		f->slice = 1;
		assert_int_equal(engine_run(f), STEP_IDLE);
		for (k = 0; k < counts[i]; k++)
			assert_int_equal(get32(engine_data(f, 0x10ff4 + k * 4)),
					 k * 3 + 1);
		assert_int_equal(engine_rptr(f), f->written);
	}
}

#define MIN32	0x80000000U
#define MIN64	0x8000000000000000ULL
#define ALL	0xffffffffffffffffULL

/* Old value, operand, compare value, new value; the same in 32 and 64 bits. */
static const struct atomic_row {
	u32 op;
	u64 old, src, cmp, new;
} atomics32[] = {
	{ GFX9_ATOMIC_SWAP, 1, 0xfffffffe, 0, 0xfffffffe },
	{ GFX9_ATOMIC_CMPSWAP, 5, 9, 5, 9 },
	{ GFX9_ATOMIC_CMPSWAP, 5, 9, 6, 5 },
	{ GFX9_ATOMIC_ADD, 0xffffffff, 1, 0, 0 },
	{ GFX9_ATOMIC_ADD, 0x7fffffff, 1, 0, MIN32 },
	{ GFX9_ATOMIC_ADD, 1, 0xffffffff, 0, 0 },
	{ GFX9_ATOMIC_SUB, 0, 1, 0, 0xffffffff },
	{ GFX9_ATOMIC_SMIN, 0, 0xffffffff, 0, 0xffffffff },
	{ GFX9_ATOMIC_SMIN, MIN32, 0x7fffffff, 0, MIN32 },
	{ GFX9_ATOMIC_UMIN, 0, 0xffffffff, 0, 0 },
	{ GFX9_ATOMIC_UMIN, MIN32, 0x7fffffff, 0, 0x7fffffff },
	{ GFX9_ATOMIC_SMAX, 0, 0xffffffff, 0, 0 },
	{ GFX9_ATOMIC_SMAX, MIN32, 0x7fffffff, 0, 0x7fffffff },
	{ GFX9_ATOMIC_UMAX, 0, 0xffffffff, 0, 0xffffffff },
	{ GFX9_ATOMIC_UMAX, MIN32, 0x7fffffff, 0, MIN32 },
	{ GFX9_ATOMIC_AND, 0xff00ff00, 0x0ff00ff0, 0, 0x0f000f00 },
	{ GFX9_ATOMIC_OR, 0xff00ff00, 0x0ff00ff0, 0, 0xfff0fff0 },
	{ GFX9_ATOMIC_XOR, 0xff00ff00, 0x0ff00ff0, 0, 0xf0f0f0f0 },
	{ GFX9_ATOMIC_INC, 5, 7, 0, 6 },
	{ GFX9_ATOMIC_INC, 7, 7, 0, 0 },
	{ GFX9_ATOMIC_INC, 0xffffffff, 0xffffffff, 0, 0 },
	{ GFX9_ATOMIC_INC, 9, 7, 0, 0 },
	{ GFX9_ATOMIC_DEC, 5, 7, 0, 4 },
	{ GFX9_ATOMIC_DEC, 0, 7, 0, 7 },
	{ GFX9_ATOMIC_DEC, 8, 7, 0, 7 },
	{ GFX9_ATOMIC_DEC, 7, 7, 0, 6 },
}, atomics64[] = {
	{ GFX9_ATOMIC_SWAP, 1, ALL - 1, 0, ALL - 1 },
	{ GFX9_ATOMIC_CMPSWAP, 5ULL << 32, 9ULL << 32, 5ULL << 32, 9ULL << 32 },
	{ GFX9_ATOMIC_CMPSWAP, 5ULL << 32, 9, 6ULL << 32, 5ULL << 32 },
	{ GFX9_ATOMIC_ADD, 1, ALL, 0, 0 },
	{ GFX9_ATOMIC_ADD, 0xffffffff, 1, 0, 0x100000000 },
	{ GFX9_ATOMIC_SUB, 0, 1, 0, ALL },
	{ GFX9_ATOMIC_SMIN, 0, ALL, 0, ALL },
	{ GFX9_ATOMIC_SMIN, MIN32, 1, 0, 1 },
	{ GFX9_ATOMIC_SMIN, MIN64, MIN64 - 1, 0, MIN64 },
	{ GFX9_ATOMIC_UMIN, 0, ALL, 0, 0 },
	{ GFX9_ATOMIC_UMIN, MIN64, MIN64 - 1, 0, MIN64 - 1 },
	{ GFX9_ATOMIC_SMAX, 0, ALL, 0, 0 },
	{ GFX9_ATOMIC_SMAX, MIN64, MIN64 - 1, 0, MIN64 - 1 },
	{ GFX9_ATOMIC_UMAX, 0, ALL, 0, ALL },
	{ GFX9_ATOMIC_UMAX, MIN64, MIN64 - 1, 0, MIN64 },
	{ GFX9_ATOMIC_AND, ALL, 0x0ff000000000000f, 0, 0x0ff000000000000f },
	{ GFX9_ATOMIC_OR, 1, MIN64, 0, MIN64 | 1 },
	{ GFX9_ATOMIC_XOR, ALL, MIN64 | 1, 0, MIN64 - 2 },
	{ GFX9_ATOMIC_INC, 0xffffffff, ALL, 0, 0x100000000 },
	{ GFX9_ATOMIC_INC, ALL, ALL, 0, 0 },
	{ GFX9_ATOMIC_DEC, 0x100000000, ALL, 0, 0xffffffff },
	{ GFX9_ATOMIC_DEC, 0, ALL, 0, ALL },
	{ GFX9_ATOMIC_DEC, ALL, ALL - 1, 0, ALL - 1 },
};

static void atomic_rows(struct engine_fixture *f, const struct atomic_row *rows,
			size_t count, u32 flags)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const u32 packet[] = {
			ATOMIC(rows[i].op | flags), AT(0x3ff8),
			rows[i].src, rows[i].src >> 32,
			rows[i].cmp, rows[i].cmp >> 32, 0,
		};
		u64 junk = flags & GFX9_ATOMIC_64 ? 0 : 0x1122334400000000;

		packet_new(f, SIMGPU_QUEUE_SDMA);
		put64(engine_data(f, 0x3ff8), rows[i].old | junk);
		/* The first try faults, the second one counts. */
		engine_map(f, ENGINE_DATA_VA, ENGINE_DATA_SIZE, 0);
		engine_flush(f);
		engine_put(f, packet, ARRAY_SIZE(packet));
		engine_ring(f);
		if (engine_run(f) != STEP_IDLE || f->faults != 1 ||
		    get64(engine_data(f, 0x3ff8)) != (rows[i].new | junk))
			fail_msg("row %zu, flags 0x%x: 0x%llx", i, flags,
				 (unsigned long long)get64(engine_data(f, 0x3ff8)));
	}
}

static void atomics(void **state)
{
	atomic_rows(*state, atomics32, ARRAY_SIZE(atomics32), 0);
	atomic_rows(*state, atomics32, ARRAY_SIZE(atomics32), GFX9_ATOMIC_NO_RETURN);
	atomic_rows(*state, atomics64, ARRAY_SIZE(atomics64), GFX9_ATOMIC_64);
	atomic_rows(*state, atomics64, ARRAY_SIZE(atomics64),
		    GFX9_ATOMIC_64 | GFX9_ATOMIC_NO_RETURN);
}

static void apply_add(u8 *data, const void *arg)
{
	put64(data + 0x2008, get64(data + 0x2008) - 1);
	put32(data + 0x100, 17);
}

/* ROCr's end of a copy; the signal counts down once, whatever happens. */
static void countdown_once(void **state)
{
	const u32 packets[] = {
		0x5e00000a, AT(0x2008), ~0U, ~0U, 0, 0, 0,
		SDMA_OP_FENCE, AT(0x100), 17,
		SDMA_OP_TRAP, 17,
	};
	const struct packet_case c = {
		"count down", SIMGPU_QUEUE_SDMA, packets, ARRAY_SIZE(packets),
		apply_add, NULL, 1, SIMGPU_INT_SDMA_TRAP, 17,
	};

	packet_check(*state, &c);
}

/* CMPSWAP with LOOP waits until it can swap. */
static void atomic_loops(void **state)
{
	const u32 packet[] = {
		ATOMIC(GFX9_ATOMIC_CMPSWAP | GFX9_ATOMIC_64) | SDMA_ATOMIC_LOOP,
		AT(0x1000), 2, 0, 1, 0, 0,
	};
	struct engine_fixture *f = *state;
	int i;

	packet_new(f, SIMGPU_QUEUE_SDMA);
	put64(engine_data(f, 0x1000), 7);
	engine_put(f, packet, ARRAY_SIZE(packet));
	engine_ring(f);
	for (i = 0; i < 10; i++)
		assert_int_equal(engine_run(f), STEP_BLOCKED);
	assert_int_equal(get64(engine_data(f, 0x1000)), 7);
	put64(engine_data(f, 0x1000), 1);
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_int_equal(get64(engine_data(f, 0x1000)), 2);
}

static void polls(void **state)
{
	/* The mask takes away the low byte; the comparison is unsigned. */
	static const u32 values[3] = { 0x7fffff12, 0x80000034, 0x80000156 };
	struct engine_fixture *f = *state;
	u32 func, i;

	for (func = 0; func < 7; func++) {
		for (i = 0; i < 3; i++) {
			const u32 packet[] = {
				POLL(func), AT(0x1000), 0x80000000, ~0xffU, FOREVER,
			};

			packet_new(f, SIMGPU_QUEUE_SDMA);
			put32(engine_data(f, 0x1000), values[i]);
			engine_put(f, packet, ARRAY_SIZE(packet));
			engine_ring(f);
			assert_int_equal(engine_run(f), engine_holds[func][i] ? STEP_IDLE :
					 STEP_BLOCKED);
		}
	}
}

/* A poll waits, looks again, faults in between, and goes on when it holds. */
static void poll_waits(void **state)
{
	const u32 packets[] = {
		POLL(SDMA_POLL_EQUAL), AT(0x1000), 5, ~0U, FOREVER | 4,
		SDMA_OP_FENCE, AT(0x2000), 1,
	};
	struct engine_fixture *f = *state;
	int i;

	packet_new(f, SIMGPU_QUEUE_SDMA);
	put32(engine_data(f, 0x1000), 0);
	put32(engine_data(f, 0x2000), 0);
	engine_put(f, packets, ARRAY_SIZE(packets));
	engine_ring(f);
	for (i = 0; i < 100; i++) {
		assert_int_equal(engine_run(f), STEP_BLOCKED);
		if (i % 10)
			continue;
		engine_map(f, ENGINE_DATA_VA, ENGINE_DATA_SIZE, 0);
		engine_flush(f);
	}
	assert_int_equal(engine_rptr(f), 0);
	put32(engine_data(f, 0x1000), 5);
	while (engine_run(f) == STEP_BLOCKED)
		;
	assert_int_equal(get32(engine_data(f, 0x2000)), 1);
	assert_int_equal(engine_rptr(f), f->written);
}

static void poll_times_out(void **state)
{
	const u32 packet[] = {
		POLL(SDMA_POLL_EQUAL), AT(0x1000), 5, ~0U, FIELD(SDMA_POLL_RETRY, 3),
	};
	struct engine_fixture *f = *state;
	int looks;

	packet_new(f, SIMGPU_QUEUE_SDMA);
	put32(engine_data(f, 0x1000), 9);
	engine_put(f, packet, ARRAY_SIZE(packet));
	engine_ring(f);
	for (looks = 1; engine_run(f) == STEP_BLOCKED; looks++)
		;
	assert_int_equal(looks, 4);
	assert_int_equal(f->q->failure.code, SIMGPU_ERROR_TIMEOUT);
	assert_int_equal(f->q->failure.data, 9);
}

/* Each packet counts its own looks. */
static void polls_count_for_themselves(void **state)
{
	const u32 packet[] = {
		POLL(SDMA_POLL_EQUAL), AT(0x1000), 5, ~0U, FIELD(SDMA_POLL_RETRY, 3),
	};
	struct engine_fixture *f = *state;
	int i, looks;

	packet_new(f, SIMGPU_QUEUE_SDMA);
	for (i = 0; i < 5; i++) {
		put32(engine_data(f, 0x1000), 9);
		engine_put(f, packet, ARRAY_SIZE(packet));
		engine_ring(f);
		for (looks = 0; looks < 3; looks++)
			assert_int_equal(engine_run(f), STEP_BLOCKED);
		put32(engine_data(f, 0x1000), 5);
		assert_int_equal(engine_run(f), STEP_IDLE);
	}
}

/* Looks are no closer together than the interval, here 655 us. */
static void poll_keeps_interval(void **state)
{
	const u32 packet[] = {
		POLL(SDMA_POLL_EQUAL), AT(0x1000), 5, ~0U,
		FIELD(SDMA_POLL_RETRY, 3) | SDMA_POLL_INTERVAL,
	};
	struct engine_fixture *f = *state;
	u64 start = queue_clock();
	enum step step;

	packet_new(f, SIMGPU_QUEUE_SDMA);
	put32(engine_data(f, 0x1000), 9);
	engine_put(f, packet, ARRAY_SIZE(packet));
	engine_ring(f);
	do
		step = engine_run(f);
	while (step == STEP_BLOCKED);
	assert_int_equal(step, STEP_ERROR);
	assert_true(queue_clock() - start >= 3 * SDMA_POLL_INTERVAL);
}

static void conditions(void **state)
{
	const struct packet_case rows[] = {
		{ "COND_EXE that holds", 0,
		  WORDS(SDMA_OP_FENCE, AT(0), 1,
			SDMA_OP_COND_EXE, AT(0), 1, 4,
			SDMA_OP_FENCE, AT(0x1000), 2, SDMA_OP_FENCE, AT(0x2000), 3),
		  EFFECTS({ WORD32, 0, .value = 1 }, { WORD32, 0x1000, .value = 2 },
			  { WORD32, 0x2000, .value = 3 }) },
		{ "COND_EXE that does not", 0,
		  WORDS(SDMA_OP_FENCE, AT(0), 1,
			SDMA_OP_COND_EXE, AT(0), 0, 4,
			SDMA_OP_FENCE, AT(0x1000), 2, SDMA_OP_FENCE, AT(0x2000), 3),
		  EFFECTS({ WORD32, 0, .value = 1 }, { WORD32, 0x2000, .value = 3 }) },
		{ "COND_EXE over all", 0,
		  WORDS(SDMA_OP_FENCE, AT(0), 1,
			SDMA_OP_COND_EXE, AT(0), 2, 4, ~0U, ~0U, ~0U, ~0U),
		  EFFECTS({ WORD32, 0, .value = 1 }) },
		{ "PRE_EXE for us", 0,
		  WORDS(SDMA_OP_PRE_EXE | FIELD(SDMA_PRE_EXE_DEVICES, 0x81), 4,
			SDMA_OP_FENCE, AT(0x1000), 2),
		  EFFECTS({ WORD32, 0x1000, .value = 2 }) },
		{ "PRE_EXE for others", 0,
		  WORDS(SDMA_OP_PRE_EXE | FIELD(SDMA_PRE_EXE_DEVICES, 0x80), 4,
			SDMA_OP_FENCE, AT(0x1000), 2, SDMA_OP_FENCE, AT(0x2000), 3),
		  EFFECTS({ WORD32, 0x2000, .value = 3 }) },
	};

	check_rows(state, rows, ARRAY_SIZE(rows));
}

/* What COND_EXE passes over need not be in the ring yet. */
static void skips_what_comes_later(void **state)
{
	const u32 skip[] = { SDMA_OP_COND_EXE, AT(0), 0, 100 };
	const u32 fence[] = { SDMA_OP_FENCE, AT(0x1000), 2 };
	struct engine_fixture *f = *state;
	int i;

	packet_new(f, SIMGPU_QUEUE_SDMA);
	put32(engine_data(f, 0), 1);
	engine_put(f, skip, ARRAY_SIZE(skip));
	for (i = 0; i < 100; i++) {
		engine_ring(f);
		assert_int_equal(engine_run(f), STEP_IDLE);
		assert_int_equal(engine_rptr(f), f->written);
		engine_put(f, &(u32){ ~0U }, 1);
	}
	engine_put(f, fence, ARRAY_SIZE(fence));
	engine_ring(f);
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_int_equal(get32(engine_data(f, 0x1000)), 2);
}

static void timestamps(void **state)
{
	const u32 packets[] = {
		GET_GLOBAL, AT(0xff8),
		GET, AT(0x1000),
		SET, 0x1000, 0x20,
		GET, AT(0x1008),
		GET_GLOBAL, AT(0x1010),
	};
	struct engine_fixture *f = *state;
	u64 before = queue_clock(), after;
	const u8 *data = engine_data(f, 0);

	packet_new(f, SIMGPU_QUEUE_SDMA);
	engine_put(f, packets, ARRAY_SIZE(packets));
	engine_ring(f);
	assert_int_equal(engine_run(f), STEP_IDLE);
	after = queue_clock();
	assert_in_range(get64(data + 0xff8), before, after);
	assert_in_range(get64(data + 0x1000), before, after);
	assert_in_range(get64(data + 0x1008), 0x2000001000,
			0x2000001000 + (after - before));
	assert_in_range(get64(data + 0x1010), get64(data + 0xff8), after);
}

static void indirect_buffers(void **state)
{
	const u32 ib[] = { SDMA_OP_FENCE, AT(0x1000), 1, SDMA_OP_FENCE, AT(0x2000), 2 };
	const u32 ring[] = {
		SDMA_OP_INDIRECT | FIELD(SDMA_INDIRECT_VMID, 5),
		AT_IB(0), ARRAY_SIZE(ib), 1, 2,
		SDMA_OP_FENCE, AT(0x3000), 3,
		SDMA_OP_INDIRECT, AT_IB(0), 0, 0, 0,
	};
	struct engine_fixture *f = *state;

	packet_new(f, SIMGPU_QUEUE_SDMA);
	memcpy(engine_mem(f, ENGINE_IB_VA), ib, sizeof(ib));
	engine_put(f, ring, ARRAY_SIZE(ring));
	engine_ring(f);
	/* The read index stays at the packet until the buffer is done. */
	assert_int_equal(engine_step(f), STEP_PROGRESS);
	assert_int_equal(engine_step(f), STEP_PROGRESS);
	assert_int_equal(get32(engine_data(f, 0x1000)), 1);
	assert_int_equal(engine_rptr(f), 0);
	assert_int_equal(engine_step(f), STEP_PROGRESS);
	assert_int_equal(get32(engine_data(f, 0x2000)), 2);
	assert_int_equal(engine_rptr(f), 24);
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_int_equal(get32(engine_data(f, 0x3000)), 3);
	assert_int_equal(engine_rptr(f), f->written);
}

/* Errors inside of a buffer say where in memory they are. */
static void bad_indirect_buffers(void **state)
{
	static const struct {
		u32 dwords[6];
		u32 count;
		u32 code;
	} rows[] = {
		{ { 0xff }, 1, SIMGPU_ERROR_OPCODE },
		{ { SDMA_OP_FENCE, 0, 0 }, 3, SIMGPU_ERROR_FIELD },
		{ { SDMA_OP_INDIRECT, 0, 0, 1, 0, 0 }, 6, SIMGPU_ERROR_FIELD },
		{ { SDMA_OP_PRE_EXE, 1 }, 2, SIMGPU_ERROR_FIELD },
	};
	struct engine_fixture *f = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const u32 ring[] = {
			SDMA_OP_INDIRECT, AT_IB(0),
			rows[i].count + 1, 0, 0,
		};

		packet_new(f, SIMGPU_QUEUE_SDMA);
		put32(engine_mem(f, ENGINE_IB_VA), 0);
		memcpy((u8 *)engine_mem(f, ENGINE_IB_VA) + 4, rows[i].dwords,
		       sizeof(rows[i].dwords));
		engine_put(f, ring, ARRAY_SIZE(ring));
		engine_ring(f);
		assert_int_equal(engine_run(f), STEP_ERROR);
		assert_int_equal(f->q->failure.code, rows[i].code);
		assert_int_equal(f->q->failure.where, ENGINE_IB_VA + 4);
	}
}

static void bad_packets(void **state)
{
	const struct {
		const char *name;
		const u32 *dwords;
		size_t count;
		u32 code;
	} rows[] = {
#define BAD(what, error, ...) { what, WORDS(__VA_ARGS__), SIMGPU_ERROR_##error }
		BAD("unknown opcode", OPCODE, 0x11),
		BAD("highest opcode", OPCODE, 0xff),
		BAD("opcode 3", OPCODE, 3),
		BAD("SEM", OPCODE, SDMA_OP_SEM, AT(0)),
		BAD("PTEPDE", OPCODE, SDMA_OP_PTEPDE, 0, 0, 0, 0, 0, 0, 0),
		BAD("SRBM_WRITE", OPCODE, SDMA_OP_SRBM_WRITE, 0x1234, 1),
		BAD("COPY, unknown", OPCODE, SDMA_OP_COPY | 1 << 8, 0, 0, 0, 0, 0, 0),
		BAD("WRITE, unknown", OPCODE, SDMA_OP_WRITE | 1 << 8, AT(0), 0, 0),
		BAD("TIMESTAMP, unknown", OPCODE, SDMA_OP_TIMESTAMP | 3 << 8, AT(0)),
		BAD("NOP, sub-opcode's neighbour", FIELD, 0x40000000),
		BAD("NOP, longer than the ring", FIELD, FIELD(SDMA_NOP_COUNT, 0x3fff)),
		BAD("COPY, encrypted", FIELD, SDMA_OP_COPY | SDMA_COPY_ENCRYPT, 0, 0,
		    AT(0), AT(0x1000)),
		BAD("COPY, TMZ", FIELD, SDMA_OP_COPY | SDMA_COPY_TMZ, 0, 0,
		    AT(0), AT(0x1000)),
		BAD("COPY, count", FIELD, SDMA_OP_COPY, 0x400000, 0, AT(0), AT(0x1000)),
		BAD("COPY, swap", FIELD, SDMA_OP_COPY, 0, 0x10000, AT(0), AT(0x1000)),
		BAD("COPY, broadcast, swap", FIELD, SDMA_OP_COPY | SDMA_COPY_BROADCAST, 0,
		    0x100, AT(0), AT(0x1000), AT(0x2000)),
		BAD("COPY, broadcast, count", FIELD, SDMA_OP_COPY | SDMA_COPY_BROADCAST,
		    0x400000, 0, AT(0), AT(0x1000), AT(0x2000)),
		BAD("RECT, element", FIELD, COPY_RECT | FIELD(SDMA_RECT_ELEMENT, 5),
		    AT(0), 0, 0, 0, AT(0x1000), 0, 0, 0, 0, 0),
		BAD("RECT, TMZ", FIELD, COPY_RECT | SDMA_RECT_TMZ,
		    AT(0), 0, 0, 0, AT(0x1000), 0, 0, 0, 0, 0),
		BAD("RECT, x", FIELD, COPY_RECT, AT(0), 0x4000, 0, 0,
		    AT(0x1000), 0, 0, 0, 0, 0),
		BAD("RECT, z", FIELD, COPY_RECT, AT(0), 0, 0x800, 0,
		    AT(0x1000), 0, 0, 0, 0, 0),
		BAD("RECT, slice", FIELD, COPY_RECT, AT(0), 0, 0, 0x10000000,
		    AT(0x1000), 0, 0, 0, 0, 0),
		BAD("RECT, target's y", FIELD, COPY_RECT, AT(0), 0, 0, 0,
		    AT(0x1000), 0x80000000, 0, 0, 0, 0),
		BAD("RECT, target's z", FIELD, COPY_RECT, AT(0), 0, 0, 0,
		    AT(0x1000), 0, 0x1000, 0, 0, 0),
		BAD("RECT, target's slice", FIELD, COPY_RECT, AT(0), 0, 0, 0,
		    AT(0x1000), 0, 0, 0x80000000, 0, 0),
		BAD("RECT, width", FIELD, COPY_RECT, AT(0), 0, 0, 0,
		    AT(0x1000), 0, 0, 0, 0x8000, 0),
		BAD("RECT, swap", FIELD, COPY_RECT, AT(0), 0, 0, 0,
		    AT(0x1000), 0, 0, 0, 0, 0x01000000),
		BAD("WRITE, TMZ", FIELD, SDMA_OP_WRITE | SDMA_WRITE_TMZ, AT(0), 0, 0),
		BAD("WRITE, swap", FIELD, SDMA_OP_WRITE, AT(0), 0x01000000, 0),
		BAD("WRITE, alignment", FIELD, SDMA_OP_WRITE, AT(2), 0, 0),
		BAD("WRITE, longer than the ring", FIELD, SDMA_OP_WRITE, AT(0), 0xfffff, 0),
		BAD("INDIRECT, alignment", FIELD, SDMA_OP_INDIRECT, AT(4), 1, 0, 0),
		BAD("INDIRECT, size", FIELD, SDMA_OP_INDIRECT, AT(0), 0x100000, 0, 0),
		BAD("FENCE, header", FIELD, SDMA_OP_FENCE | 0x10000, AT(0), 0),
		BAD("FENCE, sub-opcode", FIELD, SDMA_OP_FENCE | 0x100, AT(0), 0),
		BAD("FENCE, alignment", FIELD, SDMA_OP_FENCE, AT(1), 0),
		BAD("TRAP, context", FIELD, SDMA_OP_TRAP, 0x10000000),
		BAD("POLL, register", FIELD, SDMA_OP_POLL_REGMEM |
		    FIELD(SDMA_POLL_FUNC, SDMA_POLL_EQUAL), 0, 0, 0, 0, FOREVER),
		BAD("POLL, function", FIELD, POLL(7), AT(0), 0, 0, FOREVER),
		BAD("POLL, alignment", FIELD, POLL(0), AT(2), 0, 0, FOREVER),
		BAD("POLL, retry", FIELD, POLL(0), AT(0), 0, 0, FOREVER | 0x10000000),
		BAD("POLL, header", FIELD, POLL(0) | 0x10000, AT(0), 0, 0, FOREVER),
		BAD("COND_EXE, count", FIELD, SDMA_OP_COND_EXE, AT(0), 0, 0x4000),
		BAD("COND_EXE, alignment", FIELD, SDMA_OP_COND_EXE, AT(3), 0, 0),
		BAD("PRE_EXE, count", FIELD, SDMA_OP_PRE_EXE | 0x10000, 0x4000),
		BAD("ATOMIC, no operation", FIELD, ATOMIC(0), AT(0), 0, 0, 0, 0, 0),
		BAD("ATOMIC, floating point", FIELD, ATOMIC(2), AT(0), 0, 0, 0, 0, 0),
		BAD("ATOMIC, cache", FIELD, ATOMIC(0x1a), AT(0), 0, 0, 0, 0, 0),
		BAD("ATOMIC, loop of add", FIELD, ATOMIC(GFX9_ATOMIC_ADD) |
		    SDMA_ATOMIC_LOOP, AT(0), 1, 0, 0, 0, 0),
		BAD("ATOMIC, TMZ", FIELD, ATOMIC(GFX9_ATOMIC_ADD) | SDMA_ATOMIC_TMZ,
		    AT(0), 1, 0, 0, 0, 0),
		BAD("ATOMIC, interval", FIELD, ATOMIC(GFX9_ATOMIC_ADD), AT(0), 1, 0, 0, 0,
		    0x2000),
		BAD("ATOMIC, alignment", FIELD, ATOMIC(GFX9_ATOMIC_ADD), AT(2), 1, 0, 0, 0,
		    0),
		BAD("ATOMIC, alignment of 64", FIELD,
		    ATOMIC(GFX9_ATOMIC_ADD | GFX9_ATOMIC_64), AT(4), 1, 0, 0, 0, 0),
		BAD("FILL, words", FIELD, SDMA_OP_CONST_FILL | FIELD(SDMA_FILL_SIZE, 1),
		    AT(0), 0, 0),
		BAD("FILL, size 3", FIELD, SDMA_OP_CONST_FILL | SDMA_FILL_SIZE, AT(0), 0,
		    0),
		BAD("FILL, swap", FIELD, FILL_DWORDS | 0x10000, AT(0), 0, 0),
		BAD("FILL, count", FIELD, FILL_DWORDS, AT(0), 0, 0x400000),
		BAD("FILL, alignment", FIELD, FILL_DWORDS, AT(1), 0, 0),
		BAD("TIMESTAMP, alignment", FIELD, GET_GLOBAL, AT(4)),
#undef BAD
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		packet_bad(*state, rows[i].name, SIMGPU_QUEUE_SDMA, rows[i].dwords,
			   rows[i].count, rows[i].code);
}

/* Half a packet waits for its other half. */
static void split_packets(void **state)
{
	const u32 copy[] = { SDMA_OP_COPY, 0xff, 0, AT(0), AT(0x1000) };
	const u32 write[] = { SDMA_OP_WRITE, AT(0x2000), 3, 1, 2, 3, 4 };
	struct engine_fixture *f = *state;
	size_t i;

	packet_new(f, SIMGPU_QUEUE_SDMA);
	for (i = 0; i < ARRAY_SIZE(copy); i++) {
		assert_int_equal(engine_rptr(f), 0);
		engine_put(f, &copy[i], 1);
		engine_ring(f);
		assert_int_equal(engine_run(f), STEP_IDLE);
	}
	assert_int_equal(engine_rptr(f), sizeof(copy));
	assert_memory_equal(engine_data(f, 0), engine_data(f, 0x1000), 0x100);
	for (i = 0; i < ARRAY_SIZE(write); i++) {
		assert_int_equal(engine_rptr(f), sizeof(copy));
		engine_put(f, &write[i], 1);
		engine_ring(f);
		assert_int_equal(engine_run(f), STEP_IDLE);
	}
	assert_int_equal(engine_rptr(f), f->written);
	assert_memory_equal(engine_data(f, 0x2000), &write[4], 16);
}

static void wild_write_indices(void **state)
{
	static const u64 rows[] = {
		2, 8192 + 4, 1ULL << 40, ~0ULL, MIN64, -4ULL,
	};
	struct engine_fixture *f = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		packet_new(f, SIMGPU_QUEUE_SDMA);
		f->written = rows[i];
		engine_ring(f);
		assert_int_equal(engine_run(f), STEP_ERROR);
		assert_int_equal(f->q->failure.code, SIMGPU_ERROR_RING);
		assert_int_equal(f->q->failure.data, rows[i]);
	}
}

/* All of the ring, several times around. */
static void full_ring(void **state)
{
	struct engine_fixture *f = *state;
	u32 lap, n, count = 0;

	packet_new(f, SIMGPU_QUEUE_SDMA);
	put64(engine_data(f, 0x1000), 0);
	for (lap = 0; lap < 5; lap++) {
		const u32 add[] = { 0x5e00000a, AT(0x1000), 3, 0, 0, 0, 0 };

		for (n = 0; n < f->q->ring_size / sizeof(add); n++, count++)
			engine_put(f, add, ARRAY_SIZE(add));
		engine_ring(f);
		assert_int_equal(engine_run(f), STEP_IDLE);
		assert_int_equal(engine_rptr(f), f->written);
	}
	assert_int_equal(get64(engine_data(f, 0x1000)), count * 3);
}

/* An event ring without room holds the trap back, and nothing is done twice. */
static void trap_waits_for_room(void **state)
{
	const u32 packets[] = {
		0x5e00000a, AT(0x1000), 1, 0, 0, 0, 0,
		SDMA_OP_TRAP, 9,
		0x5e00000a, AT(0x1000), 1, 0, 0, 0, 0,
	};
	struct engine_fixture *f = *state;
	struct simgpu_event event;
	int i;

	packet_new(f, SIMGPU_QUEUE_SDMA);
	put64(engine_data(f, 0x1000), 0);
	engine_fill_events(f, 0);
	engine_put(f, packets, ARRAY_SIZE(packets));
	engine_ring(f);
	for (i = 0; i < 5; i++)
		assert_int_equal(engine_run(f), STEP_BLOCKED);
	assert_int_equal(get64(engine_data(f, 0x1000)), 1);
	engine_drain_events(f);
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_int_equal(get64(engine_data(f, 0x1000)), 2);
	assert_true(engine_event(f, &event));
	assert_int_equal(le64toh(event.data), 9);
	assert_false(engine_event(f, &event));
}

/* The packet is done once, though its read index cannot be written at first. */
static void read_index_faults(void **state)
{
	const u32 add[] = { 0x5e00000a, AT(0x1000), 1, 0, 0, 0, 0 };
	struct engine_fixture *f = *state;

	packet_new(f, SIMGPU_QUEUE_SDMA);
	put64(engine_data(f, 0x1000), 0);
	engine_put(f, add, ARRAY_SIZE(add));
	engine_ring(f);
	engine_map(f, ENGINE_INDEX_VA, PAGE_SIZE, ENGINE_RW & ~SIMGPU_PTE_WRITE);
	engine_flush(f);
	assert_int_equal(engine_step(f), STEP_FAULT);
	assert_int_equal(f->q->fault.addr, ENGINE_INDEX_VA);
	assert_int_equal(f->q->fault.access, SIMGPU_FAULT_WRITE | SIMGPU_FAULT_DENIED);
	assert_int_equal(engine_step(f), STEP_FAULT);
	assert_int_equal(engine_rptr(f), 0);
	engine_map(f, ENGINE_INDEX_VA, PAGE_SIZE, ENGINE_RW);
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_int_equal(engine_rptr(f), f->written);
	assert_int_equal(get64(engine_data(f, 0x1000)), 1);
}

/* Addresses that are nowhere fault like others, and say what was wanted. */
static void wild_addresses(void **state)
{
	static const u64 rows[] = {
		0, 0x1000, 0x7fffffffffffff00, 0xffffffffffffff00, 1ULL << 48, 1ULL << 63,
	};
	struct engine_fixture *f = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const u32 copy[] = {
			SDMA_OP_COPY, 0x3ff, 0, rows[i], rows[i] >> 32, AT(0),
		};
		const u32 fence[] = { SDMA_OP_FENCE, rows[i], rows[i] >> 32, 1 };

		packet_new(f, SIMGPU_QUEUE_SDMA);
		engine_put(f, copy, ARRAY_SIZE(copy));
		engine_ring(f);
		assert_int_equal(engine_run(f), STEP_FAULT);
		assert_int_equal(f->q->fault.addr, ALIGN_DOWN(rows[i], PAGE_SIZE));
		assert_true(f->q->fault.access & SIMGPU_FAULT_READ);
		packet_new(f, SIMGPU_QUEUE_SDMA);
		engine_put(f, fence, ARRAY_SIZE(fence));
		engine_ring(f);
		assert_int_equal(engine_run(f), STEP_FAULT);
		assert_true(f->q->fault.access & SIMGPU_FAULT_WRITE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(simple_packets),
		cmocka_unit_test(copies),
		cmocka_unit_test(copies_of_every_alignment),
		cmocka_unit_test(longest_copy),
		cmocka_unit_test(rectangles),
		cmocka_unit_test(fills),
		cmocka_unit_test(long_writes),
		cmocka_unit_test(atomics),
		cmocka_unit_test(countdown_once),
		cmocka_unit_test(atomic_loops),
		cmocka_unit_test(polls),
		cmocka_unit_test(poll_waits),
		cmocka_unit_test(poll_times_out),
		cmocka_unit_test(polls_count_for_themselves),
		cmocka_unit_test(poll_keeps_interval),
		cmocka_unit_test(conditions),
		cmocka_unit_test(skips_what_comes_later),
		cmocka_unit_test(timestamps),
		cmocka_unit_test(indirect_buffers),
		cmocka_unit_test(bad_indirect_buffers),
		cmocka_unit_test(bad_packets),
		cmocka_unit_test(split_packets),
		cmocka_unit_test(wild_write_indices),
		cmocka_unit_test(full_ring),
		cmocka_unit_test(trap_waits_for_room),
		cmocka_unit_test(read_index_faults),
		cmocka_unit_test(wild_addresses),
	};

	return cmocka_run_group_tests_name("sdma", tests, packets_setup,
					   packets_teardown);
}
