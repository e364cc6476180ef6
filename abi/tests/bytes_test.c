// SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR MIT
/*
 * sdma_packets.h and pm4_packets.h against packets as ROCr 5.2.3 and kfdtest
 * 5.2.3 put them into rings: the bytes are theirs, the fields are named here.
 */
#include "golden.h"

#include "../pm4_packets.h"
#include "../sdma_packets.h"

#define PM4_HEADER(opcode, packet, dwords) \
	(FIELD(PM4_HEADER_TYPE, PM4_TYPE_3) | FIELD(PM4_HEADER_OPCODE, opcode) | \
	 FIELD(PM4_HEADER_COUNT, sizeof(packet) / 4 + (dwords) - 2))

static void same(const void *packet, size_t size, const __u32 *golden)
{
	assert_memory_equal(packet, golden, size);
}

static void sdma_copy(void **state)
{
	const struct sdma_copy_linear copy = {
		.header = SDMA_OP_COPY,
		.count = FIELD(SDMA_COPY_COUNT, 0x3fffe0 - 1),
		.src_lo = 0x89abc000, .src_hi = 0x7f12,
		.dst_lo = 0x00200000, .dst_hi = 0x7f34,
	};
	const struct sdma_copy_broadcast broadcast = {
		.header = SDMA_OP_COPY | SDMA_COPY_BROADCAST,
		.count = FIELD(SDMA_COPY_COUNT, 4096 - 1),
		.src_lo = 1, .src_hi = 2, .dst1_lo = 3, .dst1_hi = 4,
		.dst2_lo = 5, .dst2_hi = 6,
	};

	same(&copy, sizeof(copy), (const __u32[]){
		0x00000001, 0x003fffdf, 0, 0x89abc000, 0x00007f12,
		0x00200000, 0x00007f34 });
	same(&broadcast, sizeof(broadcast), (const __u32[]){
		0x08000001, 0x00000fff, 0, 1, 2, 3, 4, 5, 6 });
}

/* 256 x 16 x 2 elements of 4 bytes from (1, 2, 3) to (4, 5, 6). */
static void sdma_copy_rect(void **state)
{
	const struct sdma_copy_rect rect = {
		.header = SDMA_OP_COPY |
			  FIELD(SDMA_HEADER_SUB_OP, SDMA_SUB_OP_COPY_LINEAR_RECT) |
			  FIELD(SDMA_RECT_ELEMENT, 2),
		.src_lo = 0x1000, .src_hi = 0x7f00,
		.src_xy = FIELD(SDMA_RECT_X, 1) | FIELD(SDMA_RECT_Y, 2),
		.src_z = FIELD(SDMA_RECT_Z, 3) | FIELD(SDMA_RECT_PITCH, 1024 - 1),
		.src_slice = FIELD(SDMA_RECT_SLICE, 1024 * 64 - 1),
		.dst_lo = 0x2000, .dst_hi = 0x7f01,
		.dst_xy = FIELD(SDMA_RECT_X, 4) | FIELD(SDMA_RECT_Y, 5),
		.dst_z = FIELD(SDMA_RECT_Z, 6) | FIELD(SDMA_RECT_PITCH, 512 - 1),
		.dst_slice = FIELD(SDMA_RECT_SLICE, 512 * 32 - 1),
		.rect_xy = FIELD(SDMA_RECT_X, 256 - 1) | FIELD(SDMA_RECT_Y, 16 - 1),
		.rect_z = FIELD(SDMA_RECT_Z, 2 - 1),
	};

	same(&rect, sizeof(rect), (const __u32[]){
		0x40000401, 0x1000, 0x7f00, 0x00020001, 0x007fe003, 0x0000ffff,
		0x2000, 0x7f01, 0x00050004, 0x003fe006, 0x00003fff,
		0x000f00ff, 0x00000001 });
}

