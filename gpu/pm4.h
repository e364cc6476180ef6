/* SPDX-License-Identifier: MIT */
/*
 * The PM4 interpreter, for PM4 queues and for the indirect buffers that packets
 * of AQL queues call.
 */
#ifndef GPU_PM4_H
#define GPU_PM4_H

#include "abi/pm4_packets.h"
#include "stream.h"

/**
 * struct pm4 - an interpreter
 * @stream: its packets; with unit 0 there is no ring
 * @done: dwords of the write, bytes of the copy at hand
 * @released: RELEASE_MEM at hand has written its data
 * @wait: looks of the packet at hand
 * @atomic_return: what ATOMIC_MEM returned last
 * @launched: the grid of the packet at hand is being executed
 * @sh_regs: what SET_SH_REG has set
 */
struct pm4 {
	struct stream stream;
	u64 done;
	bool released;
	bool launched;
	struct wait wait;
	u64 atomic_return;
	u32 sh_regs[PM4_SH_REG_COUNT];
};

/**
 * pm4_packet() - execute the next packet, or a part of it
 *
 * Return: 0 or an errno of stream.h.
 */
int __must_check pm4_packet(struct queue *q, struct pm4 *pm4);

#endif
