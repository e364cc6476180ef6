/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR MIT */
/*
 * Events, device to driver.  The device fills the slot wptr % COUNT, writes
 * EVENT_WPTR (release), then signals vector EVENT if EVENT_EVENT asks for it.
 * Nothing is dropped: while the ring is full, whoever has an event waits.
 */
#ifndef SIMGPU_EVENT_H
#define SIMGPU_EVENT_H

#include <linux/types.h>

enum simgpu_event_type {
	SIMGPU_EVENT_NONE,
	/*
	 * An access waits.  One event for each (vmid, page) that has a waiter;
	 * again when the retry fails again.  addr, access, queue.
	 */
	SIMGPU_EVENT_FAULT,
	/* The queue has stopped at a fault without retry.  addr, access, queue. */
	SIMGPU_EVENT_FAULT_FATAL,
	/* The queue has stopped at a bad packet.  code, addr = where, data. */
	SIMGPU_EVENT_QUEUE_ERROR,
	/* A packet asks for an interrupt.  data = context id, code = source. */
	SIMGPU_EVENT_INTERRUPT,
	/* No doorbell of the VMID has rung for a while. */
	SIMGPU_EVENT_IDLE,
	/* A command was malformed; code = errno, data = its number. */
	SIMGPU_EVENT_BAD_COMMAND,
	SIMGPU_EVENT_TYPES
};

/* What the access wanted, and what stood in its way. */
#define SIMGPU_FAULT_READ	0x01
#define SIMGPU_FAULT_WRITE	0x02
#define SIMGPU_FAULT_EXEC	0x04
#define SIMGPU_FAULT_ATOMIC	0x08
#define SIMGPU_FAULT_ABSENT	0x10	/* no valid PTE */
#define SIMGPU_FAULT_DENIED	0x20	/* valid, and it does not allow that */
#define SIMGPU_FAULT_BUS	0x40	/* valid, and the address is nowhere */

/* event.code of INTERRUPT */
enum simgpu_interrupt {
	SIMGPU_INT_CP_EOP,	/* RELEASE_MEM, completion signal of an AQL packet */
	SIMGPU_INT_SDMA_TRAP,
	SIMGPU_INT_SQ,		/* s_sendmsg */
};

/* event.code of QUEUE_ERROR; the values up to 512 are the ones ROCr knows. */
enum simgpu_queue_error {
	SIMGPU_ERROR_INVALID_DIM	= 2,
	SIMGPU_ERROR_GROUP_MEMORY	= 4,
	SIMGPU_ERROR_CODE_OBJECT	= 8,
	SIMGPU_ERROR_PACKET		= 32,
	SIMGPU_ERROR_WORKGROUP		= 64,
	SIMGPU_ERROR_VGPRS		= 128,
	SIMGPU_ERROR_VENDOR_PACKET	= 256,
	/* A wave; where = its pc. */
	SIMGPU_ERROR_MEMORY_VIOLATION	= 0x20000000,	/* misaligned atomic */
	SIMGPU_ERROR_ILLEGAL_INSTRUCTION = 0x40000000,	/* data = its code */
	SIMGPU_ERROR_TRAP		= 0x80000000U,	/* s_trap 2 */
	SIMGPU_ERROR_RING		= 0x10000,	/* wptr or doorbell outside of the ring */
	SIMGPU_ERROR_OPCODE		= 0x10001,	/* unknown SDMA or PM4 opcode, in data */
	SIMGPU_ERROR_FIELD		= 0x10002,	/* a field of a known packet is bad */
	SIMGPU_ERROR_TIMEOUT		= 0x10003,	/* a finite poll ended; data = word */
};

struct simgpu_event {
	__le32 type;
	__le32 vmid;
	__le32 queue;		/* 0xffffffff: none */
	__le32 access;		/* SIMGPU_FAULT_* */
	__le64 addr;
	__le64 data;
	__le32 code;
	__le32 seq;		/* low half of the event's number */
	__le64 clock;		/* GPU clock, 100 MHz */
	__le64 reserved[2];
};

_Static_assert(sizeof(struct simgpu_event) == 64, "event");

#endif