/* What ROCr puts around a copy: poll, stamp, flush, count down, tell, trap. */
static void sdma_submission(void **state)
{
	const struct {
		struct sdma_poll_regmem poll;
		struct sdma_timestamp_get stamp;
		struct sdma_poll_regmem flush;
		struct sdma_atomic down;
		struct sdma_fence mailbox;
		struct sdma_trap trap;
	} ring = {
		.poll = {
			.header = SDMA_OP_POLL_REGMEM | SDMA_POLL_MEM |
				  FIELD(SDMA_POLL_FUNC, SDMA_POLL_EQUAL),
			.addr_lo = 0xc, .addr_hi = 0x7f00, .value = 0,
			.mask = 0xffffffff,
			.retry = FIELD(SDMA_POLL_INTERVAL, 4) |
				 FIELD(SDMA_POLL_RETRY, SDMA_POLL_RETRY_FOREVER),
		},
		.stamp = {
			.header = SDMA_OP_TIMESTAMP |
				  FIELD(SDMA_HEADER_SUB_OP,
					SDMA_SUB_OP_TIMESTAMP_GET_GLOBAL),
			.addr_lo = 0x40, .addr_hi = 0x7f00,
		},
		.flush = {
			.header = SDMA_OP_POLL_REGMEM |
				  FIELD(SDMA_POLL_FUNC, SDMA_POLL_ALWAYS),
			.addr_hi = 0x80000000,
		},
		.down = {
			.header = SDMA_OP_ATOMIC |
				  FIELD(SDMA_ATOMIC_OPERATION,
					GFX9_ATOMIC_ADD | GFX9_ATOMIC_64),
			.addr_lo = 0x8, .addr_hi = 0x7f00,
			.src_lo = 0xffffffff, .src_hi = 0xffffffff,
		},
		.mailbox = {
			.header = SDMA_OP_FENCE,
			.addr_lo = 0x88, .addr_hi = 0x7f11, .data = 0x11,
		},
		.trap = {
			.header = SDMA_OP_TRAP,
			.context = FIELD(SDMA_TRAP_CONTEXT, 0x11),
		},
	};

	same(&ring, sizeof(ring), (const __u32[]){
		0xb0000008, 0xc, 0x7f00, 0, 0xffffffff, 0x0fff0004,
		0x0000020d, 0x40, 0x7f00,
		0x00000008, 0, 0x80000000, 0, 0, 0,
		0x5e00000a, 0x8, 0x7f00, 0xffffffff, 0xffffffff, 0, 0, 0,
		0x00000005, 0x88, 0x7f11, 0x11,
		0x00000006, 0x11 });
}

static void sdma_fill_write_nop(void **state)
{
	const struct {
		struct sdma_const_fill fill;
		struct sdma_const_fill bytes;
		struct sdma_write write;
		__le32 data[2];
		struct sdma_nop nop;
	} ring = {
		.fill = {
			.header = SDMA_OP_CONST_FILL |
				  FIELD(SDMA_FILL_SIZE, SDMA_FILL_DWORDS),
			.dst_lo = 0x1000, .dst_hi = 0x7f00, .data = 0x12345678,
			.count = FIELD(SDMA_FILL_COUNT, 4096 - 1),
		},
		.bytes = {
			.header = SDMA_OP_CONST_FILL |
				  FIELD(SDMA_FILL_SIZE, SDMA_FILL_BYTES),
			.dst_lo = 0x1003, .dst_hi = 0x7f00, .data = 0x5a,
			.count = FIELD(SDMA_FILL_COUNT, 3 - 1),
		},
		.write = {
			.header = SDMA_OP_WRITE, .dst_lo = 0x2000, .dst_hi = 0x7f00,
			.count = FIELD(SDMA_WRITE_COUNT, 2 - 1),
		},
		.data = { 0xdeadbeef, 0xcafebabe },
		.nop = { .header = FIELD(SDMA_NOP_COUNT, 7) },
	};

	same(&ring, sizeof(ring), (const __u32[]){
		0x8000000b, 0x1000, 0x7f00, 0x12345678, 0xfff,
		0x0000000b, 0x1003, 0x7f00, 0x5a, 2,
		0x00000002, 0x2000, 0x7f00, 1, 0xdeadbeef, 0xcafebabe,
		0x00070000 });
}

/* The code-cache invalidation that ROCr sends after each load of a code object. */
static void pm4_invalidate(void **state)
{
	const struct pm4_acquire_mem acquire = {
		.header = PM4_HEADER(PM4_ACQUIRE_MEM, acquire, 0),
		.coher_cntl = PM4_COHER_TC_WB | PM4_COHER_TC | PM4_COHER_SH_KCACHE |
			      PM4_COHER_SH_ICACHE,
		.size = 0xffffffff, .size_hi = 0xff,
	};
	const struct pm4_indirect_buffer ib = {
		.header = PM4_HEADER(PM4_INDIRECT_BUFFER, ib, 0),
		.base_lo = 0x3000, .base_hi = 0x7f00,
		.control = PM4_IB_VALID |
			   FIELD(PM4_IB_SIZE, sizeof(acquire) / 4),
	};

	same(&acquire, sizeof(acquire), (const __u32[]){
		0xc0055800, 0x28840000, 0xffffffff, 0xff, 0, 0, 0 });
	same(&ib, sizeof(ib), (const __u32[]){
		0xc0023f00, 0x3000, 0x7f00, 0x00800007 });
}

