// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include "abi/pm4_packets.h"
#include "abi/sdma_packets.h"
#include "packets.h"
#include "../pm4.h"

/* Headers, with the shader type that kfdtest sets. */
#define HEADER(opcode, dwords) \
	(FIELD(PM4_HEADER_TYPE, PM4_TYPE_3) | PM4_HEADER_COMPUTE | \
	 FIELD(PM4_HEADER_OPCODE, opcode) | FIELD(PM4_HEADER_COUNT, (dwords) - 2))

#define WRITE(n)	LIST(HEADER(PM4_WRITE_DATA, 4 + (n)), 0x00100500)
#define MEMORY		FIELD(PM4_WAIT_SPACE, PM4_SPACE_MEMORY)
#define RELEASE(int_sel, data_sel) \
	LIST(HEADER(PM4_RELEASE_MEM, 8), 0x00028514, \
	     FIELD(PM4_RELEASE_INT_SEL, int_sel) | \
	     FIELD(PM4_RELEASE_DATA_SEL, data_sel))
#define COPY(src, dst) \
	LIST(HEADER(PM4_COPY_DATA, 6), \
	     FIELD(PM4_COPY_SRC_SEL, src) | FIELD(PM4_COPY_DST_SEL, dst))
#define DMA(src, dst) \
	LIST(HEADER(PM4_DMA_DATA, 7), \
	     FIELD(PM4_DMA_SRC_SEL, src) | FIELD(PM4_DMA_DST_SEL, dst))
#define COND_WRITE(func) \
	LIST(HEADER(PM4_COND_WRITE, 9), FIELD(PM4_COND_WRITE_FUNCTION, func) | \
	     PM4_COND_WRITE_POLL | FIELD(PM4_COND_WRITE_SPACE, PM4_SPACE_MEMORY))
#define ATOMIC64(op)	LIST(HEADER(PM4_ATOMIC_MEM, 9), (op) | GFX9_ATOMIC_64)

/* Dwords that packets write; then a copy of bytes. */
struct store {
	u32 offset;
	u32 count;
	u32 values[8];
};

struct copy {
	u32 dst, src, len;
};

struct effect {
	struct store stores[4];
	struct copy copy;
};

static void apply_effect(u8 *data, const void *arg)
{
	const struct effect *e = arg;
	size_t i;
	u32 k;

	for (i = 0; i < ARRAY_SIZE(e->stores); i++)
		for (k = 0; k < e->stores[i].count; k++)
			put32(data + e->stores[i].offset + k * 4,
			      e->stores[i].values[k]);
	for (k = 0; k < e->copy.len; k++)
		data[e->copy.dst + k] = data[e->copy.src + k];
}

#define WORDS(...) \
	.dwords = (const u32[]){ __VA_ARGS__ }, \
	.count = sizeof((const u32[]){ __VA_ARGS__ }) / 4
#define EFFECT(...) \
	.apply = apply_effect, .arg = &(const struct effect){ __VA_ARGS__ }
#define STORES(...)	EFFECT(.stores = { __VA_ARGS__ })

static void check_rows(void **state, const struct packet_case *rows, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct packet_case c = rows[i];

		c.type = SIMGPU_QUEUE_PM4;
		packet_check(*state, &c);
	}
}

static void fillers(void **state)
{
	const struct packet_case rows[] = {
		{ "one-dword NOP", 0, WORDS(0xffff1002) },
		{ "type 2", 0, WORDS(0x80000000, 0x80001234) },
		{ "NOP", 0, WORDS(HEADER(PM4_NOP, 2), ~0U) },
		{ "longer NOP", 0, WORDS(HEADER(PM4_NOP, 5), 1, 2, 3, 4) },
		{ "partial flush", 0, WORDS(HEADER(PM4_EVENT_WRITE, 2), 0x407) },
		{ "code-cache invalidation as ROCr does it", 0,
		  WORDS(0xc0055800, 0x28840000, ~0U, 0xff, 0, 0, 0) },
	};

	check_rows(state, rows, ARRAY_SIZE(rows));
}

static void write_data(void **state)
{
	const struct packet_case rows[] = {
		{ "a dword", 0, WORDS(WRITE(1), AT(0xffc), 0xabcdef09),
		  STORES({ 0xffc, 1, { 0xabcdef09 } }) },
		{ "64 bits", 0, WORDS(WRITE(2), AT(0xff8), 1, 2),
		  STORES({ 0xff8, 2, { 1, 2 } }) },
		{ "over a page's end", 0, WORDS(WRITE(4), AT(0x1ff8), 1, 2, 3, 4),
		  STORES({ 0x1ff8, 4, { 1, 2, 3, 4 } }) },
		{ "all to one", 0, WORDS(HEADER(PM4_WRITE_DATA, 7), 0x00110500, AT(0x10),
					 1, 2, 3),
		  STORES({ 0x10, 1, { 3 } }) },
		{ "to L2", 0, WORDS(HEADER(PM4_WRITE_DATA, 5), 0x00000200, AT(0x10), 7),
		  STORES({ 0x10, 1, { 7 } }) },
		{ "two packets", 0, WORDS(WRITE(1), AT(0x10), 1, WRITE(1), AT(0x14), 2),
		  STORES({ 0x10, 2, { 1, 2 } }) },
	};

	check_rows(state, rows, ARRAY_SIZE(rows));
}

