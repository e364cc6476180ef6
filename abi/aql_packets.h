/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR MIT */
/*
 * AQL: packets of 64 bytes in the ring of a queue, and the two structures that a
 * packet processor shares with user space, struct amd_queue and struct
 * amd_signal.  Indices count packets and only grow.  A producer writes the body
 * first and the first dword last; the consumer waits at a slot whose type is
 * INVALID, and makes a slot INVALID before it moves the read index over it.
 */
#ifndef AQL_PACKETS_H
#define AQL_PACKETS_H

#include <linux/types.h>

#define AQL_PACKET_SIZE		64

/* The first 16 bits of every packet. */
#define AQL_HEADER_TYPE		0x00ff	/* enum aql_type */
#define AQL_HEADER_BARRIER	0x0100	/* starts when all packets before are complete */
#define AQL_HEADER_ACQUIRE	0x0600	/* enum aql_scope */
#define AQL_HEADER_RELEASE	0x1800	/* enum aql_scope */

enum aql_type {
	AQL_VENDOR		= 0,
	AQL_INVALID		= 1,
	AQL_KERNEL_DISPATCH	= 2,
	AQL_BARRIER_AND		= 3,
	AQL_AGENT_DISPATCH	= 4,
	AQL_BARRIER_OR		= 5,
};

enum aql_scope {
	AQL_SCOPE_NONE		= 0,
	AQL_SCOPE_AGENT		= 1,
	AQL_SCOPE_SYSTEM	= 2,
};

/* What all packets have in common. */
struct aql_packet {
	__le16 header;
	__le16 body16;
	__le32 body32;
	__le64 body[6];
	__le64 completion_signal;	/* struct amd_signal, or 0 */
};

#define AQL_DISPATCH_DIMENSIONS	0x0003	/* .setup: 1 .. 3 */

struct aql_kernel_dispatch {
	__le16 header;
	__le16 setup;
	__le16 workgroup_x;
	__le16 workgroup_y;
	__le16 workgroup_z;
	__le16 reserved0;
	__le32 grid_x;			/* work-items */
	__le32 grid_y;
	__le32 grid_z;
	__le32 private_segment_size;	/* bytes of a work-item */
	__le32 group_segment_size;	/* bytes of a work-group */
	__le64 kernel_object;
	__le64 kernarg_address;
	__le64 reserved1;
	__le64 completion_signal;
};

#define AQL_BARRIER_DEPS	5

/*
 * BARRIER_AND waits until each of the signals has been seen 0; one that is not
 * there counts as seen.  BARRIER_OR waits until one of the signals has been seen
 * 0; one that is not there never is.
 */
struct aql_barrier {
	__le16 header;
	__le16 reserved0;
	__le32 reserved1;
	__le64 dep_signal[AQL_BARRIER_DEPS];
	__le64 reserved2;
	__le64 completion_signal;
};

/* Vendor packets say what they are in the byte behind the header. */
enum aql_vendor_format {
	AQL_VENDOR_PM4_IB		= 1,
	AQL_VENDOR_BARRIER_VALUE	= 2,
};

/* An INDIRECT_BUFFER packet of PM4 is executed. */
#define AQL_PM4_IB_REMAIN	10

struct aql_pm4_ib {
	__le16 header;
	__u8 format;			/* AQL_VENDOR_PM4_IB */
	__u8 reserved0;
	__le32 ib_header;		/* 0xc0023f00 */
	__le32 ib_base_lo;
	__le32 ib_base_hi;
	__le32 ib_control;		/* PM4_IB_* of pm4_packets.h */
	__le32 remain;			/* AQL_PM4_IB_REMAIN */
	__le32 reserved1[8];
	__le64 completion_signal;
};

/* Wait until (value of .signal & .mask) .condition .value, signed. */
struct aql_barrier_value {
	__le16 header;
	__u8 format;			/* AQL_VENDOR_BARRIER_VALUE */
	__u8 reserved0;
	__le32 reserved1;
	__le64 signal;			/* 0: nothing to wait for */
	__le64 value;
	__le64 mask;
	__le32 condition;		/* enum aql_condition */
	__le32 reserved2;
	__le64 reserved3;
	__le64 reserved4;
	__le64 completion_signal;
};

enum aql_condition {
	AQL_CONDITION_EQ	= 0,
	AQL_CONDITION_NE	= 1,
	AQL_CONDITION_LT	= 2,
	AQL_CONDITION_GTE	= 3,
};

