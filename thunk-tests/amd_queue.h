/* SPDX-License-Identifier: MIT */
/*
 * AQL in memory, as Debian's ROCr 5.2.3 lays it out: amd_queue_t, amd_signal_t and
 * the packets.  Taken from its behaviour, not from the headers that the device is
 * built with: what is shared would share a mistake.
 */
#ifndef T_AMD_QUEUE_H
#define T_AMD_QUEUE_H

#include <stddef.h>
#include <stdint.h>

/* struct amd_queue - the part of amd_queue_t that the packet processor knows */
struct amd_queue {
	uint32_t type;
	uint32_t features;
	uint64_t base_address;
	uint64_t doorbell_signal;
	uint32_t size;			/* packets */
	uint32_t reserved;
	uint64_t id;
	uint64_t reserved2[2];
	uint64_t write_dispatch_id;
	uint32_t group_aperture_hi;
	uint32_t private_aperture_hi;
	uint32_t max_cu_id;
	uint32_t max_wave_id;
	uint64_t max_legacy_doorbell;
	uint32_t reserved3[10];
	uint64_t read_dispatch_id;
	uint32_t read_dispatch_id_field_base_byte_offset;
	uint32_t compute_tmpring_size;
	uint32_t scratch_resource_descriptor[4];
	uint64_t scratch_backing_memory_location;
	uint64_t scratch_backing_size;
	uint32_t scratch_wave64_lane_byte_size;
	uint32_t queue_properties;
	uint64_t reserved4;
	uint64_t queue_inactive_signal;	/* of a struct amd_signal */
};

#define AMD_QUEUE_PROFILING	0x8	/* queue_properties */

/* struct amd_signal - 64 bytes, aligned to as many */
struct amd_signal {
	int64_t kind;			/* 1: user */
	int64_t value;
	uint64_t event_mailbox_ptr;
	uint32_t event_id;
	uint32_t reserved;
	uint64_t start_ts;
	uint64_t end_ts;
	uint64_t queue_ptr;
	uint64_t reserved2;
};

#define AMD_SIGNAL_USER	1

/* The header: type, barrier bit, fences of system scope. */
#define AQL_VENDOR		0
#define AQL_INVALID		1
#define AQL_DISPATCH		2
#define AQL_BARRIER_AND		3
#define AQL_BARRIER_OR		5
#define AQL_HEADER(type)	((type) | 0x1400)
#define AQL_WAIT_FOR_EARLIER	0x100

struct t_aql_barrier {
	uint32_t header;
	uint32_t reserved;
	uint64_t dep[5];
	uint64_t reserved2;
	uint64_t completion;
};

struct t_aql_dispatch {
	uint16_t header;
	uint16_t setup;
	uint16_t workgroup[3];
	uint16_t reserved;
	uint32_t grid[3];
	uint32_t private_segment;
	uint32_t group_segment;
	uint64_t kernel_object;
	uint64_t kernarg;
	uint64_t reserved2;
	uint64_t completion;
};

/* ROCr's vendor packet: one PM4 INDIRECT_BUFFER. */
struct t_aql_pm4 {
	uint16_t header;
	uint16_t format;		/* 1 */
	uint32_t ib[4];
	uint32_t dw_cnt_remain;		/* 10 */
	uint32_t reserved[8];
	uint64_t completion;
};

/* hsa_amd_barrier_value_packet_t */
struct t_aql_barrier_value {
	uint16_t header;
	uint8_t format;			/* 2 */
	uint8_t reserved0;
	uint32_t reserved1;
	uint64_t signal;
	int64_t value;
	int64_t mask;
	uint32_t cond;			/* 0 equal, 1 not, 2 less, 3 greater or equal */
	uint32_t reserved2;
	uint64_t reserved3;
	uint64_t reserved4;
	uint64_t completion;
};

_Static_assert(offsetof(struct amd_queue, write_dispatch_id) == 56, "amd_queue_t");
_Static_assert(offsetof(struct amd_queue, read_dispatch_id) == 128, "amd_queue_t");
_Static_assert(offsetof(struct amd_queue, scratch_backing_memory_location) == 160, "amd_queue_t");
_Static_assert(offsetof(struct amd_queue, queue_properties) == 180, "amd_queue_t");
_Static_assert(offsetof(struct amd_queue, queue_inactive_signal) == 192, "amd_queue_t");
_Static_assert(sizeof(struct amd_signal) == 64, "amd_signal_t");
_Static_assert(sizeof(struct t_aql_barrier) == 64, "barrier packet");
_Static_assert(sizeof(struct t_aql_dispatch) == 64, "dispatch packet");
_Static_assert(sizeof(struct t_aql_pm4) == 64, "vendor packet");
_Static_assert(sizeof(struct t_aql_barrier_value) == 64, "barrier value packet");

#endif
