/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR MIT */
/*
 * Registers: offsets into BAR2.  Each has one writer; the other side only reads.
 * A register of 64 bits is written and read in one access.
 */
#ifndef SIMGPU_REGS_H
#define SIMGPU_REGS_H

/* Written by the device. */
#define SIMGPU_REG_MAGIC	0x000	/* u32 */
#define SIMGPU_MAGIC		0x50474e43	/* "CNGP" */
#define SIMGPU_REG_ABI		0x004	/* u32: SIMGPU_ABI_VERSION */
#define SIMGPU_ABI_VERSION	1
#define SIMGPU_REG_STATUS	0x008	/* u32: enum simgpu_status; written last at start */
#define SIMGPU_REG_FEATURES	0x00c	/* u32: SIMGPU_FEATURE_* */
#define SIMGPU_REG_VRAM_BASE	0x010	/* u64: guest-physical address */
#define SIMGPU_REG_VRAM_SIZE	0x018	/* u64: bytes */
#define SIMGPU_REG_GENERATION	0x020	/* u32: one more with each start of a device process */
#define SIMGPU_REG_INDEX	0x024	/* u32: which of the node's GPUs this is */
#define SIMGPU_REG_HEARTBEAT	0x028	/* u64: counts up while the device lives, >= 5 a second */
#define SIMGPU_REG_ENABLED	0x030	/* u32: CONTROL as the device has last acted on it */
#define SIMGPU_REG_CMD_RPTR	0x040	/* u64: commands taken from the ring */
#define SIMGPU_REG_CMD_EVENT	0x048	/* u64: see "notification" in docs/device.md */
#define SIMGPU_REG_EVENT_WPTR	0x050	/* u64: events put into the ring */

/* Written by the driver. */
#define SIMGPU_REG_CONTROL	0x100	/* u32: SIMGPU_CONTROL_* */
#define SIMGPU_REG_BAR_BASE	0x108	/* u64: guest-physical address of BAR2 */
#define SIMGPU_REG_CMD_WPTR	0x140	/* u64: commands put into the ring */
#define SIMGPU_REG_EVENT_RPTR	0x150	/* u64: events taken from the ring */
#define SIMGPU_REG_EVENT_EVENT	0x158	/* u64: see "notification" */
#define SIMGPU_REG_DONE_ARM	0x160	/* u32: 1: a driver thread sleeps, signal completions */

/* Written by the device: counters, u64 each, for benches and tests. */
#define SIMGPU_REG_COUNTERS	0x200
enum simgpu_counter {
	SIMGPU_COUNT_COMMANDS,		/* commands executed */
	SIMGPU_COUNT_DOORBELLS,		/* doorbell values that were new */
	SIMGPU_COUNT_PACKETS,		/* packets executed by all queues */
	SIMGPU_COUNT_BYTES,		/* bytes that queues read and wrote in copies and fills */
	SIMGPU_COUNT_ENGINE_BYTES,	/* bytes copied or cleared for the driver */
	SIMGPU_COUNT_TLB_HITS,
	SIMGPU_COUNT_TLB_MISSES,
	SIMGPU_COUNT_FAULTS,		/* fault events posted */
	SIMGPU_COUNT_EVENT_IRQS,	/* times vector EVENT was signalled */
	SIMGPU_COUNT_DONE_IRQS,
	SIMGPU_COUNT_WAKEUPS,		/* times a sleeping device was woken */
	SIMGPU_COUNT_POLLS,		/* passes over the doorbells */
	SIMGPU_COUNT_BUSY_NS,		/* CPU time of the device process */
	SIMGPU_COUNT_UPTIME_NS,		/* wall time since it started */
	SIMGPU_COUNTER_COUNT
};

enum simgpu_status {
	SIMGPU_STATUS_OFF,
	SIMGPU_STATUS_READY,
	SIMGPU_STATUS_FAILED,	/* gave up; the log says why; needs a power cycle */
};

/* Atomics to system memory are atomic against the CPU without further ado. */
#define SIMGPU_FEATURE_LINK_ATOMICS	0x1
/* Kernel dispatch packets are executed. */
#define SIMGPU_FEATURE_DISPATCH		0x2

/*
 * The device touches guest memory only while this is set; cleared, it stops all
 * queues at once and forgets all of its state: CMD_RPTR, EVENT_WPTR and the done
 * slots become 0, then ENABLED.  The driver kicks after each change, and waits
 * for ENABLED == 0 before it sets CMD_WPTR, EVENT_RPTR, BAR_BASE and the bit.
 * A new device process acts on the bit when it has seen it cleared.
 */
#define SIMGPU_CONTROL_ENABLE		0x1

#endif