/* A payload of several chunks that wraps in the ring. */
static void long_write_data(void **state)
{
	static const u32 counts[] = { 256, 257, 1000, 2044 };
	struct engine_fixture *f = *state;
	size_t i;
	u32 k;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		const u32 head[] = { WRITE(counts[i]), AT(0x10ff4) };

		packet_new(f, SIMGPU_QUEUE_PM4);
		engine_start_at(f, f->q->ring_size / 4 - 40);
		engine_put(f, head, ARRAY_SIZE(head));
		for (k = 0; k < counts[i]; k++)
			engine_put(f, &(u32){ k * 7 + 1 }, 1);
		engine_ring(f);
		engine_map(f, ENGINE_DATA_VA, ENGINE_DATA_SIZE, 0);
		engine_flush(f);
		assert_int_equal(engine_run(f), STEP_IDLE);
		for (k = 0; k < counts[i]; k++)
			assert_int_equal(get32(engine_data(f, 0x10ff4 + k * 4)),
					 k * 7 + 1);
	}
}

static void release_mem(void **state)
{
	const struct packet_case rows[] = {
		{ "no data, no interrupt", 0, WORDS(RELEASE(0, 0), AT(0), 1, 2, 3) },
		{ "32 bits", 0, WORDS(RELEASE(PM4_INT_DATA_ONLY, PM4_DATA_32), AT(0xffc),
				      0x11, 0x22, 5),
		  STORES({ 0xffc, 1, { 0x11 } }) },
		{ "64 bits", 0, WORDS(RELEASE(PM4_INT_NONE, PM4_DATA_64), AT(0xff8),
				      0x11, 0x22, 5),
		  STORES({ 0xff8, 2, { 0x11, 0x22 } }) },
		{ "interrupt only", 0, WORDS(RELEASE(PM4_INT_ONLY, PM4_DATA_NONE), AT(1),
					     0, 0, 0xfedcba98),
		  NULL, NULL, 1, SIMGPU_INT_CP_EOP, 0xfedcba98 },
		{ "event of kfdtest", 0,
		  WORDS(RELEASE(PM4_INT_AFTER_WRITE, PM4_DATA_64), AT(0x88), 0x11, 0, 0x11),
		  STORES({ 0x88, 2, { 0x11, 0 } }), 1, SIMGPU_INT_CP_EOP, 0x11 },
		{ "interrupt always", 0,
		  WORDS(RELEASE(PM4_INT_ALWAYS, PM4_DATA_32), AT(0x88), 0x11, 0, 7),
		  STORES({ 0x88, 1, { 0x11 } }), 1, SIMGPU_INT_CP_EOP, 7 },
		{ "two that write", 0,
		  WORDS(RELEASE(PM4_INT_AFTER_WRITE, PM4_DATA_32), AT(0x88), 0x11, 0, 7,
			RELEASE(PM4_INT_AFTER_WRITE, PM4_DATA_32), AT(0x8c), 0x12, 0, 8),
		  STORES({ 0x88, 2, { 0x11, 0x12 } }), 2, SIMGPU_INT_CP_EOP, 8 },
		{ "two", 0,
		  WORDS(RELEASE(PM4_INT_ONLY, PM4_DATA_NONE), 0, 0, 0, 0, 1,
			RELEASE(PM4_INT_ONLY, PM4_DATA_NONE), 0, 0, 0, 0, 2),
		  NULL, NULL, 2, SIMGPU_INT_CP_EOP, 2 },
	};

	check_rows(state, rows, ARRAY_SIZE(rows));
}

