// SPDX-License-Identifier: MIT
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "abi/simgpu_pte.h"
#include "gpu.h"
#include "mmu.h"

/* One size of pages: direct mapped. */
struct tlb_entry {
	u64 tag;		/* va >> shift of the array, + 1; 0: empty */
	u8 *host;
	u64 flags;
	bool bar;
};

#define TLB_4K		128
#define TLB_64K		64
#define TLB_2M		32

#define SHIFT_64K	16
#define SHIFT_2M	21

struct tlb {
	u64 generation;		/* of the VM, when the entries were read */
	struct tlb_entry small[TLB_4K];
	struct tlb_entry fragment[TLB_64K];
	struct tlb_entry large[TLB_2M];
};

/* What a walk has found. */
struct leaf {
	u64 pte;
	unsigned int shift;
};

struct tlb *tlb_new(void)
{
	return calloc(1, sizeof(struct tlb));
}

static void tlb_forget(struct tlb *tlb, u64 generation)
{
	memset(tlb->small, 0, sizeof(tlb->small));
	memset(tlb->fragment, 0, sizeof(tlb->fragment));
	memset(tlb->large, 0, sizeof(tlb->large));
	tlb->generation = generation;
}

void mmu_enter(struct queue *q)
{
	u64 generation;

	store_relaxed(&q->section, q->section + 1);
	full_barrier();
	generation = load_acquire(&q->vm->generation);
	if (q->tlb->generation != generation)
		tlb_forget(q->tlb, generation);
}

void mmu_exit(struct queue *q)
{
	store_release(&q->section, q->section + 1);
}

static struct tlb_entry *tlb_slot(struct tlb *tlb, unsigned int shift, u64 va)
{
	switch (shift) {
	case PAGE_SHIFT:
		return &tlb->small[(va >> shift) % TLB_4K];
	case SHIFT_64K:
		return &tlb->fragment[(va >> shift) % TLB_64K];
	default:
		return &tlb->large[(va >> shift) % TLB_2M];
	}
}

static struct tlb_entry *tlb_find(struct tlb *tlb, u64 va, unsigned int *shift)
{
	static const unsigned int shifts[] = { PAGE_SHIFT, SHIFT_64K, SHIFT_2M };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shifts); i++) {
		struct tlb_entry *e = tlb_slot(tlb, shifts[i], va);

		if (e->tag == (va >> shifts[i]) + 1) {
			*shift = shifts[i];
			return e;
		}
	}
	return NULL;
}

int mmu_fault(struct queue *q, u64 va, u32 access, u32 reason)
{
	q->fault = (struct fault) {
		.addr = ALIGN_DOWN(va, PAGE_SIZE),
		.access = access | reason,
	};
	return -EFAULT;
}

/* Of a leaf with FRAGMENT the 64 KiB must be where the PTE says in both. */
static unsigned int leaf_shift(u64 pte, u64 va)
{
	u64 fragment = (pte & SIMGPU_PTE_FRAGMENT_MASK) >>
		       SIMGPU_PTE_FRAGMENT_SHIFT;
	u64 addr = pte & SIMGPU_PTE_ADDR_MASK;

	if (fragment == SHIFT_64K - PAGE_SHIFT &&
	    !((addr ^ va) & ((1U << SHIFT_64K) - PAGE_SIZE)))
		return SHIFT_64K;
	return PAGE_SHIFT;
}

static bool read_entry(struct gpu *gpu, u64 table, unsigned int index, u64 *pte)
{
	u64 *entries;

	if (!IS_ALIGNED(table, PAGE_SIZE))
		return false;
	entries = (u64 *)bus_map(&gpu->bus, table, PAGE_SIZE);
	if (!entries)
		return false;
	*pte = le64toh(load_acquire(&entries[index]));
	return true;
}

static int absent(struct queue *q, u64 va, u32 access, u64 pte, int level)
{
	mmu_fault(q, va, access, SIMGPU_FAULT_ABSENT);
	q->fault.wait = level <= 1 && (pte & SIMGPU_PTE_WAIT);
	return -EFAULT;
}

