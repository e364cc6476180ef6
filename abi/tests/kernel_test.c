// SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR MIT
/*
 * sdma_packets.h and pm4_packets.h against the headers of the kernel's amdgpu
 * driver, which the Makefile takes out of Debian's linux-source-6.1.
 */
#include "golden.h"

#include <kernel/vega10_sdma_pkt_open.h>
#include <kernel/kfd_pm4_headers_ai.h>
#include <kernel/kfd_pm4_opcodes.h>

/* It has a name of ours. */
enum {
	KERNEL_PM4_TYPE_3 = PM4_TYPE_3,
};

#undef PM4_TYPE_3

/* Two of their headers define it, with the same value. */
#define CACHE_FLUSH_AND_INV_TS_EVENT KERNEL_CACHE_FLUSH_AND_INV_TS_EVENT
#include <kernel/vega10_enum.h>
#undef CACHE_FLUSH_AND_INV_TS_EVENT

/* Names that both have: theirs are kept under another name. */
enum {
	KERNEL_SDMA_OP_NOP = SDMA_OP_NOP,
	KERNEL_SDMA_OP_COPY = SDMA_OP_COPY,
	KERNEL_SDMA_OP_WRITE = SDMA_OP_WRITE,
	KERNEL_SDMA_OP_INDIRECT = SDMA_OP_INDIRECT,
	KERNEL_SDMA_OP_FENCE = SDMA_OP_FENCE,
	KERNEL_SDMA_OP_TRAP = SDMA_OP_TRAP,
	KERNEL_SDMA_OP_SEM = SDMA_OP_SEM,
	KERNEL_SDMA_OP_POLL_REGMEM = SDMA_OP_POLL_REGMEM,
	KERNEL_SDMA_OP_COND_EXE = SDMA_OP_COND_EXE,
	KERNEL_SDMA_OP_ATOMIC = SDMA_OP_ATOMIC,
	KERNEL_SDMA_OP_CONST_FILL = SDMA_OP_CONST_FILL,
	KERNEL_SDMA_OP_PTEPDE = SDMA_OP_PTEPDE,
	KERNEL_SDMA_OP_TIMESTAMP = SDMA_OP_TIMESTAMP,
	KERNEL_SDMA_OP_SRBM_WRITE = SDMA_OP_SRBM_WRITE,
	KERNEL_SDMA_OP_PRE_EXE = SDMA_OP_PRE_EXE,
	KERNEL_SDMA_OP_DUMMY_TRAP = SDMA_OP_DUMMY_TRAP,
};

#undef SDMA_OP_NOP
#undef SDMA_OP_COPY
#undef SDMA_OP_WRITE
#undef SDMA_OP_INDIRECT
#undef SDMA_OP_FENCE
#undef SDMA_OP_TRAP
#undef SDMA_OP_SEM
#undef SDMA_OP_POLL_REGMEM
#undef SDMA_OP_COND_EXE
#undef SDMA_OP_ATOMIC
#undef SDMA_OP_CONST_FILL
#undef SDMA_OP_PTEPDE
#undef SDMA_OP_TIMESTAMP
#undef SDMA_OP_SRBM_WRITE
#undef SDMA_OP_PRE_EXE
#undef SDMA_OP_DUMMY_TRAP

#include "../sdma_packets.h"

/* soc15d.h gives opcodes names that begin like ours: take it last. */
#include "../pm4_packets.h"
#include <kernel/soc15d.h>

static void sdma_opcodes(void **state)
{
	static const struct golden rows[] = {
#define ROW(name) { #name, SDMA_OP_##name, KERNEL_SDMA_OP_##name }
		ROW(NOP), ROW(COPY), ROW(WRITE), ROW(INDIRECT), ROW(FENCE),
		ROW(TRAP), ROW(SEM), ROW(POLL_REGMEM), ROW(COND_EXE), ROW(ATOMIC),
		ROW(CONST_FILL), ROW(PTEPDE), ROW(TIMESTAMP), ROW(SRBM_WRITE),
		ROW(PRE_EXE), ROW(DUMMY_TRAP),
#undef ROW
		{ "COPY_LINEAR", SDMA_SUB_OP_COPY_LINEAR, SDMA_SUBOP_COPY_LINEAR },
		{ "COPY_LINEAR_RECT", SDMA_SUB_OP_COPY_LINEAR_RECT,
		  SDMA_SUBOP_COPY_LINEAR_SUB_WIND },
		{ "WRITE_LINEAR", SDMA_SUB_OP_WRITE_LINEAR,
		  SDMA_SUBOP_WRITE_LINEAR },
		{ "TIMESTAMP_SET", SDMA_SUB_OP_TIMESTAMP_SET,
		  SDMA_SUBOP_TIMESTAMP_SET },
		{ "TIMESTAMP_GET", SDMA_SUB_OP_TIMESTAMP_GET,
		  SDMA_SUBOP_TIMESTAMP_GET },
		{ "TIMESTAMP_GET_GLOBAL", SDMA_SUB_OP_TIMESTAMP_GET_GLOBAL,
		  SDMA_SUBOP_TIMESTAMP_GET_GLOBAL },
	};

	golden_compare(rows, ARRAY_SIZE(rows));
}

