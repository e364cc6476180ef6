/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR MIT */
/*
 * Page tables: four levels of 512 entries of 64 bits, 48 bits of virtual
 * address.  The bits that gfx9 has too are where gfx9 has them
 * (drivers/gpu/drm/amd/amdgpu/amdgpu_vm.h).
 *
 *   level 3: VA 47:39   level 2: VA 38:30   level 1: VA 29:21   level 0: VA 20:12
 *
 * An entry of level 3 or 2 with VALID points to a table (guest-physical address,
 * SYSTEM set).  An entry of level 1 does too, or, with LEAF, maps 2 MiB.  An
 * entry of level 0 maps 4 KiB; 16 of them, naturally aligned in VA and address
 * and alike in everything else, may have FRAGMENT 4: then one TLB entry may
 * cover the 64 KiB.
 */
#ifndef SIMGPU_PTE_H
#define SIMGPU_PTE_H

#define SIMGPU_PTE_VALID	0x0000000000000001ULL
/* The address is a bus address; without, it is an offset into own VRAM. */
#define SIMGPU_PTE_SYSTEM	0x0000000000000002ULL
#define SIMGPU_PTE_EXEC		0x0000000000000010ULL
#define SIMGPU_PTE_READ		0x0000000000000020ULL
#define SIMGPU_PTE_WRITE	0x0000000000000040ULL
/* log2 of pages: 0 or 4 */
#define SIMGPU_PTE_FRAGMENT_SHIFT	7
#define SIMGPU_PTE_FRAGMENT_MASK	0x0000000000000f80ULL
#define SIMGPU_PTE_ADDR_MASK	0x0000fffffffff000ULL
#define SIMGPU_PTE_LEAF		0x0040000000000000ULL	/* level 1 only */
/*
 * Not in gfx9: atomics may be done on this page (see SIMGPU_VM_ATOMIC_FAULT).
 * Without LINK_ATOMICS those of this device are atomic against each other, not
 * against the CPU.
 */
#define SIMGPU_PTE_ATOMIC	0x0080000000000000ULL
/*
 * Not in gfx9: an entry without VALID, of level 0 or 1, whose access waits for
 * FAULT_DONE even in an address space without SIMGPU_VM_RETRY.
 */
#define SIMGPU_PTE_WAIT		0x0100000000000000ULL

#define SIMGPU_PT_LEVELS	4
#define SIMGPU_PT_ENTRIES	512

#endif