static void copy_data(void **state)
{
	const struct packet_case rows[] = {
		{ "a dword", 0, WORDS(COPY(PM4_COPY_SRC_MEMORY, PM4_COPY_DST_MEMORY),
				      AT(0x1ffc), AT(0x2004)),
		  EFFECT(.copy = { 0x2004, 0x1ffc, 4 }) },
		{ "64 bits", 0, WORDS(HEADER(PM4_COPY_DATA, 6), 0x00110202,
				      AT(0x1ff8), AT(0x2008)),
		  EFFECT(.copy = { 0x2008, 0x1ff8, 8 }) },
		{ "immediate", 0, WORDS(COPY(PM4_COPY_SRC_IMMEDIATE, PM4_COPY_DST_MEMORY),
					0x1234, 0x5678, AT(0x2004)),
		  STORES({ 0x2004, 1, { 0x1234 } }) },
		{ "64 bits immediate", 0, WORDS(HEADER(PM4_COPY_DATA, 6), 0x00010505,
						0x1234, 0x5678, AT(0x2008)),
		  STORES({ 0x2008, 2, { 0x1234, 0x5678 } }) },
		{ "what an atomic returned", 0,
		  WORDS(WRITE(2), AT(0x1000), 5, 6,
			ATOMIC64(GFX9_ATOMIC_ADD), AT(0x1000), 1, 0, 0, 0, 0,
			HEADER(PM4_COPY_DATA, 6), 0x00010506, 0, 0, AT(0x2008)),
		  STORES({ 0x1000, 2, { 6, 6 } }, { 0x2008, 2, { 5, 6 } }) },
		{ "not what one without return did", 0,
		  WORDS(WRITE(2), AT(0x1000), 5, 6,
			ATOMIC64(GFX9_ATOMIC_ADD | GFX9_ATOMIC_NO_RETURN), AT(0x1000),
			1, 0, 0, 0, 0,
			HEADER(PM4_COPY_DATA, 6), 0x00010506, 0, 0, AT(0x2008)),
		  STORES({ 0x1000, 2, { 6, 6 } }, { 0x2008, 2, { 0, 0 } }) },
	};

	check_rows(state, rows, ARRAY_SIZE(rows));
}

static void dma_data(void **state)
{
	const struct packet_case rows[] = {
		{ "copy", 0, WORDS(DMA(PM4_DMA_SRC_MEMORY, PM4_DMA_DST_MEMORY), AT(0x17),
				   AT(0x10003), 0x8001),
		  EFFECT(.copy = { 0x10003, 0x17, 0x8001 }) },
		{ "copy through L2", 0, WORDS(DMA(PM4_DMA_SRC_L2, PM4_DMA_DST_L2) |
					      PM4_DMA_SYNC, AT(0), AT(0x20000),
					      0x20000 | PM4_DMA_RAW_WAIT),
		  EFFECT(.copy = { 0x20000, 0, 0x20000 }) },
		{ "nothing", 0, WORDS(DMA(0, 0), AT(0), AT(0x1000), 0) },
		{ "fill", 0, WORDS(DMA(PM4_DMA_SRC_DATA, PM4_DMA_DST_L2), 0x12345678, 0,
				   AT(0xffc), 16),
		  STORES({ 0xffc, 2, { 0x12345678, 0x12345678 } },
			 { 0x1004, 2, { 0x12345678, 0x12345678 } }) },
		{ "fill nowhere", 0, WORDS(DMA(PM4_DMA_SRC_DATA, PM4_DMA_DST_NOWHERE), 1, 0,
					   AT(0), 16) },
		{ "read only", 0, WORDS(DMA(PM4_DMA_SRC_MEMORY, PM4_DMA_DST_NOWHERE),
					AT(0x123), 0, 0, 0x3f000) },
	};

	check_rows(state, rows, ARRAY_SIZE(rows));
}

static void cond_write(void **state)
{
	const struct packet_case rows[] = {
		{ "holds", 0,
		  WORDS(WRITE(1), AT(0x1000), 0x80000012,
			COND_WRITE(PM4_GREATER), AT(0x1000), 0x7fffff00, ~0xffU,
			AT(0x2000), 9),
		  STORES({ 0x1000, 1, { 0x80000012 } }, { 0x2000, 1, { 9 } }) },
		{ "does not", 0,
		  WORDS(WRITE(1), AT(0x1000), 0x80000012,
			COND_WRITE(PM4_LESS_EQUAL), AT(0x1000), 0x7fffff00, ~0xffU,
			AT(0x2000), 9),
		  STORES({ 0x1000, 1, { 0x80000012 } }) },
		{ "always", 0,
		  WORDS(COND_WRITE(PM4_ALWAYS), AT(0x1000), 0, 0, AT(0x2000), 9),
		  STORES({ 0x2000, 1, { 9 } }) },
	};

	check_rows(state, rows, ARRAY_SIZE(rows));
}

