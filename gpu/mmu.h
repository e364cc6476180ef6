/* SPDX-License-Identifier: MIT */
/*
 * Address translation.  Every queue has a TLB of its own.
 *
 * An access is a section: mmu_enter(), some mmu_translate() and use of the
 * memory, mmu_exit().  Sections are short and do not sleep.  mmu_invalidate()
 * makes translations that were read before it useless: a section that begins
 * later walks the tables again, and those that began earlier have ended when it
 * returns.
 *
 *	queue's thread			command thread
 *	section = odd			vm->generation++
 *	full barrier			full barrier
 *	read vm->generation,		for each queue of the VM:
 *	  old: forget the TLB		  wait while section is odd and the
 *	translate, access		  same as at first
 *	section = even
 *
 * One of the two sees the other's store: either the section starts with the new
 * generation, or the command thread waits for it.
 */
#ifndef GPU_MMU_H
#define GPU_MMU_H

#include "types.h"

struct gpu;
struct queue;
struct vm;

/**
 * struct mapping - memory behind a GPU virtual address
 * @host: valid until mmu_exit()
 * @left: bytes from there on that the same translation covers
 * @flags: SIMGPU_PTE_* of the leaf
 * @bar: it is the BAR of this device: doorbells may be written there
 */
struct mapping {
	u8 *host;
	u64 left;
	u64 flags;
	bool bar;
};

/** tlb_new() - an empty TLB, or NULL: no memory; free() frees it */
struct tlb *tlb_new(void);

/** mmu_enter() - begin a section */
void mmu_enter(struct queue *q);

/** mmu_exit() - end it; pointers from mmu_translate() are void */
void mmu_exit(struct queue *q);

/**
 * mmu_translate() - look up one GPU virtual address
 * @q: a queue inside a section
 * @va: any 64-bit value
 * @access: SIMGPU_FAULT_READ, ..., all that must be allowed; with _ATOMIC the
 *	caller looks at the page's place and flags himself
 * @m: out
 *
 * Return: 0, or -EFAULT: q->fault is filled.
 */
int mmu_translate(struct queue *q, u64 va, u32 access, struct mapping *m);

/**
 * mmu_fault() - fill q->fault for an access that the tables allow
 * @reason: SIMGPU_FAULT_DENIED, ...
 *
 * Return: -EFAULT.
 */
int mmu_fault(struct queue *q, u64 va, u32 access, u32 reason);

/**
 * mmu_invalidate() - no access uses a translation that was read before
 * @vm: the address space
 *
 * Context: gpu->lock is not held.  Waits for sections: microseconds.
 */
void mmu_invalidate(struct gpu *gpu, struct vm *vm);

#endif
