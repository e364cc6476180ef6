/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR MIT */
/*
 * Commands, driver to device.  The driver fills the slot wptr % COUNT, then
 * writes CMD_WPTR (release), then kicks if CMD_EVENT asks for it.  The device
 * executes in order; the answer to a command is in the done slot of the same
 * number.  A slot may be used again when its answer has been read.
 */
#ifndef SIMGPU_CMD_H
#define SIMGPU_CMD_H

#include <linux/types.h>

enum simgpu_opcode {
	SIMGPU_CMD_NOP,
	SIMGPU_CMD_VM_SET,		/* struct simgpu_cmd_vm */
	SIMGPU_CMD_VM_CLEAR,		/* vm.vmid; its queues are destroyed already */
	SIMGPU_CMD_VM_SUSPEND,		/* vm.vmid: done = no queue of it touches memory */
	SIMGPU_CMD_VM_RESUME,		/* vm.vmid: undoes all SUSPENDs */
	/* struct simgpu_cmd_range: done = no access uses a translation read before */
	SIMGPU_CMD_INVALIDATE,
	SIMGPU_CMD_FAULT_DONE,		/* struct simgpu_cmd_range, .verdict */
	SIMGPU_CMD_QUEUE_CREATE,	/* struct simgpu_cmd_queue */
	/* struct simgpu_cmd_queue; vmid, type, doorbell, wptr and rptr do not change */
	SIMGPU_CMD_QUEUE_UPDATE,
	SIMGPU_CMD_QUEUE_DESTROY,	/* queue.queue: done = it touches nothing any more */
	SIMGPU_CMD_COPY,		/* struct simgpu_cmd_copy */
	SIMGPU_CMD_CLEAR,		/* struct simgpu_cmd_copy, sources are not looked at */
	/*
	 * vm.vmid: the CPU can no longer reach the slice without a fault; look
	 * once more, then stop polling it
	 */
	SIMGPU_CMD_DOORBELL_SLEEP,
	SIMGPU_CMD_DOORBELL_WAKE,	/* vm.vmid: poll it again */
	SIMGPU_CMD_CLOCK,		/* done.value = GPU clock, 100 MHz */
	SIMGPU_CMD_INJECT,		/* inject.what, for tests */
	SIMGPU_CMD_COUNT_OPCODES
};

/* VM_SET: an address space, or new values for one that exists. */
struct simgpu_cmd_vm {
	__le32 vmid;		/* 1 .. SIMGPU_VMID_COUNT - 1 */
	__le32 flags;		/* SIMGPU_VM_* */
	__le64 root;		/* guest-physical address of the level 3 table */
	/* GPU virtual addresses of the trap handler and its data; 0: there is none */
	__le64 trap_code;
	__le64 trap_data;
};

/* A fault waits for FAULT_DONE; without: the queue stops with a fatal fault. */
#define SIMGPU_VM_RETRY		0x1
/*
 * An atomic on system memory that the PTE does not allow as such is a fault;
 * without (and without LINK_ATOMICS): it is done by a load and a store.
 */
#define SIMGPU_VM_ATOMIC_FAULT	0x2

struct simgpu_cmd_range {
	__le32 vmid;
	__le32 verdict;		/* FAULT_DONE: enum simgpu_verdict */
	__le64 start;		/* GPU virtual addresses, page aligned */
	__le64 end;
};

enum simgpu_verdict {
	SIMGPU_VERDICT_RETRY,	/* try the access again */
	SIMGPU_VERDICT_KILL,	/* the queues that wait there stop with a fatal fault */
};

/* The numbers of KFD_IOC_QUEUE_TYPE_*. */
enum simgpu_queue_type {
	SIMGPU_QUEUE_PM4,
	SIMGPU_QUEUE_SDMA,
	SIMGPU_QUEUE_AQL,
	SIMGPU_QUEUE_SDMA_XGMI,
	SIMGPU_QUEUE_TYPES
};

struct simgpu_cmd_queue {
	__le32 queue;		/* 0 .. SIMGPU_QUEUE_COUNT - 1, chosen by the driver */
	__le32 vmid;
	__le32 type;		/* enum simgpu_queue_type */
	__le32 doorbell;	/* index in the slice of the VMID */
	__le64 ring;		/* GPU virtual addresses */
	__le64 wptr;
	__le64 rptr;
	__le32 ring_size;	/* bytes, a power of two >= 1024; 0: disabled */
	__le32 percentage;	/* 0: disabled */
	__le32 priority;	/* 0 .. 15 */
	__le32 flags;		/* 0 */
	__le32 cu_mask[4];	/* all 0: no mask */
};

/* An array of struct simgpu_copy in guest memory, at most SIMGPU_COPY_MAX. */
struct simgpu_cmd_copy {
	__le64 list;		/* guest-physical address, 8-byte aligned */
	__le32 count;
	__le32 flags;		/* 0 */
};

#define SIMGPU_COPY_MAX		4096

struct simgpu_copy {
	__le64 dst;		/* page aligned, | SIMGPU_COPY_LOCAL */
	__le64 src;
	__le32 npages;		/* of 4 KiB, at least 1 */
	__le32 status;		/* written by the device: 0 or an errno, positive */
};

/* The address is an offset into this device's VRAM. */
#define SIMGPU_COPY_LOCAL	0x1

struct simgpu_cmd_inject {
	__le32 what;		/* enum simgpu_inject */
	__le32 arg;
};

enum simgpu_inject {
	SIMGPU_INJECT_CRASH,		/* abort() */
	SIMGPU_INJECT_STOP,		/* SIGSTOP itself */
	SIMGPU_INJECT_HANG,		/* no command, no queue is looked at; the heart stops too */
	/* arg: a queue that never leaves its packet: SUSPEND, DESTROY do not answer */
	SIMGPU_INJECT_HANG_QUEUE,
	SIMGPU_INJECT_BAD_EVENT,	/* put an event of an unknown type into the ring */
	SIMGPU_INJECT_BAD_WPTR,		/* let EVENT_WPTR jump by more than the ring */
	SIMGPU_INJECT_STALE_TLB,	/* arg 1: INVALIDATE does nothing; arg 0: as it should */
};

struct simgpu_cmd {
	__le32 opcode;
	__le32 seq;		/* low half of the command's number; returned in done.seq */
	union {
		struct simgpu_cmd_vm vm;
		struct simgpu_cmd_range range;
		struct simgpu_cmd_queue queue;
		struct simgpu_cmd_copy copy;
		struct simgpu_cmd_inject inject;
		__le64 raw[15];
	};
};

struct simgpu_done {
	__le64 value;
	__le32 status;		/* 0 or an errno, positive */
	__le32 seq;		/* written last (release): low half of command number + 1 */
};

_Static_assert(sizeof(struct simgpu_cmd) == 128, "command");
_Static_assert(sizeof(struct simgpu_cmd_queue) == 72, "queue command");
_Static_assert(sizeof(struct simgpu_copy) == 24, "copy element");
_Static_assert(sizeof(struct simgpu_done) == 16, "answer");

#endif