static void cond_exec(void **state)
{
	const struct packet_case rows[] = {
		{ "is not 0", 0,
		  WORDS(WRITE(1), AT(0x1000), 2,
			HEADER(PM4_COND_EXEC, 5), AT(0x1000), 0, 5,
			WRITE(1), AT(0x2000), 3, WRITE(1), AT(0x3000), 4),
		  STORES({ 0x1000, 1, { 2 } }, { 0x2000, 1, { 3 } },
			 { 0x3000, 1, { 4 } }) },
		{ "is 0", 0,
		  WORDS(WRITE(1), AT(0x1000), 0,
			HEADER(PM4_COND_EXEC, 5), AT(0x1000), 0, 5,
			WRITE(1), AT(0x2000), 3, WRITE(1), AT(0x3000), 4),
		  STORES({ 0x1000, 1, { 0 } }, { 0x3000, 1, { 4 } }) },
		{ "over all there is", 0,
		  WORDS(WRITE(1), AT(0x1000), 0,
			HEADER(PM4_COND_EXEC, 5), AT(0x1000), 0, 3, 0, 0, 0),
		  STORES({ 0x1000, 1, { 0 } }) },
	};

	check_rows(state, rows, ARRAY_SIZE(rows));
}

/* The operations have their table in sdma_test; here is how PM4 names them. */
static void atomic_mem(void **state)
{
	const struct packet_case rows[] = {
		{ "ADD", 0, WORDS(WRITE(2), AT(0x1000), ~0U, 6,
				  HEADER(PM4_ATOMIC_MEM, 9), GFX9_ATOMIC_ADD, AT(0x1000),
				  1, 0, 0, 0, 0),
		  STORES({ 0x1000, 2, { 0, 6 } }) },
		{ "ADD of 64 bits", 0,
		  WORDS(WRITE(2), AT(0x1000), ~0U, 6,
			ATOMIC64(GFX9_ATOMIC_ADD), AT(0x1000), 1, 0, 0, 0, 0),
		  STORES({ 0x1000, 2, { 0, 7 } }) },
		{ "CMPSWAP", 0,
		  WORDS(WRITE(2), AT(0x1000), 5, 6,
			ATOMIC64(GFX9_ATOMIC_CMPSWAP), AT(0x1000), 1, 2, 5, 6, 0),
		  STORES({ 0x1000, 2, { 1, 2 } }) },
		{ "CMPSWAP that fails", 0,
		  WORDS(WRITE(2), AT(0x1000), 5, 6,
			ATOMIC64(GFX9_ATOMIC_CMPSWAP), AT(0x1000), 1, 2, 5, 7, 0),
		  STORES({ 0x1000, 2, { 5, 6 } }) },
	};

	check_rows(state, rows, ARRAY_SIZE(rows));
}

static void atomic_mem_loops(void **state)
{
	const u32 packet[] = {
		HEADER(PM4_ATOMIC_MEM, 9),
		GFX9_ATOMIC_CMPSWAP | FIELD(PM4_ATOMIC_COMMAND, PM4_ATOMIC_LOOP),
		AT(0x1000), 2, 0, 1, 0, 0,
	};
	struct engine_fixture *f = *state;
	int i;

	packet_new(f, SIMGPU_QUEUE_PM4);
	put32(engine_data(f, 0x1000), 7);
	engine_put(f, packet, ARRAY_SIZE(packet));
	engine_ring(f);
	for (i = 0; i < 10; i++)
		assert_int_equal(engine_run(f), STEP_BLOCKED);
	put32(engine_data(f, 0x1000), 1);
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_int_equal(get32(engine_data(f, 0x1000)), 2);
}

static void waits(void **state)
{
	static const u64 values[3] = {
		0x7fffff1200000012, 0x8000003400000034, 0x8000015600000056,
	};
	struct engine_fixture *f = *state;
	u32 func, i, wide;

	for (func = 0; func < 7; func++) {
		for (i = 0; i < 6; i++) {
			const u32 narrow_wait[] = {
				HEADER(PM4_WAIT_REG_MEM, 7), MEMORY | func, AT(0x1004),
				0x80000000, ~0xffU, 0,
			};
			const u32 wide_wait[] = {
				HEADER(PM4_WAIT_REG_MEM64, 9), MEMORY | func, AT(0x1000),
				0, 0x80000000, 0, ~0xffU, 0,
			};

			wide = i / 3;
			packet_new(f, SIMGPU_QUEUE_PM4);
			put64(engine_data(f, 0x1000), values[i % 3]);
			engine_put(f, wide ? wide_wait : narrow_wait, wide ? 9 : 7);
			engine_ring(f);
			assert_int_equal(engine_run(f), engine_holds[func][i % 3] ?
					 STEP_IDLE : STEP_BLOCKED);
		}
	}
}

