// SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR MIT
/*
 * aql_packets.h against the headers of Debian's libhsa-runtime-dev, which every
 * program on ROCr was compiled with.
 */
#include "golden.h"

#include <hsa/hsa.h>
#include <hsa/hsa_ext_amd.h>
#include <hsa/amd_hsa_queue.h>
#include <hsa/amd_hsa_signal.h>

/* ROCr's names of the kinds of a signal are enumerators of another enum here. */
#include "../aql_packets.h"

#define SIZE(ours, theirs) \
	{ "size of " #ours, sizeof(struct ours), sizeof(theirs) }
#define PLACE(ours, member, theirs, their_member) \
	{ #ours "." #member, offsetof(struct ours, member), \
	  offsetof(theirs, their_member) }
#define VALUE(ours, theirs) { #ours, (unsigned long long)(ours), \
	(unsigned long long)(theirs) }
#define HEADER_BITS(name) \
	((unsigned long long)((1U << HSA_PACKET_HEADER_WIDTH_##name) - 1) << \
	 HSA_PACKET_HEADER_##name)

static void kernel_dispatch_packet(void **state)
{
	static const struct golden rows[] = {
		SIZE(aql_kernel_dispatch, hsa_kernel_dispatch_packet_t),
#define ROW(ours, theirs) \
		PLACE(aql_kernel_dispatch, ours, hsa_kernel_dispatch_packet_t, theirs)
		ROW(header, header),
		ROW(setup, setup),
		ROW(workgroup_x, workgroup_size_x),
		ROW(workgroup_y, workgroup_size_y),
		ROW(workgroup_z, workgroup_size_z),
		ROW(grid_x, grid_size_x),
		ROW(grid_y, grid_size_y),
		ROW(grid_z, grid_size_z),
		ROW(private_segment_size, private_segment_size),
		ROW(group_segment_size, group_segment_size),
		ROW(kernel_object, kernel_object),
		ROW(kernarg_address, kernarg_address),
		ROW(completion_signal, completion_signal),
#undef ROW
		VALUE(AQL_DISPATCH_DIMENSIONS,
		      ((1 << HSA_KERNEL_DISPATCH_PACKET_SETUP_WIDTH_DIMENSIONS) - 1) <<
		      HSA_KERNEL_DISPATCH_PACKET_SETUP_DIMENSIONS),
	};

	golden_compare(rows, ARRAY_SIZE(rows));
}

static void barrier_packets(void **state)
{
	static const struct golden rows[] = {
		SIZE(aql_barrier, hsa_barrier_and_packet_t),
		SIZE(aql_barrier, hsa_barrier_or_packet_t),
		PLACE(aql_barrier, dep_signal, hsa_barrier_and_packet_t, dep_signal),
		PLACE(aql_barrier, dep_signal, hsa_barrier_or_packet_t, dep_signal),
		PLACE(aql_barrier, completion_signal, hsa_barrier_and_packet_t,
		      completion_signal),
		PLACE(aql_barrier, completion_signal, hsa_barrier_or_packet_t,
		      completion_signal),
		VALUE(AQL_BARRIER_DEPS,
		      sizeof(((hsa_barrier_and_packet_t *)0)->dep_signal) /
		      sizeof(hsa_signal_t)),
		PLACE(aql_packet, completion_signal, hsa_agent_dispatch_packet_t,
		      completion_signal),
	};

	golden_compare(rows, ARRAY_SIZE(rows));
}

static void barrier_value_packet(void **state)
{
	static const struct golden rows[] = {
		SIZE(aql_barrier_value, hsa_amd_barrier_value_packet_t),
#define ROW(ours, theirs) \
		PLACE(aql_barrier_value, ours, hsa_amd_barrier_value_packet_t, theirs)
		ROW(header, header.header),
		ROW(format, header.AmdFormat),
		ROW(signal, signal),
		ROW(value, value),
		ROW(mask, mask),
		ROW(condition, cond),
		ROW(completion_signal, completion_signal),
#undef ROW
		PLACE(aql_pm4_ib, format, hsa_amd_vendor_packet_header_t, AmdFormat),
		VALUE(AQL_VENDOR_BARRIER_VALUE, HSA_AMD_PACKET_TYPE_BARRIER_VALUE),
		VALUE(AQL_CONDITION_EQ, HSA_SIGNAL_CONDITION_EQ),
		VALUE(AQL_CONDITION_NE, HSA_SIGNAL_CONDITION_NE),
		VALUE(AQL_CONDITION_LT, HSA_SIGNAL_CONDITION_LT),
		VALUE(AQL_CONDITION_GTE, HSA_SIGNAL_CONDITION_GTE),
	};

	golden_compare(rows, ARRAY_SIZE(rows));
}

static void packet_header(void **state)
{
	static const struct golden rows[] = {
		VALUE(AQL_VENDOR, HSA_PACKET_TYPE_VENDOR_SPECIFIC),
		VALUE(AQL_INVALID, HSA_PACKET_TYPE_INVALID),
		VALUE(AQL_KERNEL_DISPATCH, HSA_PACKET_TYPE_KERNEL_DISPATCH),
		VALUE(AQL_BARRIER_AND, HSA_PACKET_TYPE_BARRIER_AND),
		VALUE(AQL_AGENT_DISPATCH, HSA_PACKET_TYPE_AGENT_DISPATCH),
		VALUE(AQL_BARRIER_OR, HSA_PACKET_TYPE_BARRIER_OR),
		VALUE(AQL_HEADER_TYPE, HEADER_BITS(TYPE)),
		VALUE(AQL_HEADER_BARRIER, HEADER_BITS(BARRIER)),
		VALUE(AQL_HEADER_ACQUIRE, HEADER_BITS(SCACQUIRE_FENCE_SCOPE)),
		VALUE(AQL_HEADER_RELEASE, HEADER_BITS(SCRELEASE_FENCE_SCOPE)),
		VALUE(AQL_SCOPE_NONE, HSA_FENCE_SCOPE_NONE),
		VALUE(AQL_SCOPE_AGENT, HSA_FENCE_SCOPE_AGENT),
		VALUE(AQL_SCOPE_SYSTEM, HSA_FENCE_SCOPE_SYSTEM),
	};

	golden_compare(rows, ARRAY_SIZE(rows));
}

static void signal_structure(void **state)
{
	static const struct golden rows[] = {
		SIZE(amd_signal, amd_signal_t),
#define ROW(ours, theirs) PLACE(amd_signal, ours, amd_signal_t, theirs)
		ROW(kind, kind),
		ROW(value, value),
		ROW(event_mailbox_ptr, event_mailbox_ptr),
		ROW(event_id, event_id),
		ROW(start_ts, start_ts),
		ROW(end_ts, end_ts),
		ROW(queue_ptr, queue_ptr),
#undef ROW
		VALUE(AMD_SIGNAL_INVALID, AMD_SIGNAL_KIND_INVALID),
		VALUE(AMD_SIGNAL_USER, AMD_SIGNAL_KIND_USER),
		VALUE(AMD_SIGNAL_DOORBELL, AMD_SIGNAL_KIND_DOORBELL),
		VALUE(AMD_SIGNAL_LEGACY_DOORBELL, AMD_SIGNAL_KIND_LEGACY_DOORBELL),
	};

	golden_compare(rows, ARRAY_SIZE(rows));
}

static void queue_structure(void **state)
{
	static const struct golden rows[] = {
		SIZE(amd_queue, amd_queue_t),
#define ROW(ours, theirs) PLACE(amd_queue, ours, amd_queue_t, theirs)
		ROW(hsa_type, hsa_queue.type),
		ROW(hsa_features, hsa_queue.features),
		ROW(hsa_base_address, hsa_queue.base_address),
		ROW(hsa_doorbell_signal, hsa_queue.doorbell_signal),
		ROW(hsa_size, hsa_queue.size),
		ROW(hsa_id, hsa_queue.id),
		ROW(write_dispatch_id, write_dispatch_id),
		ROW(group_aperture_base_hi, group_segment_aperture_base_hi),
		ROW(private_aperture_base_hi, private_segment_aperture_base_hi),
		ROW(max_cu_id, max_cu_id),
		ROW(max_wave_id, max_wave_id),
		ROW(max_legacy_doorbell_dispatch_id_plus_1,
		    max_legacy_doorbell_dispatch_id_plus_1),
		ROW(legacy_doorbell_lock, legacy_doorbell_lock),
		ROW(read_dispatch_id, read_dispatch_id),
		ROW(read_dispatch_id_offset, read_dispatch_id_field_base_byte_offset),
		ROW(compute_tmpring_size, compute_tmpring_size),
		ROW(scratch_resource_descriptor, scratch_resource_descriptor),
		ROW(scratch_backing_memory_location, scratch_backing_memory_location),
		ROW(scratch_backing_memory_byte_size, scratch_backing_memory_byte_size),
		ROW(scratch_wave64_lane_byte_size, scratch_wave64_lane_byte_size),
		ROW(queue_properties, queue_properties),
		ROW(queue_inactive_signal, queue_inactive_signal),
#undef ROW
#define ROW(ours, theirs) \
		VALUE(AMD_QUEUE_##ours, (__u32)AMD_QUEUE_PROPERTIES_##theirs)
		ROW(TRAP_HANDLER, ENABLE_TRAP_HANDLER),
		ROW(PTR64, IS_PTR64),
		ROW(TRAP_DEBUG_SGPRS, ENABLE_TRAP_HANDLER_DEBUG_SGPRS),
		ROW(PROFILING, ENABLE_PROFILING),
		ROW(USE_SCRATCH_ONCE, USE_SCRATCH_ONCE),
#undef ROW
	};

	golden_compare(rows, ARRAY_SIZE(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_dispatch_packet),
		cmocka_unit_test(barrier_packets),
		cmocka_unit_test(barrier_value_packet),
		cmocka_unit_test(packet_header),
		cmocka_unit_test(signal_structure),
		cmocka_unit_test(queue_structure),
	};

	return cmocka_run_group_tests_name("abi_hsa", tests, NULL, NULL);
}