static int walk(struct queue *q, u64 va, u32 access, struct leaf *leaf)
{
	u64 table = load_relaxed(&q->vm->root);
	int level;
	u64 pte;

	for (level = SIMGPU_PT_LEVELS - 1; level >= 0; level--) {
		unsigned int shift = PAGE_SHIFT + 9 * level;

		if (!read_entry(q->gpu, table, (va >> shift) %
				SIMGPU_PT_ENTRIES, &pte))
			return mmu_fault(q, va, access, SIMGPU_FAULT_BUS);
		if (!(pte & SIMGPU_PTE_VALID))
			return absent(q, va, access, pte, level);
		if (level == 0 || (level == 1 && (pte & SIMGPU_PTE_LEAF))) {
			leaf->pte = pte;
			leaf->shift = level ? shift : leaf_shift(pte, va);
			return 0;
		}
		if (!(pte & SIMGPU_PTE_SYSTEM))
			return mmu_fault(q, va, access, SIMGPU_FAULT_BUS);
		table = pte & SIMGPU_PTE_ADDR_MASK;
	}
	return -EFAULT;		/* level 0 has returned */
}

static u8 *leaf_memory(struct gpu *gpu, const struct leaf *leaf,
		       unsigned int shift)
{
	u64 size = 1ULL << shift;
	u64 addr = ALIGN_DOWN(leaf->pte & SIMGPU_PTE_ADDR_MASK, size);

	if (leaf->pte & SIMGPU_PTE_SYSTEM)
		return bus_map(&gpu->bus, addr, size);
	return bus_map_vram(&gpu->bus, addr, size);
}

static bool is_bar(const struct bus *bus, const u8 *host)
{
	return bus->bar.size && host >= bus->bar.host &&
	       host < bus->bar.host + bus->bar.size;
}

static int fill(struct queue *q, u64 va, u32 access, struct tlb_entry **entry,
		unsigned int *shift)
{
	struct tlb_entry *e;
	struct leaf leaf;
	u8 *host;
	int err;

	err = walk(q, va, access, &leaf);
	if (err)
		return err;
	host = leaf_memory(q->gpu, &leaf, leaf.shift);
	if (!host && leaf.shift == SHIFT_64K) {
		leaf.shift = PAGE_SHIFT;
		host = leaf_memory(q->gpu, &leaf, leaf.shift);
	}
	if (!host)
		return mmu_fault(q, va, access, SIMGPU_FAULT_BUS);
	e = tlb_slot(q->tlb, leaf.shift, va);
	*e = (struct tlb_entry) {
		.tag = (va >> leaf.shift) + 1,
		.host = host,
		.flags = leaf.pte,
		.bar = is_bar(&q->gpu->bus, host),
	};
	*entry = e;
	*shift = leaf.shift;
	return 0;
}

static bool allows(u64 flags, u32 access)
{
	u64 want = 0;

	if (access & SIMGPU_FAULT_READ)
		want |= SIMGPU_PTE_READ;
	if (access & SIMGPU_FAULT_WRITE)
		want |= SIMGPU_PTE_WRITE;
	if (access & SIMGPU_FAULT_EXEC)
		want |= SIMGPU_PTE_EXEC;
	return (flags & want) == want;
}

int mmu_translate(struct queue *q, u64 va, u32 access, struct mapping *m)
{
	struct tlb_entry *e;
	unsigned int shift;
	u64 offset;
	int err;

	if (va >> 48)
		return mmu_fault(q, va, access, SIMGPU_FAULT_ABSENT);
	e = tlb_find(q->tlb, va, &shift);
	if (e && allows(e->flags, access)) {
		q->hits++;
	} else {
		/* The tables may allow more by now. */
		q->misses++;
		err = fill(q, va, access, &e, &shift);
		if (err)
			return err;
	}
	if (!allows(e->flags, access))
		return mmu_fault(q, va, access, SIMGPU_FAULT_DENIED);
	offset = va & ((1ULL << shift) - 1);
	*m = (struct mapping) {
		.host = e->host + offset,
		.left = (1ULL << shift) - offset,
		.flags = e->flags,
		.bar = e->bar,
	};
	return 0;
}

/* Sections are short, but their thread may have lost its CPU. */
static void wait_section(struct queue *q)
{
	u32 first = load_acquire(&q->section);
	unsigned int spins = 0;

	if (!(first & 1))
		return;
	while (load_acquire(&q->section) == first) {
		if (++spins > 200)
			sched_yield();
		else
			cpu_relax();
	}
}

void mmu_invalidate(struct gpu *gpu, struct vm *vm)
{
	struct queue *q;

	__atomic_fetch_add(&vm->generation, 1, __ATOMIC_RELEASE);
	full_barrier();
	/* Only the command thread, which this is, changes the list. */
	for (q = vm->queues; q; q = q->vm_next)
		wait_section(q);
}