/* kfdtest: the ring waits for what the CPU writes, then goes on. */
static void wait_goes_on(void **state)
{
	const u32 packets[] = {
		HEADER(PM4_WAIT_REG_MEM, 7), MEMORY | PM4_EQUAL |
			FIELD(PM4_WAIT_OPERATION, PM4_WAIT_PREEMPTABLE),
		AT(0x1000), 0xdeadbeef, ~0U, 4,
		WRITE(1), AT(0x2000), 1,
	};
	struct engine_fixture *f = *state;
	int i;

	packet_new(f, SIMGPU_QUEUE_PM4);
	put32(engine_data(f, 0x1000), 0);
	engine_put(f, packets, ARRAY_SIZE(packets));
	engine_ring(f);
	for (i = 0; i < 50; i++)
		assert_int_equal(engine_run(f), STEP_BLOCKED);
	put32(engine_data(f, 0x1000), 0xdeadbeef);
	while (engine_run(f) == STEP_BLOCKED)
		;
	assert_int_equal(get32(engine_data(f, 0x2000)), 1);
}

static void clocks(void **state)
{
	const u32 packets[] = {
		RELEASE(PM4_INT_NONE, PM4_DATA_CLOCK), AT(0xff8), 0, 0, 0,
		HEADER(PM4_COPY_DATA, 6), 0x00010509, 0, 0, AT(0x1008),
	};
	struct engine_fixture *f = *state;
	const u8 *data = engine_data(f, 0);
	u64 before = queue_clock();

	packet_new(f, SIMGPU_QUEUE_PM4);
	engine_put(f, packets, ARRAY_SIZE(packets));
	engine_ring(f);
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_in_range(get64(data + 0xff8), before, queue_clock());
	assert_in_range(get64(data + 0x1008), get64(data + 0xff8), queue_clock());
}

#define IB(offset, size) \
	LIST(HEADER(PM4_INDIRECT_BUFFER, 4), AT_IB(offset), (size) | PM4_IB_VALID)

static void put_ib(struct engine_fixture *f, u32 offset, const u32 *dwords, size_t n)
{
	memcpy((u8 *)engine_mem(f, ENGINE_IB_VA) + offset, dwords, n * 4);
}

/* The ring calls A; A calls B; B chains to C; then A and the ring go on. */
static void nested_buffers(void **state)
{
	const u32 a[] = { WRITE(1), AT(0x0), 1, IB(0x1000, 9), WRITE(1), AT(0xc), 4 };
	const u32 b[] = { WRITE(1), AT(0x4), 2, IB(0x2000, 5) | PM4_IB_CHAIN };
	const u32 c[] = { WRITE(1), AT(0x8), 3 };
	const u32 ring[] = { IB(0, ARRAY_SIZE(a)), WRITE(1), AT(0x10), 5 };
	const u32 wanted[] = { 1, 2, 3, 4, 5 };
	struct engine_fixture *f = *state;

	packet_new(f, SIMGPU_QUEUE_PM4);
	put_ib(f, 0, a, ARRAY_SIZE(a));
	put_ib(f, 0x1000, b, ARRAY_SIZE(b));
	put_ib(f, 0x2000, c, ARRAY_SIZE(c));
	engine_map(f, ENGINE_IB_VA, ENGINE_IB_SIZE, 0);
	engine_flush(f);
	engine_put(f, ring, ARRAY_SIZE(ring));
	engine_ring(f);
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_int_equal(f->faults, 3);
	assert_memory_equal(engine_data(f, 0), wanted, sizeof(wanted));
	assert_int_equal(engine_rptr(f), ARRAY_SIZE(ring));
}

/* A buffer that chains to itself is the client's own trouble: steps end. */
static void endless_chain(void **state)
{
	const u32 ib[] = { IB(0, 4) | PM4_IB_CHAIN };
	const u32 ring[] = { IB(0, 4) };
	struct engine_fixture *f = *state;
	int i;

	packet_new(f, SIMGPU_QUEUE_PM4);
	put_ib(f, 0, ib, ARRAY_SIZE(ib));
	engine_put(f, ring, ARRAY_SIZE(ring));
	engine_ring(f);
	for (i = 0; i < 1000; i++)
		assert_int_equal(engine_step(f), STEP_PROGRESS);
}

static void bad_buffers(void **state)
{
	static const struct {
		u32 dwords[5];
		u32 count;
	} rows[] = {
		{ { IB(0x1000, 4) }, 4 },			/* B calls a third one */
		{ { IB(0x1000, 0) | PM4_IB_CHAIN }, 4 },
		{ { HEADER(PM4_WRITE_DATA, 5), 0x500 }, 4 },	/* cut off */
		{ { HEADER(PM4_COND_EXEC, 5), AT(0), 0, 1 }, 5 },
	};
	struct engine_fixture *f = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const u32 a[] = { IB(0x1000, rows[i].count + 1) };
		const u32 ring[] = { IB(0, ARRAY_SIZE(a)) };

		packet_new(f, SIMGPU_QUEUE_PM4);
		put32(engine_data(f, 0), 0);
		put_ib(f, 0, a, ARRAY_SIZE(a));
		put_ib(f, 0x1000, &(u32){ 0xffff1002 }, 1);
		put_ib(f, 0x1004, rows[i].dwords, 5);
		engine_put(f, ring, ARRAY_SIZE(ring));
		engine_ring(f);
		assert_int_equal(engine_run(f), STEP_ERROR);
		assert_int_equal(f->q->failure.code, SIMGPU_ERROR_FIELD);
		assert_int_equal(f->q->failure.where, ENGINE_IB_VA + 0x1004);
	}
}

