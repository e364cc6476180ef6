// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine.h"
#include "../mmu.h"
#include "../stream.h"

const bool engine_holds[7][3] = {
	{ true, true, true }, { true, false, false }, { true, true, false },
	{ false, true, false }, { true, false, true }, { false, true, true },
	{ false, false, true },
};

#define RAM_BASE	0x100000000ULL
#define TABLES_SIZE	0x100000ULL

/* Where the areas lie in RAM. */
static const struct area {
	u64 va;
	u64 size;
	u64 offset;
} areas[] = {
	{ ENGINE_RING_VA, ENGINE_RING_MAX, TABLES_SIZE },
	{ ENGINE_INDEX_VA, PAGE_SIZE, TABLES_SIZE + 0x20000 },
	{ ENGINE_IB_VA, ENGINE_IB_SIZE, TABLES_SIZE + 0x40000 },
	{ ENGINE_DATA_VA, ENGINE_DATA_SIZE, 0x400000 },
};

#define RAM_SIZE	(0x400000ULL + ENGINE_DATA_SIZE)

/* Pages that are not mapped at any address, next to those that are. */
static const u64 guards[] = {
	TABLES_SIZE + 0x10000, TABLES_SIZE + 0x1f000, TABLES_SIZE + 0x21000,
	TABLES_SIZE + 0x3f000, TABLES_SIZE + 0x50000, 0x3ff000,
};

#define GUARD_BYTE	0xa5

/* A limit that no test comes near to. */
#define STEPS_MAX	2000000

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fixture: %s\n", what);
	abort();
}

static const struct area *find_area(u64 va)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(areas); i++)
		if (va - areas[i].va < areas[i].size)
			return &areas[i];
	return NULL;
}

void *engine_mem(struct engine_fixture *f, u64 va)
{
	const struct area *area = find_area(va);

	must(area, "no such address");
	return f->ram + area->offset + (va - area->va);
}

static u64 new_table(struct engine_fixture *f)
{
	u64 offset = f->table_count++ * PAGE_SIZE;

	must(offset < TABLES_SIZE, "too many tables");
	memset(f->ram + offset, 0, PAGE_SIZE);
	return RAM_BASE + offset;
}

static u64 *entry(struct engine_fixture *f, u64 va)
{
	u64 table = f->root;
	int level;

	for (level = SIMGPU_PT_LEVELS - 1; ; level--) {
		u64 *e = (u64 *)(f->ram + (table - RAM_BASE)) +
			 (va >> (PAGE_SHIFT + 9 * level)) % SIMGPU_PT_ENTRIES;

		if (!level)
			return e;
		if (!*e)
			*e = new_table(f) | SIMGPU_PTE_VALID | SIMGPU_PTE_SYSTEM;
		table = *e & SIMGPU_PTE_ADDR_MASK;
	}
}

void engine_map(struct engine_fixture *f, u64 va, u64 size, u64 flags)
{
	u64 end = va + size;

	for (va = ALIGN_DOWN(va, PAGE_SIZE); va < end; va += PAGE_SIZE) {
		const struct area *area = find_area(va);

		must(area, "no such address");
		*entry(f, va) = !flags ? 0 :
			(RAM_BASE + area->offset + (va - area->va)) | flags;
	}
}

void engine_flush(struct engine_fixture *f)
{
	mmu_invalidate(f->gpu, &f->gpu->vm[ENGINE_VMID]);
}

bool engine_guarded(const struct engine_fixture *f)
{
	size_t i;

	/* All bytes are alike if each is as its neighbour. */
	for (i = 0; i < ARRAY_SIZE(guards); i++) {
		const u8 *page = f->ram + guards[i];

		if (page[0] != GUARD_BYTE || memcmp(page, page + 1, PAGE_SIZE - 1))
			return false;
	}
	return true;
}

void engine_open(struct engine_fixture *f)
{
	const struct gpu_config cfg = { .threads = 1, .link_atomics = true };
	struct simgpu_cmd_vm vm = {
		.vmid = htole32(ENGINE_VMID), .flags = htole32(SIMGPU_VM_RETRY),
	};
	size_t i;

	memset(f, 0, sizeof(*f));
	f->gpu = calloc(1, sizeof(*f->gpu));
	f->ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	must(f->gpu && f->ram != MAP_FAILED, "no memory");
	must(!transport_local(&f->transport), "no transport");
	must(!gpu_init(f->gpu, &cfg, &f->transport), "no device");
	must(!bus_add_memory(&f->gpu->bus, RAM_BASE, RAM_SIZE, f->ram), "no RAM");
	for (i = 0; i < ARRAY_SIZE(guards); i++)
		memset(f->ram + guards[i], GUARD_BYTE, PAGE_SIZE);
	f->data_size = ENGINE_DATA_SIZE;
	f->root = new_table(f);
	vm.root = htole64(f->root);
	must(!vm_set(f->gpu, &vm), "no VM");
}

