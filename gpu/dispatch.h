/* SPDX-License-Identifier: MIT */
/*
 * Kernels: a packet processor describes a launch, the compute units of its queue
 * execute it.  A compute unit is a queue without a ring, so it has a TLB, faults
 * and slices of its own, and the commands about its owner reach it, too.  It
 * executes one work-group at a time.
 *
 *	owner's thread			threads of compute units
 *	dispatch_run(): kick them,
 *	  -EBUSY: its queue blocks	take the next work-group, execute it, ...
 *	  ...				the last to end kicks the owner
 *	dispatch_run(): 0 or -EPROTO
 */
#ifndef GPU_DISPATCH_H
#define GPU_DISPATCH_H

#include "queue.h"

#define DISPATCH_USER_SGPRS	16

/* Limits of gfx90a: work-items and bytes of LDS of a work-group. */
#define DISPATCH_ITEMS		1024
#define DISPATCH_LDS		0x10000

/**
 * struct launch - a grid and what its waves begin with
 * @code: GPU virtual address of the first instruction
 * @rsrc1: HSA_RSRC1_*
 * @rsrc2: HSA_RSRC2_*; LDS_SIZE is not looked at
 * @rsrc3: HSA_RSRC3_*
 * @user_sgpr: the first registers, as many as @rsrc2 says
 * @group: work-items of a full work-group, x, y, z
 * @grid: work-items
 * @first: number of the first work-group
 * @lds: bytes
 * @wave_scratch: bytes of private memory of a wave
 * @scratch_waves: there is private memory for so many; 0: no wave uses any
 */
struct launch {
	u64 code;
	u32 rsrc1;
	u32 rsrc2;
	u32 rsrc3;
	u32 user_sgpr[DISPATCH_USER_SGPRS];
	u32 group[3];
	u32 grid[3];
	u32 first[3];
	u32 lds;
	u32 wave_scratch;
	u32 scratch_waves;
};

/**
 * dispatch_attach() - give a new queue compute units
 *
 * Return: 0 or -ENOMEM.
 */
int dispatch_attach(struct queue *q);

/** dispatch_detach() - and take them away; nothing runs */
void dispatch_detach(struct queue *q);

/**
 * dispatch_check() - can it be launched at all?
 *
 * Return: 0, or the enum simgpu_queue_error that says why not.
 */
u32 dispatch_check(const struct launch *launch);

/**
 * dispatch_begin() - launch a grid
 * @launch: copied; dispatch_check() is content with it
 */
void dispatch_begin(struct queue *q, const struct launch *launch);

/**
 * dispatch_poll() - look how it gets on
 * @failure: after -EPROTO: what a wave has done
 *
 * Return: 0: all work-groups have ended; -EBUSY; -EPROTO.
 */
int __must_check dispatch_poll(struct queue *q, struct queue_failure *failure);

/** dispatch_code_changed() - code of the address space may be new */
void dispatch_code_changed(struct queue *q);

#endif