static void registers(void **state)
{
	const u32 packets[] = {
		HEADER(PM4_SET_SH_REG, 5), 0x20c, 1, 2, 3,
		HEADER(PM4_SET_SH_REG, 3), 0x3ff, 4,
		HEADER(PM4_SET_SH_REG, 3), 0x20d, 5,
	};
	struct engine_fixture *f = *state;
	const struct pm4 *pm4;

	packet_new(f, SIMGPU_QUEUE_PM4);
	engine_put(f, packets, ARRAY_SIZE(packets));
	engine_ring(f);
	assert_int_equal(engine_run(f), STEP_IDLE);
	pm4 = f->q->priv;
	assert_int_equal(pm4->sh_regs[0x20b], 0);
	assert_int_equal(pm4->sh_regs[0x20c], 1);
	assert_int_equal(pm4->sh_regs[0x20d], 5);
	assert_int_equal(pm4->sh_regs[0x20e], 3);
	assert_int_equal(pm4->sh_regs[0x3ff], 4);
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
		BAD("type 0", OPCODE, 0x00000000, 0),
		BAD("type 1", OPCODE, 0x40000000, 0),
		BAD("unknown opcode", OPCODE, HEADER(0x99, 2), 0),
		BAD("opcode 0", OPCODE, HEADER(0, 2), 0),
		BAD("opcode 255", OPCODE, HEADER(0xff, 2), 0),
		BAD("DISPATCH_DIRECT without registers", WORKGROUP,
		    HEADER(PM4_DISPATCH_DIRECT, 5), 1, 1, 1, 0x21),
		BAD("DISPATCH_INDIRECT", OPCODE, HEADER(PM4_DISPATCH_INDIRECT, 4), AT(0), 0),
		BAD("EVENT_WRITE_EOP of older chips", OPCODE, HEADER(0x47, 6), 0, 0, 0, 0, 0),
		BAD("predicate", FIELD, HEADER(PM4_NOP, 2) | PM4_HEADER_PREDICATE, 0),
		BAD("longer than the ring", FIELD, HEADER(PM4_NOP, 0x1000), 0),
		BAD("WRITE_DATA, nothing", FIELD, HEADER(PM4_WRITE_DATA, 4), 0x500, AT(0)),
		BAD("WRITE_DATA, register", FIELD, HEADER(PM4_WRITE_DATA, 5), 0, AT(0), 1),
		BAD("WRITE_DATA, GDS", FIELD, HEADER(PM4_WRITE_DATA, 5), 0x300, AT(0), 1),
		BAD("WRITE_DATA, alignment", FIELD, WRITE(1), AT(2), 1),
		BAD("WAIT_REG_MEM, size", FIELD, HEADER(PM4_WAIT_REG_MEM, 6), MEMORY, AT(0),
		    0, 0),
		BAD("WAIT_REG_MEM, register", FIELD, HEADER(PM4_WAIT_REG_MEM, 7), 3, AT(0),
		    0, 0, 0),
		BAD("WAIT_REG_MEM, function", FIELD, HEADER(PM4_WAIT_REG_MEM, 7), MEMORY | 7,
		    AT(0), 0, 0, 0),
		BAD("WAIT_REG_MEM, operation", FIELD, HEADER(PM4_WAIT_REG_MEM, 7),
		    MEMORY | 0x40, AT(0), 0, 0, 0),
		BAD("WAIT_REG_MEM, alignment", FIELD, HEADER(PM4_WAIT_REG_MEM, 7), MEMORY,
		    AT(1), 0, 0, 0),
		BAD("WAIT_REG_MEM64, alignment", FIELD, HEADER(PM4_WAIT_REG_MEM64, 9), MEMORY,
		    AT(4), 0, 0, 0, 0, 0),
		BAD("WAIT_REG_MEM64, size", FIELD, HEADER(PM4_WAIT_REG_MEM64, 8), MEMORY,
		    AT(0), 0, 0, 0, 0),
		BAD("IB, size", FIELD, HEADER(PM4_INDIRECT_BUFFER, 5), AT(0), 4, 0),
		BAD("IB, alignment", FIELD, HEADER(PM4_INDIRECT_BUFFER, 4), AT(2), 4),
		BAD("IB, chain from the ring", FIELD, IB(0, 4) | PM4_IB_CHAIN),
		BAD("EVENT_WRITE, statistics", FIELD, HEADER(PM4_EVENT_WRITE, 2), 0x21e),
		BAD("EVENT_WRITE, end of pipe", FIELD, HEADER(PM4_EVENT_WRITE, 2), 0x514),
		BAD("EVENT_WRITE, size", FIELD, HEADER(PM4_EVENT_WRITE, 4), 0x407, AT(0)),
		BAD("RELEASE_MEM, size", FIELD, HEADER(PM4_RELEASE_MEM, 7), 0x28514, 0, 0, 0,
		    0, 0),
		BAD("RELEASE_MEM, index", FIELD, HEADER(PM4_RELEASE_MEM, 8), 0x28414, 0, 0, 0,
		    0, 0, 0),
		BAD("RELEASE_MEM, interrupt", FIELD, RELEASE(5, 0), AT(0), 0, 0, 0),
		BAD("RELEASE_MEM, data", FIELD, RELEASE(0, 4), AT(0), 0, 0, 0),
		BAD("RELEASE_MEM, target", FIELD, RELEASE(0, 1) | 0x20000, AT(0), 0, 0, 0),
		BAD("RELEASE_MEM, alignment", FIELD, RELEASE(0, 1), AT(2), 0, 0, 0),
		BAD("RELEASE_MEM, alignment of 64", FIELD, RELEASE(0, 2), AT(4), 0, 0, 0),
		BAD("RELEASE_MEM, alignment of clock", FIELD, RELEASE(0, 3), AT(4), 0, 0, 0),
		BAD("ACQUIRE_MEM, size", FIELD, HEADER(PM4_ACQUIRE_MEM, 6), 0, 0, 0, 0, 0),
		BAD("SET_SH_REG, nothing", FIELD, HEADER(PM4_SET_SH_REG, 2), 0),
		BAD("SET_SH_REG, behind the end", FIELD, HEADER(PM4_SET_SH_REG, 4), 0x3ff, 1,
		    2),
		BAD("SET_SH_REG, far behind", FIELD, HEADER(PM4_SET_SH_REG, 3), 0xffff, 1),
		BAD("SET_SH_REG, index", FIELD, HEADER(PM4_SET_SH_REG, 3), 0x10000200, 1),
		BAD("COPY_DATA, size", FIELD, HEADER(PM4_COPY_DATA, 5), 0x501, AT(0), 0),
		BAD("COPY_DATA, from register", FIELD, COPY(0, 5), AT(0), AT(0)),
		BAD("COPY_DATA, to register", FIELD, COPY(1, 0), AT(0), AT(0)),
		BAD("COPY_DATA, source's alignment", FIELD, COPY(1, 5), AT(2), AT(0)),
		BAD("COPY_DATA, target's alignment", FIELD, COPY(5, 5), 0, 0, AT(2)),
		BAD("COPY_DATA, alignment of 64", FIELD, COPY(1, 5) | PM4_COPY_64, AT(4),
		    AT(0)),
		BAD("DMA_DATA, size", FIELD, HEADER(PM4_DMA_DATA, 6), 0, AT(0), AT(0)),
		BAD("DMA_DATA, from GDS", FIELD, DMA(PM4_DMA_SRC_GDS, 0), AT(0), AT(0), 4),
		BAD("DMA_DATA, to GDS", FIELD, DMA(0, PM4_DMA_DST_GDS), AT(0), AT(0), 4),
		BAD("DMA_DATA, from register", FIELD, DMA(0, 0), AT(0), AT(0),
		    4 | PM4_DMA_SAS),
		BAD("DMA_DATA, to register", FIELD, DMA(0, 0), AT(0), AT(0), 4 | PM4_DMA_DAS),
		BAD("DMA_DATA, source stays", FIELD, DMA(0, 0), AT(0), AT(0),
		    4 | PM4_DMA_SRC_FIXED),
		BAD("DMA_DATA, target stays", FIELD, DMA(2, 0), 0, 0, AT(0),
		    4 | PM4_DMA_DST_FIXED),
		BAD("DMA_DATA, fill of 3 bytes", FIELD, DMA(2, 0), 0, 0, AT(0), 3),
		BAD("DMA_DATA, fill's alignment", FIELD, DMA(2, 0), 0, 0, AT(2), 4),
		BAD("ATOMIC_MEM, size", FIELD, HEADER(PM4_ATOMIC_MEM, 8), GFX9_ATOMIC_ADD,
		    AT(0), 0, 0, 0, 0),
		BAD("ATOMIC_MEM, operation", FIELD, HEADER(PM4_ATOMIC_MEM, 9), 0, AT(0), 0, 0,
		    0, 0, 0),
		BAD("ATOMIC_MEM, command", FIELD, HEADER(PM4_ATOMIC_MEM, 9),
		    GFX9_ATOMIC_ADD | 0x200, AT(0), 0, 0, 0, 0, 0),
		BAD("ATOMIC_MEM, loop of add", FIELD, HEADER(PM4_ATOMIC_MEM, 9),
		    GFX9_ATOMIC_ADD | 0x100, AT(0), 0, 0, 0, 0, 0),
		BAD("ATOMIC_MEM, alignment", FIELD, ATOMIC64(GFX9_ATOMIC_ADD), AT(4), 0, 0, 0,
		    0, 0),
		BAD("COND_EXEC, size", FIELD, HEADER(PM4_COND_EXEC, 4), AT(0), 0),
		BAD("COND_EXEC, count", FIELD, HEADER(PM4_COND_EXEC, 5), AT(0), 0, 0x4000),
		BAD("COND_EXEC, alignment", FIELD, HEADER(PM4_COND_EXEC, 5), AT(1), 0, 0),
		BAD("COND_WRITE, size", FIELD, HEADER(PM4_COND_WRITE, 8), 0x110, AT(0), 0, 0,
		    AT(0)),
		BAD("COND_WRITE, function", FIELD, COND_WRITE(7), AT(0), 0, 0, AT(0), 0),
		BAD("COND_WRITE, from register", FIELD, HEADER(PM4_COND_WRITE, 9), 0x100,
		    AT(0), 0, 0, AT(0), 0),
		BAD("COND_WRITE, to register", FIELD, HEADER(PM4_COND_WRITE, 9), 0x10, AT(0),
		    0, 0, AT(0), 0),
		BAD("COND_WRITE, alignment", FIELD, COND_WRITE(0), AT(0), 0, 0, AT(1), 0),
#undef BAD
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		packet_bad(*state, rows[i].name, SIMGPU_QUEUE_PM4, rows[i].dwords,
			   rows[i].count, rows[i].code);
}

