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

#define SIMGPU_PTE_VALID	(1ULL << 0)
#define SIMGPU_PTE_SYSTEM	(1ULL << 1)	/* bus address; else an offset into own VRAM */
#define SIMGPU_PTE_EXEC		(1ULL << 4)
#define SIMGPU_PTE_READ		(1ULL << 5)
#define SIMGPU_PTE_WRITE	(1ULL << 6)
#define SIMGPU_PTE_FRAGMENT_SHIFT	7
#define SIMGPU_PTE_FRAGMENT_MASK	(0x1fULL << 7)	/* log2 of pages: 0 or 4 */
#define SIMGPU_PTE_ADDR_MASK	0x0000fffffffff000ULL
#define SIMGPU_PTE_LEAF		(1ULL << 54)	/* level 1 only */
/* Not in gfx9: atomics may be done on this page (see SIMGPU_VM_ATOMIC_FAULT). */
#define SIMGPU_PTE_ATOMIC	(1ULL << 55)
/*
 * Not in gfx9: an entry without VALID, of level 0 or 1, whose access waits for
 * FAULT_DONE even in an address space without SIMGPU_VM_RETRY.
 */
#define SIMGPU_PTE_WAIT		(1ULL << 56)

#define SIMGPU_PT_LEVELS	4
#define SIMGPU_PT_ENTRIES	512

#endif