/* Where a field is: bytes from the packet's start, bits in the dword. */
struct field {
	const char *name;
	size_t our_place, their_place;
	__u32 our_mask, their_mask;
};

#define PLACE(packet, member, mask, theirs) \
	{ #packet "." #member " " #mask, \
	  offsetof(struct packet, member), SDMA_PKT_##theirs##_offset * 4, (mask), \
	  (__u32)(SDMA_PKT_##theirs##_mask) << SDMA_PKT_##theirs##_shift }

#define WHOLE	0xffffffffU

static void sdma_fields(void **state)
{
	static const struct field rows[] = {
		PLACE(sdma_nop, header, SDMA_HEADER_OP, NOP_HEADER_op),
		PLACE(sdma_nop, header, SDMA_HEADER_SUB_OP, NOP_HEADER_sub_op),
		PLACE(sdma_nop, header, SDMA_NOP_COUNT, NOP_HEADER_count),
#define ROW(member, mask, theirs) \
		PLACE(sdma_copy_linear, member, mask, COPY_LINEAR_##theirs)
		ROW(header, SDMA_COPY_ENCRYPT, HEADER_encrypt),
		ROW(header, SDMA_COPY_TMZ, HEADER_tmz),
		ROW(header, SDMA_COPY_BROADCAST, HEADER_broadcast),
		ROW(count, SDMA_COPY_COUNT, COUNT_count),
		ROW(parameter, SDMA_COPY_DST_SWAP, PARAMETER_dst_sw),
		ROW(parameter, SDMA_COPY_SRC_SWAP, PARAMETER_src_sw),
		ROW(src_lo, WHOLE, SRC_ADDR_LO_src_addr_31_0),
		ROW(src_hi, WHOLE, SRC_ADDR_HI_src_addr_63_32),
		ROW(dst_lo, WHOLE, DST_ADDR_LO_dst_addr_31_0),
		ROW(dst_hi, WHOLE, DST_ADDR_HI_dst_addr_63_32),
#undef ROW
#define ROW(member, mask, theirs) \
		PLACE(sdma_copy_broadcast, member, mask, COPY_BROADCAST_LINEAR_##theirs)
		ROW(count, SDMA_COPY_COUNT, COUNT_count),
		ROW(parameter, SDMA_COPY_DST2_SWAP, PARAMETER_dst2_sw),
		ROW(src_lo, WHOLE, SRC_ADDR_LO_src_addr_31_0),
		ROW(dst1_lo, WHOLE, DST1_ADDR_LO_dst1_addr_31_0),
		ROW(dst1_hi, WHOLE, DST1_ADDR_HI_dst1_addr_63_32),
		ROW(dst2_lo, WHOLE, DST2_ADDR_LO_dst2_addr_31_0),
		ROW(dst2_hi, WHOLE, DST2_ADDR_HI_dst2_addr_63_32),
#undef ROW
#define ROW(member, mask, theirs) \
		PLACE(sdma_copy_rect, member, mask, COPY_LINEAR_SUBWIN_##theirs)
		ROW(header, SDMA_RECT_TMZ, HEADER_tmz),
		ROW(header, SDMA_RECT_ELEMENT, HEADER_elementsize),
		ROW(src_lo, WHOLE, SRC_ADDR_LO_src_addr_31_0),
		ROW(src_hi, WHOLE, SRC_ADDR_HI_src_addr_63_32),
		ROW(src_xy, SDMA_RECT_X, DW_3_src_x),
		ROW(src_xy, SDMA_RECT_Y, DW_3_src_y),
		ROW(src_z, SDMA_RECT_Z, DW_4_src_z),
		ROW(src_z, SDMA_RECT_PITCH, DW_4_src_pitch),
		ROW(src_slice, SDMA_RECT_SLICE, DW_5_src_slice_pitch),
		ROW(dst_lo, WHOLE, DST_ADDR_LO_dst_addr_31_0),
		ROW(dst_hi, WHOLE, DST_ADDR_HI_dst_addr_63_32),
		ROW(dst_xy, SDMA_RECT_X, DW_8_dst_x),
		ROW(dst_xy, SDMA_RECT_Y, DW_8_dst_y),
		ROW(dst_z, SDMA_RECT_Z, DW_9_dst_z),
		ROW(dst_z, SDMA_RECT_PITCH, DW_9_dst_pitch),
		ROW(dst_slice, SDMA_RECT_SLICE, DW_10_dst_slice_pitch),
		ROW(rect_xy, SDMA_RECT_X, DW_11_rect_x),
		ROW(rect_xy, SDMA_RECT_Y, DW_11_rect_y),
		ROW(rect_z, SDMA_RECT_Z, DW_12_rect_z),
		ROW(rect_z, SDMA_RECT_DST_SWAP, DW_12_dst_sw),
		ROW(rect_z, SDMA_RECT_SRC_SWAP, DW_12_src_sw),
#undef ROW
#define ROW(member, mask, theirs) \
		PLACE(sdma_write, member, mask, WRITE_UNTILED_##theirs)
		ROW(header, SDMA_WRITE_ENCRYPT, HEADER_encrypt),
		ROW(header, SDMA_WRITE_TMZ, HEADER_tmz),
		ROW(dst_lo, WHOLE, DST_ADDR_LO_dst_addr_31_0),
		ROW(dst_hi, WHOLE, DST_ADDR_HI_dst_addr_63_32),
		ROW(count, SDMA_WRITE_COUNT, DW_3_count),
		ROW(count, SDMA_WRITE_SWAP, DW_3_sw),
#undef ROW
		{ "WRITE data", sizeof(struct sdma_write),
		  SDMA_PKT_WRITE_UNTILED_DATA0_data0_offset * 4, 0, 0 },
#define ROW(member, mask, theirs) \
		PLACE(sdma_indirect, member, mask, INDIRECT_##theirs)
		ROW(header, SDMA_INDIRECT_VMID, HEADER_vmid),
		ROW(base_lo, WHOLE, BASE_LO_ib_base_31_0),
		ROW(base_hi, WHOLE, BASE_HI_ib_base_63_32),
		ROW(size, SDMA_INDIRECT_SIZE, IB_SIZE_ib_size),
		ROW(csa_lo, WHOLE, CSA_ADDR_LO_csa_addr_31_0),
		ROW(csa_hi, WHOLE, CSA_ADDR_HI_csa_addr_63_32),
#undef ROW
		PLACE(sdma_fence, addr_lo, WHOLE, FENCE_ADDR_LO_addr_31_0),
		PLACE(sdma_fence, addr_hi, WHOLE, FENCE_ADDR_HI_addr_63_32),
		PLACE(sdma_fence, data, WHOLE, FENCE_DATA_data),
		PLACE(sdma_trap, context, SDMA_TRAP_CONTEXT,
		      TRAP_INT_CONTEXT_int_context),
		PLACE(sdma_trap, context, SDMA_TRAP_CONTEXT,
		      DUMMY_TRAP_INT_CONTEXT_int_context),
		PLACE(sdma_srbm_write, addr, 0x3ffff, SRBM_WRITE_ADDR_addr),
		PLACE(sdma_srbm_write, data, WHOLE, SRBM_WRITE_DATA_data),
#define ROW(member, mask, theirs) \
		PLACE(sdma_poll_regmem, member, mask, POLL_REGMEM_##theirs)
		ROW(header, SDMA_POLL_HDP_FLUSH, HEADER_hdp_flush),
		ROW(header, SDMA_POLL_FUNC, HEADER_func),
		ROW(header, SDMA_POLL_MEM, HEADER_mem_poll),
		ROW(addr_lo, WHOLE, ADDR_LO_addr_31_0),
		ROW(addr_hi, WHOLE, ADDR_HI_addr_63_32),
		ROW(value, WHOLE, VALUE_value),
		ROW(mask, WHOLE, MASK_mask),
		ROW(retry, SDMA_POLL_INTERVAL, DW5_interval),
		ROW(retry, SDMA_POLL_RETRY, DW5_retry_count),
#undef ROW
		PLACE(sdma_cond_exe, addr_lo, WHOLE, COND_EXE_ADDR_LO_addr_31_0),
		PLACE(sdma_cond_exe, addr_hi, WHOLE, COND_EXE_ADDR_HI_addr_63_32),
		PLACE(sdma_cond_exe, reference, WHOLE, COND_EXE_REFERENCE_reference),
		PLACE(sdma_cond_exe, exec_count, SDMA_EXEC_COUNT,
		      COND_EXE_EXEC_COUNT_exec_count),
		PLACE(sdma_pre_exe, header, SDMA_PRE_EXE_DEVICES,
		      PRE_EXE_HEADER_dev_sel),
		PLACE(sdma_pre_exe, exec_count, SDMA_EXEC_COUNT,
		      PRE_EXE_EXEC_COUNT_exec_count),
#define ROW(member, mask, theirs) \
		PLACE(sdma_atomic, member, mask, ATOMIC_##theirs)
		ROW(header, SDMA_ATOMIC_LOOP, HEADER_loop),
		ROW(header, SDMA_ATOMIC_TMZ, HEADER_tmz),
		ROW(header, SDMA_ATOMIC_OPERATION, HEADER_atomic_op),
		ROW(addr_lo, WHOLE, ADDR_LO_addr_31_0),
		ROW(addr_hi, WHOLE, ADDR_HI_addr_63_32),
		ROW(src_lo, WHOLE, SRC_DATA_LO_src_data_31_0),
		ROW(src_hi, WHOLE, SRC_DATA_HI_src_data_63_32),
		ROW(cmp_lo, WHOLE, CMP_DATA_LO_cmp_data_31_0),
		ROW(cmp_hi, WHOLE, CMP_DATA_HI_cmp_data_63_32),
		ROW(loop, SDMA_ATOMIC_INTERVAL, LOOP_INTERVAL_loop_interval),
#undef ROW
#define ROW(member, mask, theirs) \
		PLACE(sdma_const_fill, member, mask, CONSTANT_FILL_##theirs)
		ROW(header, SDMA_FILL_SWAP, HEADER_sw),
		ROW(header, SDMA_FILL_SIZE, HEADER_fillsize),
		ROW(dst_lo, WHOLE, DST_ADDR_LO_dst_addr_31_0),
		ROW(dst_hi, WHOLE, DST_ADDR_HI_dst_addr_63_32),
		ROW(data, WHOLE, DATA_src_data_31_0),
		ROW(count, SDMA_FILL_COUNT, COUNT_count),
#undef ROW
		PLACE(sdma_timestamp_set, data_lo, WHOLE,
		      TIMESTAMP_SET_INIT_DATA_LO_init_data_31_0),
		PLACE(sdma_timestamp_set, data_hi, WHOLE,
		      TIMESTAMP_SET_INIT_DATA_HI_init_data_63_32),
		PLACE(sdma_timestamp_get, addr_lo, SDMA_TIMESTAMP_ADDR_LO,
		      TIMESTAMP_GET_WRITE_ADDR_LO_write_addr_31_3),
		PLACE(sdma_timestamp_get, addr_hi, WHOLE,
		      TIMESTAMP_GET_GLOBAL_WRITE_ADDR_HI_write_addr_63_32),
	};

	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].our_place != rows[i].their_place ||
		    rows[i].our_mask != rows[i].their_mask)
			fail_msg("%s: 0x%x at %zu here, 0x%x at %zu there",
				 rows[i].name, rows[i].our_mask, rows[i].our_place,
				 rows[i].their_mask, rows[i].their_place);
	}
}

static void atomic_operations(void **state)
{
	static const struct {
		const char *name;
		enum gfx9_atomic ours;
		enum TC_OP theirs[4];
	} rows[] = {
#define ROW(name) \
		{ #name, GFX9_ATOMIC_##name, \
		  { TC_OP_ATOMIC_##name##_RTN_32, TC_OP_ATOMIC_##name##_RTN_64, \
		    TC_OP_ATOMIC_##name##_32, TC_OP_ATOMIC_##name##_64 } }
		ROW(SWAP), ROW(CMPSWAP), ROW(ADD), ROW(SUB), ROW(SMIN), ROW(UMIN),
		ROW(SMAX), ROW(UMAX), ROW(AND), ROW(OR), ROW(XOR), ROW(INC),
		ROW(DEC),
#undef ROW
	};
	static const __u32 flags[4] = {
		0, GFX9_ATOMIC_64, GFX9_ATOMIC_NO_RETURN,
		GFX9_ATOMIC_64 | GFX9_ATOMIC_NO_RETURN,
	};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		for (j = 0; j < 4; j++) {
			if ((rows[i].ours | flags[j]) != (__u32)rows[i].theirs[j])
				fail_msg("%s %zu: 0x%x here, 0x%x there",
					 rows[i].name, j, rows[i].ours | flags[j],
					 rows[i].theirs[j]);
		}
	}
}

static void pm4_opcodes(void **state)
{
	static const struct golden rows[] = {
#define ROW(name) \
		{ #name, FIELD(PM4_HEADER_TYPE, PM4_TYPE_3) | \
			 FIELD(PM4_HEADER_OPCODE, PM4_##name) | \
			 FIELD(PM4_HEADER_COUNT, 5) | PM4_HEADER_COMPUTE, \
		  (__u32)PACKET3_COMPUTE(PACKET3_##name, 5) }
		ROW(NOP), ROW(DISPATCH_DIRECT), ROW(DISPATCH_INDIRECT),
		ROW(ATOMIC_MEM), ROW(COND_EXEC), ROW(WRITE_DATA),
		ROW(WAIT_REG_MEM), ROW(INDIRECT_BUFFER), ROW(COPY_DATA),
		ROW(COND_WRITE), ROW(EVENT_WRITE), ROW(RELEASE_MEM), ROW(DMA_DATA),
		ROW(ACQUIRE_MEM), ROW(SET_SH_REG),
#undef ROW
		{ "filler", FIELD(PM4_HEADER_TYPE, PM4_TYPE_FILLER), CP_PACKET2 },
		{ "type 3", PM4_TYPE_3, KERNEL_PM4_TYPE_3 },
	};

	golden_compare(rows, ARRAY_SIZE(rows));
}

static void pm4_fields(void **state)
{
	static const struct golden rows[] = {
		{ "WRITE_DATA dst_sel", FIELD(PM4_WRITE_DATA_DST_SEL, 5),
		  WRITE_DATA_DST_SEL(5) },
		{ "WRITE_DATA one address", PM4_WRITE_DATA_ONE_ADDR, WR_ONE_ADDR },
		{ "WRITE_DATA confirm", PM4_WRITE_DATA_CONFIRM, WR_CONFIRM },
		{ "WAIT_REG_MEM function", FIELD(PM4_WAIT_FUNCTION, 5),
		  WAIT_REG_MEM_FUNCTION(5) },
		{ "WAIT_REG_MEM space", FIELD(PM4_WAIT_SPACE, 1),
		  WAIT_REG_MEM_MEM_SPACE(1) },
		{ "WAIT_REG_MEM operation", FIELD(PM4_WAIT_OPERATION, 1),
		  WAIT_REG_MEM_OPERATION(1) },
		{ "IB valid", PM4_IB_VALID, INDIRECT_BUFFER_VALID },
		{ "IB policy", FIELD(PM4_IB_CACHE_POLICY, 1),
		  INDIRECT_BUFFER_CACHE_POLICY(1) },
		{ "event type", FIELD(PM4_EVENT_TYPE, 7), EVENT_TYPE(7) },
		{ "event index", FIELD(PM4_EVENT_INDEX, 4), EVENT_INDEX(4) },
		{ "DMA_DATA source", FIELD(PM4_DMA_SRC_SEL, 2),
		  PACKET3_DMA_DATA_SRC_SEL(2) },
		{ "DMA_DATA target", FIELD(PM4_DMA_DST_SEL, 3),
		  PACKET3_DMA_DATA_DST_SEL(3) },
		{ "DMA_DATA sync", PM4_DMA_SYNC, (__u32)PACKET3_DMA_DATA_CP_SYNC },
		{ "DMA_DATA source register", PM4_DMA_SAS,
		  PACKET3_DMA_DATA_CMD_SAS },
		{ "DMA_DATA target register", PM4_DMA_DAS,
		  PACKET3_DMA_DATA_CMD_DAS },
		{ "DMA_DATA source stays", PM4_DMA_SRC_FIXED,
		  PACKET3_DMA_DATA_CMD_SAIC },
		{ "DMA_DATA target stays", PM4_DMA_DST_FIXED,
		  PACKET3_DMA_DATA_CMD_DAIC },
		{ "SET_SH_REG base", PM4_SH_REG_BASE, PACKET3_SET_SH_REG_START },
		{ "SET_SH_REG end", PM4_SH_REG_BASE + PM4_SH_REG_COUNT,
		  PACKET3_SET_SH_REG_END },
#define ROW(name) \
		{ "ACQUIRE_MEM " #name, PM4_COHER_##name, \
		  PACKET3_ACQUIRE_MEM_CP_COHER_CNTL_##name##_ACTION_ENA(1) }
		ROW(TC_NC), ROW(TC_WC), ROW(TCL1_VOL), ROW(TC_WB), ROW(TCL1),
		ROW(TC), ROW(CB), ROW(DB), ROW(SH_KCACHE), ROW(SH_KCACHE_VOL),
		ROW(SH_ICACHE), ROW(SH_KCACHE_WB),
#undef ROW
		{ "ACQUIRE_MEM metadata", PM4_COHER_TC_METADATA,
		  PACKET3_ACQUIRE_MEM_CP_COHER_CNTL_TC_INV_METADATA_ACTION_ENA(1) },
	};

	golden_compare(rows, ARRAY_SIZE(rows));
}

/* The same packet through their bit fields and through our masks. */
static void pm4_release_mem(void **state)
{
	struct pm4_mec_release_mem theirs = { 0 };
	const struct pm4_release_mem ours = {
		.header = FIELD(PM4_HEADER_TYPE, PM4_TYPE_3) |
			  FIELD(PM4_HEADER_OPCODE, PM4_RELEASE_MEM) |
			  FIELD(PM4_HEADER_COUNT, 6),
		.event = FIELD(PM4_EVENT_TYPE, 0x14) |
			 FIELD(PM4_EVENT_INDEX, PM4_EVENT_END_OF_PIPE) |
			 PM4_RELEASE_TCL1_VOL | PM4_RELEASE_TC_VOL |
			 PM4_RELEASE_TC_WB | PM4_RELEASE_TCL1 | PM4_RELEASE_TC |
			 PM4_RELEASE_TC_NC | PM4_RELEASE_TC_WC | PM4_RELEASE_TC_MD,
		.select = FIELD(PM4_RELEASE_DST_SEL, 1) |
			  FIELD(PM4_RELEASE_INT_SEL, PM4_INT_AFTER_WRITE) |
			  FIELD(PM4_RELEASE_DATA_SEL, PM4_DATA_CLOCK),
		.addr_lo = 0x1238, .addr_hi = 0x7f00, .data_lo = 1, .data_hi = 2,
		.context = 3,
	};

	theirs.header.type = 3;
	theirs.header.opcode = IT_RELEASE_MEM;
	theirs.header.count = 6;
	theirs.bitfields2.event_type = CACHE_FLUSH_AND_INV_TS_EVENT;
	theirs.bitfields2.event_index = event_index__mec_release_mem__end_of_pipe;
	theirs.bitfields2.tcl1_vol_action_ena = 1;
	theirs.bitfields2.tc_vol_action_ena = 1;
	theirs.bitfields2.tc_wb_action_ena = 1;
	theirs.bitfields2.tcl1_action_ena = 1;
	theirs.bitfields2.tc_action_ena = 1;
	theirs.bitfields2.tc_nc_action_ena = 1;
	theirs.bitfields2.tc_wc_action_ena = 1;
	theirs.bitfields2.tc_md_action_ena = 1;
	theirs.bitfields3.dst_sel = dst_sel__mec_release_mem__tc_l2;
	theirs.bitfields3.int_sel =
		int_sel__mec_release_mem__send_interrupt_after_write_confirm;
	theirs.bitfields3.data_sel =
		data_sel__mec_release_mem__send_gpu_clock_counter;
	theirs.bitfields4b.address_lo_64b = 0x1238 >> 3;
	theirs.address_hi = 0x7f00;
	theirs.data_lo = 1;
	theirs.data_hi = 2;
	theirs.int_ctxid = 3;
	assert_int_equal(sizeof(ours), sizeof(theirs));
	assert_memory_equal(&ours, &theirs, sizeof(ours));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sdma_opcodes),
		cmocka_unit_test(sdma_fields),
		cmocka_unit_test(atomic_operations),
		cmocka_unit_test(pm4_opcodes),
		cmocka_unit_test(pm4_fields),
		cmocka_unit_test(pm4_release_mem),
	};

	return cmocka_run_group_tests_name("abi_kernel", tests, NULL, NULL);
}
