/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR MIT */
/*
 * Where things lie in the memory that the driver and the device share: BAR2 of
 * an ivshmem-doorbell device (PCI 1af4:1110).  All integers are little endian.
 * docs/device.md is the manual.
 */
#ifndef SIMGPU_LAYOUT_H
#define SIMGPU_LAYOUT_H

#include <linux/types.h>

#define SIMGPU_PCI_VENDOR	0x1af4
#define SIMGPU_PCI_DEVICE	0x1110

/* BAR2 */
#define SIMGPU_BAR_SIZE		0x800000

#define SIMGPU_REGS_OFFSET	0x000000
#define SIMGPU_REGS_SIZE	0x001000

/* struct simgpu_cmd [SIMGPU_CMD_COUNT] */
#define SIMGPU_CMD_OFFSET	0x010000
#define SIMGPU_CMD_COUNT	512

/* struct simgpu_done [SIMGPU_CMD_COUNT]: the answer to the command of the same slot */
#define SIMGPU_DONE_OFFSET	0x020000

/* struct simgpu_event [SIMGPU_EVENT_COUNT] */
#define SIMGPU_EVENT_OFFSET	0x040000
#define SIMGPU_EVENT_COUNT	4096

/*
 * Doorbells: SIMGPU_DOORBELL_SLICE bytes for each VMID, in each 1024 doorbells
 * of 8 bytes.
 */
#define SIMGPU_DOORBELL_OFFSET	0x400000
#define SIMGPU_DOORBELL_SLICE	0x2000
#define SIMGPU_DOORBELL_COUNT	1024

/* Address spaces: VMID 0 is never used. */
#define SIMGPU_VMID_COUNT	512

/* Queues of a device, over all address spaces. */
#define SIMGPU_QUEUE_COUNT	1024

/*
 * BAR0 is QEMU's: a 32-bit write of (peer << 16 | vector) to
 * SIMGPU_KICK_OFFSET signals the eventfd of that peer.
 */
#define SIMGPU_KICK_OFFSET	12
#define SIMGPU_PEER_GUEST	0
#define SIMGPU_PEER_DEVICE	1	/* vector 0: look at the command ring */
#define SIMGPU_PEER_POWER	2	/* vector 0: end the device process, start a new one */

/* MSI-X vectors of the guest. */
#define SIMGPU_VECTOR_EVENT	0
#define SIMGPU_VECTOR_DONE	1
#define SIMGPU_VECTOR_COUNT	2

#endif