enum amd_signal_kind {
	AMD_SIGNAL_INVALID		= 0,
	AMD_SIGNAL_USER			= 1,
	AMD_SIGNAL_DOORBELL		= -1,
	AMD_SIGNAL_LEGACY_DOORBELL	= -2,
};

struct amd_signal {
	__le64 kind;			/* enum amd_signal_kind */
	__le64 value;
	__le64 event_mailbox_ptr;	/* 0: nobody sleeps on it */
	__le32 event_id;
	__le32 reserved0;
	__le64 start_ts;		/* GPU clock */
	__le64 end_ts;
	__le64 queue_ptr;
	__le32 reserved1[2];
};

/* .queue_properties */
#define AMD_QUEUE_TRAP_HANDLER		0x00000001
#define AMD_QUEUE_PTR64			0x00000002
#define AMD_QUEUE_TRAP_DEBUG_SGPRS	0x00000004
#define AMD_QUEUE_PROFILING		0x00000008
#define AMD_QUEUE_USE_SCRATCH_ONCE	0x00000010

struct amd_queue {
	__le32 hsa_type;
	__le32 hsa_features;
	__le64 hsa_base_address;
	__le64 hsa_doorbell_signal;
	__le32 hsa_size;		/* packets */
	__le32 hsa_reserved;
	__le64 hsa_id;
	__le32 reserved0[4];
	__le64 write_dispatch_id;
	__le32 group_aperture_base_hi;
	__le32 private_aperture_base_hi;
	__le32 max_cu_id;
	__le32 max_wave_id;
	__le64 max_legacy_doorbell_dispatch_id_plus_1;
	__le32 legacy_doorbell_lock;
	__le32 reserved1[9];
	__le64 read_dispatch_id;
	__le32 read_dispatch_id_offset;	/* of .read_dispatch_id in this structure */
	__le32 compute_tmpring_size;
	__le32 scratch_resource_descriptor[4];
	__le64 scratch_backing_memory_location;
	__le64 scratch_backing_memory_byte_size;
	__le32 scratch_wave64_lane_byte_size;
	__le32 queue_properties;
	__le32 reserved2[2];
	__le64 queue_inactive_signal;
	__le32 reserved3[14];
};

_Static_assert(sizeof(struct aql_packet) == AQL_PACKET_SIZE, "AQL packet");
_Static_assert(__builtin_offsetof(struct aql_packet, completion_signal) == 56,
	       "AQL packet");
_Static_assert(sizeof(struct aql_kernel_dispatch) == AQL_PACKET_SIZE,
	       "KERNEL_DISPATCH");
_Static_assert(__builtin_offsetof(struct aql_kernel_dispatch, kernel_object) == 32,
	       "KERNEL_DISPATCH");
_Static_assert(sizeof(struct aql_barrier) == AQL_PACKET_SIZE, "BARRIER");
_Static_assert(__builtin_offsetof(struct aql_barrier, dep_signal) == 8, "BARRIER");
_Static_assert(sizeof(struct aql_pm4_ib) == AQL_PACKET_SIZE, "PM4 IB");
_Static_assert(__builtin_offsetof(struct aql_pm4_ib, completion_signal) == 56,
	       "PM4 IB");
_Static_assert(sizeof(struct aql_barrier_value) == AQL_PACKET_SIZE, "BARRIER_VALUE");
_Static_assert(__builtin_offsetof(struct aql_barrier_value, condition) == 32,
	       "BARRIER_VALUE");
_Static_assert(sizeof(struct amd_signal) == 64, "signal");
_Static_assert(__builtin_offsetof(struct amd_signal, event_mailbox_ptr) == 16,
	       "signal");
_Static_assert(__builtin_offsetof(struct amd_signal, start_ts) == 32, "signal");
_Static_assert(sizeof(struct amd_queue) == 256, "queue");
_Static_assert(__builtin_offsetof(struct amd_queue, write_dispatch_id) == 56,
	       "queue");
_Static_assert(__builtin_offsetof(struct amd_queue, read_dispatch_id) == 128,
	       "queue");
_Static_assert(__builtin_offsetof(struct amd_queue, queue_properties) == 180,
	       "queue");
_Static_assert(__builtin_offsetof(struct amd_queue, queue_inactive_signal) == 192,
	       "queue");

#endif
