// SPDX-License-Identifier: MIT
/*
 * Page tables that say anything, in memory that may be anywhere: what the MMU
 * makes of them is compared with a walk that is written a second time here, from
 * abi/simgpu_pte.h, without a TLB.
 */
#include <errno.h>
#include <sys/mman.h>

#include "abi/simgpu_pte.h"
#include "../gpu.h"
#include "../mmu.h"
#include "fuzz.h"

/* Two windows of RAM; VRAM is the second half of the first one. */
#define RAM_BASE	0x40000000ULL
#define RAM_SIZE	0x400000ULL
#define VRAM_OFFSET	0x200000ULL
#define MORE_BASE	0x80010000ULL
#define MORE_SIZE	0x20000ULL
#define BAR_BASE	0xf0000000ULL

#define TABLES		16	/* the first pages of RAM */
#define VMID		1

static struct gpu *gpu;
static struct transport transport;
static struct queue *queue;
static u8 *ram, *more;

static void open_device(void)
{
	const struct gpu_config cfg = { .threads = 1 };

	gpu = calloc(1, sizeof(*gpu));
	ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	more = mmap(NULL, MORE_SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	queue = calloc(1, sizeof(*queue));
	fuzz_check(gpu && queue && ram != MAP_FAILED && more != MAP_FAILED);
	fuzz_check(!transport_local(&transport) &&
		   !gpu_init(gpu, &cfg, &transport) &&
		   !bus_add_memory(&gpu->bus, RAM_BASE, RAM_SIZE, ram) &&
		   !bus_add_memory(&gpu->bus, MORE_BASE, MORE_SIZE, more) &&
		   !bus_set_vram(&gpu->bus, RAM_BASE + VRAM_OFFSET,
				 RAM_SIZE - VRAM_OFFSET));
	bus_set_bar(&gpu->bus, BAR_BASE, SIMGPU_BAR_SIZE, gpu->bar);
	queue->gpu = gpu;
	queue->vm = &gpu->vm[VMID];
	queue->tlb = tlb_new();
	fuzz_check(queue->tlb);
}

/* What is at a bus address, or NULL: the second writing begins here. */
static u8 *slow_bus(u64 addr, u64 size)
{
	if (addr >= RAM_BASE && addr + size <= RAM_BASE + RAM_SIZE)
		return ram + (addr - RAM_BASE);
	if (addr >= MORE_BASE && addr + size <= MORE_BASE + MORE_SIZE)
		return more + (addr - MORE_BASE);
	if (addr >= BAR_BASE && addr + size <= BAR_BASE + SIMGPU_BAR_SIZE)
		return transport.bar + (addr - BAR_BASE);
	return NULL;
}

static u8 *slow_leaf(u64 pte, u64 size)
{
	u64 addr = (pte & SIMGPU_PTE_ADDR_MASK) / size * size;

	if (pte & SIMGPU_PTE_SYSTEM)
		return slow_bus(addr, size);
	if (addr + size > RAM_SIZE - VRAM_OFFSET)
		return NULL;
	return ram + VRAM_OFFSET + addr;
}

struct result {
	u8 *host;	/* NULL: a fault */
	u32 reason;	/* of the fault */
	bool wait;
	u64 pte;
};

static bool slow_allows(u64 pte, u32 access)
{
	if (access & SIMGPU_FAULT_READ && !(pte & SIMGPU_PTE_READ))
		return false;
	if (access & SIMGPU_FAULT_WRITE && !(pte & SIMGPU_PTE_WRITE))
		return false;
	return !(access & SIMGPU_FAULT_EXEC) || pte & SIMGPU_PTE_EXEC;
}

/* One walk, one level after the other. */
static struct result slow_walk(u64 root, u64 va, u32 access)
{
	struct result r = { .reason = SIMGPU_FAULT_ABSENT };
	u64 table = root, size = 0;
	int level;

	if (va >= 1ULL << 48)
		return r;
	for (level = 3; ; level--) {
		u8 *memory = slow_bus(table, 4096);

		if (!memory) {
			r.reason = SIMGPU_FAULT_BUS;
			return r;
		}
		memcpy(&r.pte, memory + (va >> (12 + 9 * level) & 511) * 8, 8);
		if (!(r.pte & SIMGPU_PTE_VALID)) {
			r.wait = level < 2 && r.pte & SIMGPU_PTE_WAIT;
			return r;
		}
		size = 4096ULL << 9 * level;
		if (!level || (level == 1 && r.pte & SIMGPU_PTE_LEAF))
			break;
		if (!(r.pte & SIMGPU_PTE_SYSTEM)) {
			r.reason = SIMGPU_FAULT_BUS;
			return r;
		}
		table = r.pte & SIMGPU_PTE_ADDR_MASK;
	}
	r.host = slow_leaf(r.pte, size);
	r.reason = SIMGPU_FAULT_BUS;
	if (r.host && !slow_allows(r.pte, access)) {
		r.host = NULL;
		r.reason = SIMGPU_FAULT_DENIED;
	}
	if (r.host)
		r.host += va & (size - 1);
	return r;
}

/*
 * One of the 16 entries around may have spoken for all of them: FRAGMENT is the
 * driver's promise that they are alike.
 */
static bool fragment_says(u64 root, u64 va, u32 access, const struct mapping *m)
{
	u64 group = va & ~0xffffULL, i;

	for (i = 0; i < 16; i++) {
		struct result r = slow_walk(root, group + i * 4096, access);
		u64 addr = r.pte & SIMGPU_PTE_ADDR_MASK;

		if (!r.host || r.pte & SIMGPU_PTE_LEAF ||
		    (r.pte & SIMGPU_PTE_FRAGMENT_MASK) != 4ULL << 7 ||
		    (addr & 0xffff) != i * 4096)
			continue;
		if (m->host == r.host - i * 4096 + (va & 0xffff) &&
		    slow_leaf(r.pte, 0x10000))
			return true;
	}
	return false;
}

static void compare(u64 root, u64 va, u32 access)
{
	struct result want = slow_walk(root, va, access);
	struct mapping m = { 0 };
	int err;

	queue->fault = (struct fault){ 0 };
	mmu_enter(queue);
	err = mmu_translate(queue, va, access, &m);
	mmu_exit(queue);
	fuzz_check(!err || err == -EFAULT);
	if (!err) {
		fuzz_check(m.left && m.left <= 0x200000);
		/* All of what it covers is memory; ASan would not know. */
		fuzz_check(slow_allows(m.flags, access));
		fuzz_check(m.bar == (m.host >= transport.bar &&
				     m.host < transport.bar + SIMGPU_BAR_SIZE));
		fuzz_check((want.host && m.host == want.host) ||
			   fragment_says(root, va, access, &m));
		return;
	}
	fuzz_check(!want.host);
	fuzz_check(queue->fault.addr == (va & ~0xfffULL));
	fuzz_check(queue->fault.access == (access | want.reason));
	fuzz_check(queue->fault.wait == want.wait);
}

/* A page that an entry may name: tables, other memory, its end, nowhere. */
static u64 some_page(struct input *in)
{
	u8 what = take8(in);

	switch (what % 8) {
	case 0:
	case 1:
	case 2:
	case 3:
		return RAM_BASE + what / 8 % TABLES * 4096;
	case 4:
		return MORE_BASE + what / 8 * 4096ULL;
	case 5:
		return BAR_BASE + what / 8 * 0x40000ULL;
	case 6:
		return what / 8 * 0x10000ULL;	/* VRAM, 64 KiB aligned */
	default:
		return take64(in) & SIMGPU_PTE_ADDR_MASK;
	}
}

static u64 some_entry(struct input *in)
{
	static const u64 kinds[] = {
		SIMGPU_PTE_VALID | SIMGPU_PTE_SYSTEM,
		SIMGPU_PTE_VALID | SIMGPU_PTE_SYSTEM | SIMGPU_PTE_READ |
			SIMGPU_PTE_WRITE | SIMGPU_PTE_EXEC,
		SIMGPU_PTE_VALID | SIMGPU_PTE_READ,
		SIMGPU_PTE_VALID | SIMGPU_PTE_READ | SIMGPU_PTE_WRITE | 4ULL << 7,
		SIMGPU_PTE_VALID | SIMGPU_PTE_SYSTEM | SIMGPU_PTE_READ | 4ULL << 7,
		SIMGPU_PTE_VALID | SIMGPU_PTE_SYSTEM | SIMGPU_PTE_LEAF | SIMGPU_PTE_READ,
		SIMGPU_PTE_WAIT,
	};
	u8 kind = take8(in);

	if (kind >= 0xf0)
		return take64(in);
	return kinds[kind % ARRAY_SIZE(kinds)] | some_page(in);
}

/* Few indices, so that walks meet what was written. */
static u64 some_va(struct input *in)
{
	u8 what = take8(in);

	if (what == 0xff)
		return take64(in);
	return (u64)(what & 1) << 39 | (u64)(what >> 1 & 1) << 30 |
	       (u64)(what >> 2 & 3) << 21 | (u64)(what >> 4) << 12 |
	       (take16(in) & 0xfff);
}

static void write_entry(struct input *in)
{
	u64 *table = (u64 *)(ram + take8(in) % TABLES * 4096);
	u8 index = take8(in) % 32;

	/* The last entries, now and then. */
	table[index < 30 ? index : 480 + index] = some_entry(in);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, size };
	u64 root = RAM_BASE;
	int i;

	if (!gpu)
		open_device();
	memset(ram, 0, TABLES * 4096);
	/* A path to level 0, so that short inputs get somewhere. */
	for (i = 0; i < 3; i++)
		*(u64 *)(ram + i * 4096) = (RAM_BASE + (i + 1) * 4096) |
			SIMGPU_PTE_VALID | SIMGPU_PTE_SYSTEM;
	queue->vm->root = root;
	mmu_invalidate(gpu, queue->vm);
	while (in.left) {
		u8 op = take8(&in);

		if (op < 0x60) {
			write_entry(&in);
			mmu_invalidate(gpu, queue->vm);
		} else if (op < 0x68) {
			root = some_page(&in);
			queue->vm->root = root;
			mmu_invalidate(gpu, queue->vm);
		} else {
			compare(root, some_va(&in), op & 7 ? op & 7 :
				SIMGPU_FAULT_READ);
		}
	}
	return 0;
}