void engine_close(struct engine_fixture *f)
{
	queue_drop_all(f->gpu);
	gpu_fini(f->gpu);
	transport_close(&f->transport);
	munmap(f->ram, RAM_SIZE);
	free(f->gpu);
}

void engine_queue(struct engine_fixture *f, enum simgpu_queue_type type,
		  u32 ring_size)
{
	const struct simgpu_cmd_queue args = {
		.queue = htole32(ENGINE_QUEUE),
		.vmid = htole32(ENGINE_VMID),
		.type = htole32(type),
		.ring = htole64(ENGINE_RING_VA),
		.wptr = htole64(ENGINE_WPTR_VA),
		.rptr = htole64(ENGINE_RPTR_VA),
		.ring_size = htole32(ring_size),
		.percentage = htole32(100),
	};
	size_t i;

	if (f->q)
		must(!queue_destroy(f->gpu, ENGINE_QUEUE), "queue stays");
	for (i = 0; i < ARRAY_SIZE(areas); i++)
		engine_map(f, areas[i].va, areas[i].va == ENGINE_DATA_VA ?
			   f->data_size : areas[i].size, ENGINE_RW);
	engine_flush(f);
	memset(engine_mem(f, ENGINE_RING_VA), 0, ring_size);
	memset(engine_mem(f, ENGINE_INDEX_VA), 0, PAGE_SIZE);
	must(!queue_create(f->gpu, &args), "no queue");
	f->q = &f->gpu->queue[ENGINE_QUEUE];
	f->written = 0;
	f->slice = 256 << 10;
	f->faults = 0;
	engine_drain_events(f);
}

void engine_start_at(struct engine_fixture *f, u64 index)
{
	/* The stream is the first member of what SDMA and PM4 queues have. */
	struct stream *s = f->q->priv;

	f->q->read = index;
	if (f->q->type != SIMGPU_QUEUE_AQL)
		s->limit = index;
	f->written = index;
	engine_ring(f);
}

void engine_put(struct engine_fixture *f, const u32 *dwords, size_t count)
{
	u32 unit = f->q->type == SIMGPU_QUEUE_PM4 ? 4 : 1;
	u8 *ring = engine_mem(f, ENGINE_RING_VA);
	__le32 word;
	size_t i;

	for (i = 0; i < count; i++) {
		word = htole32(dwords[i]);
		memcpy(ring + (f->written * unit & (f->q->ring_size - 1)), &word, 4);
		f->written += 4 / unit;
	}
}

void engine_ring(struct engine_fixture *f)
{
	__le64 word = htole64(f->written);

	memcpy(engine_mem(f, ENGINE_WPTR_VA), &word, sizeof(word));
}

u64 engine_rptr(struct engine_fixture *f)
{
	__le64 word;

	memcpy(&word, engine_mem(f, ENGINE_RPTR_VA), sizeof(word));
	return le64toh(word);
}

enum step engine_step(struct engine_fixture *f)
{
	f->q->budget = f->slice;
	return f->q->engine->step(f->q);
}

enum step engine_run(struct engine_fixture *f)
{
	u32 steps;

	for (steps = 0; steps < STEPS_MAX; steps++) {
		enum step step = engine_step(f);

		if (step == STEP_FAULT) {
			if (!find_area(f->q->fault.addr))
				return step;
			engine_map(f, f->q->fault.addr, 1, ENGINE_RW);
			f->faults++;
		} else if (step != STEP_PROGRESS) {
			return step;
		}
	}
	return STEP_PROGRESS;
}

bool engine_event(struct engine_fixture *f, struct simgpu_event *event)
{
	u64 rptr = gpu_read64(f->gpu, SIMGPU_REG_EVENT_RPTR);

	if (rptr == gpu_read64(f->gpu, SIMGPU_REG_EVENT_WPTR))
		return false;
	memcpy(event, f->gpu->bar + SIMGPU_EVENT_OFFSET +
	       rptr % SIMGPU_EVENT_COUNT * sizeof(*event), sizeof(*event));
	gpu_write64(f->gpu, SIMGPU_REG_EVENT_RPTR, rptr + 1);
	return true;
}

void engine_fill_events(struct engine_fixture *f, u64 room)
{
	u64 wptr = gpu_read64(f->gpu, SIMGPU_REG_EVENT_WPTR);

	gpu_write64(f->gpu, SIMGPU_REG_EVENT_RPTR, wptr + room - SIMGPU_EVENT_COUNT);
}

void engine_drain_events(struct engine_fixture *f)
{
	gpu_write64(f->gpu, SIMGPU_REG_EVENT_RPTR,
		    gpu_read64(f->gpu, SIMGPU_REG_EVENT_WPTR));
}