/* The read index is 32 bits and wraps with the ring; the other one does not. */
static void indices(void **state)
{
	const u32 write[] = { WRITE(1), AT(0x1000), 1 };
	struct engine_fixture *f = *state;
	u64 dwords;

	packet_new(f, SIMGPU_QUEUE_PM4);
	dwords = f->q->ring_size / 4;
	engine_start_at(f, 0xfffffffe);
	memset(engine_mem(f, ENGINE_RPTR_VA), 0xff, 8);
	engine_put(f, write, ARRAY_SIZE(write));
	engine_ring(f);
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_int_equal(f->q->read, 0x100000003);
	assert_int_equal(engine_rptr(f), 0xffffffff00000000 | (f->q->read & (dwords - 1)));
	f->written += dwords + 1;
	engine_ring(f);
	assert_int_equal(engine_run(f), STEP_ERROR);
	assert_int_equal(f->q->failure.code, SIMGPU_ERROR_RING);
}

/* The data is written once, though the event ring has no room at first. */
static void interrupt_waits_for_room(void **state)
{
	const u32 packet[] = { RELEASE(PM4_INT_AFTER_WRITE, PM4_DATA_32), AT(0), 5, 0, 6 };
	struct engine_fixture *f = *state;
	struct simgpu_event event;

	packet_new(f, SIMGPU_QUEUE_PM4);
	engine_fill_events(f, 0);
	engine_put(f, packet, ARRAY_SIZE(packet));
	engine_ring(f);
	assert_int_equal(engine_run(f), STEP_BLOCKED);
	assert_int_equal(get32(engine_data(f, 0)), 5);
	put32(engine_data(f, 0), 1);
	assert_int_equal(engine_run(f), STEP_BLOCKED);
	engine_drain_events(f);
	assert_int_equal(engine_run(f), STEP_IDLE);
	assert_int_equal(get32(engine_data(f, 0)), 1);
	assert_true(engine_event(f, &event));
	assert_int_equal(le64toh(event.data), 6);
	assert_false(engine_event(f, &event));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fillers),
		cmocka_unit_test(write_data),
		cmocka_unit_test(long_write_data),
		cmocka_unit_test(release_mem),
		cmocka_unit_test(copy_data),
		cmocka_unit_test(dma_data),
		cmocka_unit_test(cond_write),
		cmocka_unit_test(cond_exec),
		cmocka_unit_test(atomic_mem),
		cmocka_unit_test(atomic_mem_loops),
		cmocka_unit_test(waits),
		cmocka_unit_test(wait_goes_on),
		cmocka_unit_test(clocks),
		cmocka_unit_test(nested_buffers),
		cmocka_unit_test(endless_chain),
		cmocka_unit_test(bad_buffers),
		cmocka_unit_test(registers),
		cmocka_unit_test(bad_packets),
		cmocka_unit_test(indices),
		cmocka_unit_test(interrupt_waits_for_room),
	};

	return cmocka_run_group_tests_name("pm4", tests, packets_setup,
					   packets_teardown);
}
