// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "local.h"

#define DEFAULT_SIZE	(64ULL << 20)

void local_nap(void)
{
	usleep(20);
}

static u8 *anonymous(u64 size)
{
	u8 *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static int start_device(struct local *l, const struct local_options *o)
{
	struct gpu_config cfg = {
		.index = o->index,
		.generation = 1,
		.threads = o->threads,
		.idle_ms = o->idle_ms ? o->idle_ms : ~0U,
		.link_atomics = !o->no_link_atomics,
	};
	int err;

	err = gpu_init(l->gpu, &cfg, &l->transport);
	if (err)
		return err;
	err = bus_add_memory(&l->gpu->bus, LOCAL_RAM_BASE, l->ram_size, l->ram);
	if (!err)
		err = bus_add_memory(&l->gpu->bus, LOCAL_VRAM_BASE,
				     l->vram_size, l->vram);
	if (!err)
		err = bus_set_vram(&l->gpu->bus, LOCAL_VRAM_BASE, l->vram_size);
	return err ? err : gpu_start(l->gpu);
}

int local_open(struct local *l, const struct local_options *options)
{
	int err;

	memset(l, 0, sizeof(*l));
	l->ram_size = options->ram ? options->ram : DEFAULT_SIZE;
	l->vram_size = options->vram ? options->vram : DEFAULT_SIZE;
	l->ram = anonymous(l->ram_size);
	l->vram = anonymous(l->vram_size);
	l->gpu = malloc(sizeof(*l->gpu));
	if (!l->ram || !l->vram || !l->gpu)
		return -ENOMEM;
	l->free_end = LOCAL_RAM_BASE + l->ram_size;
	err = transport_local(&l->transport);
	if (err)
		return err;
	l->bar = l->transport.bar;
	err = start_device(l, options);
	if (!err && !options->disabled)
		local_enable(l);
	return err;
}

void local_close(struct local *l)
{
	gpu_stop(l->gpu);
	gpu_fini(l->gpu);
	transport_close(&l->transport);
	munmap(l->ram, l->ram_size);
	munmap(l->vram, l->vram_size);
	free(l->gpu);
}

static u32 read32(struct local *l, u32 reg)
{
	return le32toh(load_acquire((u32 *)(l->bar + reg)));
}

static u64 read64(struct local *l, u32 reg)
{
	return le64toh(load_acquire((u64 *)(l->bar + reg)));
}

static void write64(struct local *l, u32 reg, u64 value)
{
	store_release((u64 *)(l->bar + reg), htole64(value));
}

static void set_control(struct local *l, u32 value)
{
	store_release((u32 *)(l->bar + SIMGPU_REG_CONTROL), htole32(value));
	transport_wake(&l->transport);
	(void)local_until(read32(l, SIMGPU_REG_ENABLED) == value, LOCAL_SOON_MS);
}

void local_enable(struct local *l)
{
	set_control(l, 0);
	l->commands = 0;
	l->events = 0;
	write64(l, SIMGPU_REG_CMD_WPTR, 0);
	write64(l, SIMGPU_REG_EVENT_RPTR, 0);
	write64(l, SIMGPU_REG_EVENT_EVENT, 0);
	write64(l, SIMGPU_REG_BAR_BASE, LOCAL_BAR_BASE);
	set_control(l, SIMGPU_CONTROL_ENABLE);
}

void local_disable(struct local *l)
{
	set_control(l, 0);
	memset(l->root, 0, sizeof(l->root));
}

u64 local_post(struct local *l, struct simgpu_cmd *cmd)
{
	struct simgpu_cmd *ring =
		(struct simgpu_cmd *)(l->bar + SIMGPU_CMD_OFFSET);
	u64 number = l->commands++;
	u64 event;

	cmd->seq = htole32((u32)number);
	ring[number % SIMGPU_CMD_COUNT] = *cmd;
	write64(l, SIMGPU_REG_CMD_WPTR, number + 1);
	full_barrier();
	event = read64(l, SIMGPU_REG_CMD_EVENT);
	if (ring_wants_signal(event, number, number + 1))
		transport_wake(&l->transport);
	return number;
}

static struct simgpu_done *answer(struct local *l, u64 number)
{
	struct simgpu_done *ring =
		(struct simgpu_done *)(l->bar + SIMGPU_DONE_OFFSET);

	return &ring[number % SIMGPU_CMD_COUNT];
}

bool local_answered(struct local *l, u64 number)
{
	return le32toh(load_acquire(&answer(l, number)->seq)) ==
	       (u32)(number + 1);
}

int local_wait(struct local *l, u64 number, u64 *value)
{
	unsigned int spins;

	for (spins = 0; spins < 2000; spins++) {
		if (local_answered(l, number))
			break;
		cpu_relax();
	}
	if (!local_until(local_answered(l, number), LOCAL_SOON_MS))
		return -ETIME;
	if (value)
		*value = le64toh(answer(l, number)->value);
	return -(int)le32toh(answer(l, number)->status);
}

int local_command(struct local *l, struct simgpu_cmd *cmd)
{
	return local_wait(l, local_post(l, cmd), NULL);
}

bool local_event(struct local *l, struct simgpu_event *event, int timeout_ms)
{
	const struct simgpu_event *ring =
		(const struct simgpu_event *)(l->bar + SIMGPU_EVENT_OFFSET);

	if (!local_until(read64(l, SIMGPU_REG_EVENT_WPTR) != l->events,
			 timeout_ms))
		return false;
	*event = ring[l->events % SIMGPU_EVENT_COUNT];
	l->events++;
	write64(l, SIMGPU_REG_EVENT_RPTR, l->events);
	return true;
}

int local_vm_set(struct local *l, u32 vmid, u32 flags)
{
	struct simgpu_cmd cmd = {
		.opcode = htole32(SIMGPU_CMD_VM_SET),
		.vm.vmid = htole32(vmid),
		.vm.flags = htole32(flags),
	};

	if (!l->root[vmid])
		l->root[vmid] = local_alloc(l, PAGE_SIZE);
	cmd.vm.root = htole64(l->root[vmid]);
	return local_command(l, &cmd);
}

int local_vm_command(struct local *l, u32 opcode, u32 vmid)
{
	struct simgpu_cmd cmd = {
		.opcode = htole32(opcode),
		.vm.vmid = htole32(vmid),
	};

	return local_command(l, &cmd);
}

static int range_command(struct local *l, u32 opcode, u32 vmid, u64 start,
			 u64 end, u32 verdict)
{
	struct simgpu_cmd cmd = {
		.opcode = htole32(opcode),
		.range = {
			.vmid = htole32(vmid),
			.verdict = htole32(verdict),
			.start = htole64(start),
			.end = htole64(end),
		},
	};

	return local_command(l, &cmd);
}

int local_invalidate(struct local *l, u32 vmid, u64 start, u64 end)
{
	return range_command(l, SIMGPU_CMD_INVALIDATE, vmid, start, end, 0);
}

int local_fault_done(struct local *l, u32 vmid, u64 start, u64 end, u32 verdict)
{
	return range_command(l, SIMGPU_CMD_FAULT_DONE, vmid, start, end,
			     verdict);
}

int local_inject(struct local *l, u32 what, u32 arg)
{
	struct simgpu_cmd cmd = {
		.opcode = htole32(SIMGPU_CMD_INJECT),
		.inject.what = htole32(what),
		.inject.arg = htole32(arg),
	};

	return local_command(l, &cmd);
}

int local_copy(struct local *l, u32 opcode, struct simgpu_copy *list, u32 count)
{
	u64 addr = local_alloc(l, count * sizeof(*list));
	struct simgpu_cmd cmd = {
		.opcode = htole32(opcode),
		.copy.list = htole64(addr),
		.copy.count = htole32(count),
	};
	int err;

	memcpy(local_memory(l, addr), list, count * sizeof(*list));
	err = local_command(l, &cmd);
	memcpy(list, local_memory(l, addr), count * sizeof(*list));
	/* It was the last that was given away. */
	l->free_end += (count * sizeof(*list) + PAGE_SIZE - 1) &
		       ~(PAGE_SIZE - 1);
	return err;
}

u64 local_alloc(struct local *l, u64 bytes)
{
	bytes = (bytes + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
	l->free_end -= bytes;
	memset(local_memory(l, l->free_end), 0, bytes);
	return l->free_end;
}

void *local_memory(struct local *l, u64 addr)
{
	if (addr >= LOCAL_VRAM_BASE)
		return l->vram + (addr - LOCAL_VRAM_BASE);
	return l->ram + (addr - LOCAL_RAM_BASE);
}

u64 *local_pte(struct local *l, u32 vmid, u64 va, int level)
{
	u64 table = l->root[vmid];
	int at;

	for (at = SIMGPU_PT_LEVELS - 1;; at--) {
		u64 *entry = (u64 *)local_memory(l, table) +
			     (va >> (PAGE_SHIFT + 9 * at)) % SIMGPU_PT_ENTRIES;

		if (at == level)
			return entry;
		if (!(*entry & SIMGPU_PTE_VALID))
			store_release(entry, local_alloc(l, PAGE_SIZE) |
				      SIMGPU_PTE_VALID | SIMGPU_PTE_SYSTEM);
		table = *entry & SIMGPU_PTE_ADDR_MASK;
	}
}

void local_map(struct local *l, u32 vmid, u64 va, u64 addr, u64 npages,
	       u64 flags)
{
	u64 i;

	for (i = 0; i < npages; i++)
		store_release(local_pte(l, vmid, va + i * PAGE_SIZE, 0),
			      (addr + i * PAGE_SIZE) | flags |
			      SIMGPU_PTE_VALID);
}

void local_unmap(struct local *l, u32 vmid, u64 va, u64 npages, u64 entry)
{
	u64 i;

	for (i = 0; i < npages; i++)
		store_release(local_pte(l, vmid, va + i * PAGE_SIZE, 0), entry);
}

void local_queue_args(const struct local_queue *q, struct simgpu_cmd *cmd)
{
	*cmd = (struct simgpu_cmd) {
		.opcode = htole32(SIMGPU_CMD_QUEUE_CREATE),
		.queue = {
			.queue = htole32(q->id),
			.vmid = htole32(q->vmid),
			.type = htole32(q->type),
			.doorbell = htole32(q->doorbell),
			.ring = htole64(q->va),
			.wptr = htole64(q->va + q->size),
			.rptr = htole64(q->va + q->size + 8),
			.ring_size = htole32(q->size),
			.percentage = htole32(100),
			.priority = htole32(7),
		},
	};
}

int local_queue_create(struct local *l, struct local_queue *q, u32 id,
		       u32 vmid, u32 type, u32 size)
{
	u64 bytes = ALIGN_DOWN((u64)size + 2 * PAGE_SIZE - 1, PAGE_SIZE);
	struct simgpu_cmd cmd;
	u64 addr;

	addr = local_alloc(l, bytes);
	*q = (struct local_queue) {
		.l = l,
		.id = id,
		.vmid = vmid,
		.type = type,
		.doorbell = id,
		.ring = local_memory(l, addr),
		.size = size,
		.index = local_memory(l, addr + size),
		.va = LOCAL_QUEUE_VA + ((u64)id << 20),
	};
	local_map(l, vmid, q->va, addr, bytes / PAGE_SIZE, LOCAL_RWS);
	local_queue_args(q, &cmd);
	return local_command(l, &cmd);
}

int local_queue_destroy(struct local_queue *q)
{
	struct simgpu_cmd cmd;

	local_queue_args(q, &cmd);
	cmd.opcode = htole32(SIMGPU_CMD_QUEUE_DESTROY);
	return local_command(q->l, &cmd);
}

void local_put(struct local_queue *q, const void *packet, size_t bytes)
{
	const u8 *p = packet;

	for (; bytes; bytes--, p++, q->wptr++)
		q->ring[q->wptr % q->size] = *p;
}

void local_ring(struct local_queue *q)
{
	u64 *bell = (u64 *)(q->l->bar + SIMGPU_DOORBELL_OFFSET +
			    (u64)q->vmid * SIMGPU_DOORBELL_SLICE);

	store_release(&q->index[0], q->wptr);
	store_release(&bell[q->doorbell], q->wptr);
}

bool local_drain(struct local_queue *q, int timeout_ms)
{
	return local_until(load_acquire(&q->index[1]) == q->wptr, timeout_ms);
}