/* kfdtest's packets carry the shader type of compute. */
static void pm4_kfdtest(void **state)
{
	const struct {
		struct pm4_write_data write;
		__le32 data;
		struct pm4_event_write flush;
		struct pm4_release_mem release;
		struct pm4_wait_reg_mem wait;
		struct pm4_acquire_mem acquire;
		struct pm4_set_sh_reg set;
		__le32 value[2];
	} ring = {
		.write = {
			.header = PM4_HEADER_COMPUTE |
				  PM4_HEADER(PM4_WRITE_DATA, ring.write, 1),
			.control = FIELD(PM4_WRITE_DATA_DST_SEL,
					 PM4_WRITE_DATA_MEMORY) |
				   PM4_WRITE_DATA_CONFIRM,
			.dst_lo = 0x1000, .dst_hi = 0x7f00,
		},
		.data = 0xabcdef09,
		.flush = {
			.header = PM4_HEADER_COMPUTE |
				  PM4_HEADER(PM4_EVENT_WRITE, ring.flush, 0),
			.event = FIELD(PM4_EVENT_TYPE, 7) |
				 FIELD(PM4_EVENT_INDEX, PM4_EVENT_CS_PARTIAL_FLUSH),
		},
		.release = {
			.header = PM4_HEADER_COMPUTE |
				  PM4_HEADER(PM4_RELEASE_MEM, ring.release, 0),
			.event = FIELD(PM4_EVENT_TYPE, 0x14) |
				 FIELD(PM4_EVENT_INDEX, PM4_EVENT_END_OF_PIPE) |
				 PM4_RELEASE_TC_WB | PM4_RELEASE_TC,
			.select = FIELD(PM4_RELEASE_INT_SEL, PM4_INT_AFTER_WRITE) |
				  FIELD(PM4_RELEASE_DATA_SEL, PM4_DATA_64),
			.addr_lo = 0x88, .addr_hi = 0x7f11,
			.data_lo = 0x11, .context = 0x11,
		},
		.wait = {
			.header = PM4_HEADER_COMPUTE |
				  PM4_HEADER(PM4_WAIT_REG_MEM, ring.wait, 0),
			.control = FIELD(PM4_WAIT_FUNCTION, PM4_EQUAL) |
				   FIELD(PM4_WAIT_SPACE, PM4_SPACE_MEMORY),
			.addr_lo = 0x1000, .addr_hi = 0x7f00,
			.reference = 0xdeadbeef, .mask = 0xffffffff,
			.interval = FIELD(PM4_WAIT_INTERVAL, 4),
		},
		.acquire = {
			.header = PM4_HEADER_COMPUTE |
				  PM4_HEADER(PM4_ACQUIRE_MEM, ring.acquire, 0),
			.coher_cntl = PM4_COHER_SH_ICACHE | PM4_COHER_SH_KCACHE |
				      PM4_COHER_TCL1 | PM4_COHER_TC,
			.size = 0xffffffff, .size_hi = 0xff, .interval = 4,
		},
		.set = {
			.header = PM4_HEADER_COMPUTE |
				  PM4_HEADER(PM4_SET_SH_REG, ring.set, 2),
			.offset = FIELD(PM4_SH_REG_OFFSET, 0x2e0c - PM4_SH_REG_BASE),
		},
		.value = { 1, 2 },
	};
	const __le32 filler = FIELD(PM4_HEADER_TYPE, PM4_TYPE_3) |
			      FIELD(PM4_HEADER_OPCODE, PM4_NOP) |
			      FIELD(PM4_HEADER_COUNT, PM4_COUNT_FILLER) |
			      PM4_HEADER_COMPUTE;

	same(&ring, sizeof(ring), (const __u32[]){
		0xc0033702, 0x00100500, 0x1000, 0x7f00, 0xabcdef09,
		0xc0004602, 0x00000407,
		0xc0064902, 0x00028514, 0x42000000, 0x88, 0x7f11, 0x11, 0, 0x11,
		0xc0053c02, 0x00000013, 0x1000, 0x7f00, 0xdeadbeef, 0xffffffff, 4,
		0xc0055802, 0x28c00000, 0xffffffff, 0xff, 0, 0, 4,
		0xc0027602, 0x0000020c, 1, 2 });
	same(&filler, sizeof(filler), (const __u32[]){ 0xffff1002 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sdma_copy),
		cmocka_unit_test(sdma_copy_rect),
		cmocka_unit_test(sdma_submission),
		cmocka_unit_test(sdma_fill_write_nop),
		cmocka_unit_test(pm4_invalidate),
		cmocka_unit_test(pm4_kfdtest),
	};

	return cmocka_run_group_tests_name("abi_bytes", tests, NULL, NULL);
}
